/** The newest invalidation that one isolate has heard of, from whomever. It never goes back. */
export class CacheHead {
  #version = 0;

  /** 0 if it has heard of none. */
  get version(): number {
    return this.#version;
  }

  /** Takes note of what a server said; what cannot be a version is passed over. */
  note(said: unknown): void {
    if (typeof said !== "number" || !Number.isSafeInteger(said)) return;
    this.#version = Math.max(this.#version, said);
  }
}
