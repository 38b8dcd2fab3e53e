/** The device's two clocks differ by so much more than before: it slept, or one of them was set. */
const JUMP_MS = 2_000;

/**
 * Milliseconds that pass whatever the device's clock is set to, those of its sleep among them: some
 * browsers' own steady clock stands still meanwhile. It has to be asked now and then to notice.
 */
export class SteadyClock {
  #wallMs = Date.now();
  #steadyMs = performance.now();
  #sleptMs = 0;
  #jumps = 0;

  /** Since some moment. A clock that was set ahead cannot be told from sleep, and is taken for it. */
  now(): number {
    const wallMs = Date.now();
    const steadyMs = performance.now();
    const skippedMs = wallMs - this.#wallMs - (steadyMs - this.#steadyMs);
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
    if (skippedMs > JUMP_MS) {
      this.#sleptMs += skippedMs;
      this.#jumps += 1;
    }
    return steadyMs + this.#sleptMs;
  }

  /** How often the device slept, or its clock was set ahead, as of now. */
  get jumps(): number {
    this.now();
    return this.#jumps;
  }
}
