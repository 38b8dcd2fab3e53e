/** The part of a Worker's `ExecutionContext` that the client needs. */
export interface WaitUntilContext {
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * The request on whose behalf something is done. Promises, timers and RPC calls of a Worker belong
 * to the request that made them: no other may await them, and they die with it. So everything that
 * lasts is plain data elsewhere, and everything that can be awaited is here.
 */
export class RequestScope {
  /** When the request last showed that it is alive, epoch milliseconds. */
  aliveAt = Number.NEGATIVE_INFINITY;
  readonly #context: WaitUntilContext;
  #works: Set<Promise<void>> | undefined;

  constructor(context: WaitUntilContext) {
    this.#context = context;
  }

  /**
   * Asks the runtime to keep the request alive until `promise`, which must not reject, is settled.
   */
  keepAlive(promise: Promise<void>): void {
    this.#context.waitUntil(promise);
  }

  /** Remembers a sending or a classification, which must not reject, until it is over. */
  track(work: Promise<void>): void {
    const works = (this.#works ??= new Set());
    works.add(work);
    void work.then(() => works.delete(work));
  }

  /** Waits until everything tracked so far is over. */
  async workOver(): Promise<void> {
    if (this.#works !== undefined) await Promise.all(this.#works);
  }
}
