/** Ends what has not moved for too long. */
export class IdleWatch {
  readonly #abort = new AbortController();
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param idleMs - how long nothing may happen, milliseconds; counted from {@link touch} on. */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** Aborted with an error that says how long nothing came. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something happened: from now on the next is waited for. */
  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#abort.abort(new Error(`nothing more came within ${this.#idleMs / 1_000} s`));
    }, this.#idleMs);
  }

  /** Nothing is waited for, until {@link touch}. To be called in the end, whatever happened. */
  rest(): void {
    clearTimeout(this.#timer);
  }
}
