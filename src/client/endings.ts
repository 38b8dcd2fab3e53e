/** What the clients of one invocation have under way together. */
export interface SharedWork {
  /** Sendings and classifications. None of them rejects. */
  readonly works: Set<Promise<void>>;
  /** What ends each timer, and what waits for it, early. */
  readonly timers: Set<() => void>;
}

/** Ends what a client does for an invocation, once its handler is over. */
export interface Ending {
  /**
   * Takes part of it, so that it is waited for and ended.
   *
   * @param owner - What the client keeps for its isolate.
   * @returns undefined if it is another's invocation, who sends nothing for this one.
   */
  join(owner: object): SharedWork | undefined;
  /** Has the invocation stay until a report is sent, or until it was there for long enough. */
  holdReport(promise: Promise<unknown>): void;
}

const endings = new WeakMap<object, Ending>();

/** Remembers who ends the invocation of a context. */
export function noteEnding(context: unknown, ending: Ending): void {
  if (typeof context === "object" && context !== null) endings.set(context, ending);
}

/** Who ends the invocation of a context; undefined when nobody does. */
export function endingOf(context: unknown): Ending | undefined {
  return typeof context === "object" && context !== null ? endings.get(context) : undefined;
}
