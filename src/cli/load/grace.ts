/** How long requests under way may take after the program was told to stop, milliseconds. */
export const GRACE_MS = 3_000;

/** A signal that is aborted {@link GRACE_MS} after another one. */
export class Grace {
  readonly #abort = new AbortController();
  readonly #after: AbortSignal;
  readonly #begin: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onBegin - called when the other one is aborted. */
  constructor(after: AbortSignal, onBegin: () => void) {
    this.#after = after;
    this.#begin = () => {
      this.#timer = setTimeout(() => this.#abort.abort(after.reason), GRACE_MS);
      onBegin();
    };
    if (after.aborted) this.#begin();
    else after.addEventListener("abort", this.#begin, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** To be called in the end, whatever happened. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#after.removeEventListener("abort", this.#begin);
  }
}
