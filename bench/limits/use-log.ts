import type { LimitRule } from "../../src/limits/limit-rule.ts";

/** In units of which `refillPerMinute` come back each millisecond: the sums are exact. */
const LEVEL_PER_USE = 60_000;

/** How uses compare with what a limit allows. */
export interface UseVerdict {
  readonly used: number;
  /** The most that any window has above what it may have; 0 or less if none has. */
  readonly worstExcess: number;
  /** Uses in that window. */
  readonly worstUsed: number;
  /** What may be used in that window. */
  readonly worstAllowed: number;
}

/** Every use of a permit, with the time at which it was used. */
export class UseLog {
  readonly #times: number[] = [];

  /** @param atMs - whole epoch milliseconds. */
  record(atMs: number): void {
    this.#times.push(atMs);
  }

  get used(): number {
    return this.#times.length;
  }

  /**
   * The exact check: of all windows [t0, t1] the one that exceeds `capacity + refill · Δt` the most.
   * Times are whole milliseconds, so a window that holds both its ends lasts t1 − t0 + 1 of them.
   *
   * It is the leaky bucket that the uses fill: its level is the largest sum of uses less refill over
   * all windows that end now, as in Kadane's algorithm, and the window begins where it was empty.
   */
  check(rule: LimitRule): UseVerdict {
    const times = this.#times.toSorted((left, right) => left - right);
    let level = 0;
    let previousAt = times[0] ?? 0;
    let windowStart = previousAt;
    let windowUsed = 0;
    let worst = { level: 0, used: 0, lastsMs: 0 };
    for (const at of times) {
      level -= rule.refillPerMinute * (at - previousAt);
      previousAt = at;
      if (level <= 0) {
        level = 0;
        windowStart = at;
        windowUsed = 0;
      }
      level += LEVEL_PER_USE;
      windowUsed += 1;
      if (level > worst.level) worst = { level, used: windowUsed, lastsMs: at - windowStart + 1 };
    }
    const refilled = rule.refillPerMinute * worst.lastsMs;
    const allowed = rule.capacity * LEVEL_PER_USE + refilled;
    return {
      used: times.length,
      worstExcess: (worst.used * LEVEL_PER_USE - allowed) / LEVEL_PER_USE,
      worstUsed: worst.used,
      worstAllowed: allowed / LEVEL_PER_USE,
    };
  }
}
