/** Over how long the pace is averaged: longer than any reporter's interval, so that it is even. */
const TIME_CONSTANT_S = 10;

/**
 * From how many reports a second it costs less to be held open than to be called for each. Held open,
 * an object is billed for all of the time, 128 MB at $12.50 a million GB-s; each call is $0.15 a
 * million: 0.128 · 12.5 / 0.15 = 10.7 a second.
 */
const HOLD_FROM_PER_SECOND = 12;
/** Lower, so that a pace near the bound does not change its mind with every report. */
const HOLD_DOWN_TO_PER_SECOND = 8;

/** How many reports come in a second, as an average that forgets exponentially. */
export class ReportPace {
  #perSecond = 0;
  #at = Number.NEGATIVE_INFINITY;
  #isBrisk = false;

  /**
   * Takes note of a report.
   * @param nowMs epoch milliseconds. A clock that went back counts as one that stands still.
   * @returns whether whoever reports may hold this object open.
   */
  note(nowMs: number): boolean {
    const passedS = Math.max(0, nowMs - this.#at) / 1_000;
    this.#perSecond *= Math.exp(-passedS / TIME_CONSTANT_S);
    this.#perSecond += 1 / TIME_CONSTANT_S;
    this.#at = Math.max(this.#at, nowMs);
    const bound = this.#isBrisk ? HOLD_DOWN_TO_PER_SECOND : HOLD_FROM_PER_SECOND;
    this.#isBrisk = this.#perSecond >= bound;
    return this.#isBrisk;
  }
}
