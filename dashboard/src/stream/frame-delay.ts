/** Two sound clocks drift apart by less than this: one in five hundred. */
const MAX_DRIFT = 0.002;

/**
 * How late frames arrive. How far the server's clock and ours are apart is not known, but frames
 * that took longer than the fastest one seem farther apart.
 */
export class FrameDelay {
  /** The smallest difference of our clock and the server's, as of the frame before. */
  #leastMs: number | undefined;
  #steadyMs = 0;
  #at = -Infinity;

  /**
   * @param at - when the frame was made, by the server's clock.
   * @param steadyMs - when it came, by a clock of ours that is never set.
   * @returns by how many milliseconds it came later than the fastest one would have; at least 0.
   */
  take(at: number, steadyMs: number): number {
    // Frames come in their order: it is the server's clock that went back.
    if (at < this.#at) this.forget();
    const offsetMs = steadyMs - at;
    const driftMs = (steadyMs - this.#steadyMs) * MAX_DRIFT;
    const before = this.#leastMs;
    const leastMs = before === undefined ? offsetMs : Math.min(offsetMs, before + driftMs);
    this.#leastMs = leastMs;
    this.#steadyMs = steadyMs;
    this.#at = at;
    return offsetMs - leastMs;
  }

  /** The clocks are others now. */
  forget(): void {
    this.#leastMs = undefined;
    this.#at = -Infinity;
  }
}
