import type { Alert } from "./alert.ts";

/**
 * When incidents that were told ended, by rule and series: what begins again soon after is not told
 * yet. Kept in memory: a new life of the coordinator may tell a little sooner.
 */
export class RecentEnds {
  readonly #cooldownMs: number;
  readonly #endedAt = new Map<string, number>();

  /** @param cooldownMs from the end of one incident until the next of its kind is told. */
  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs;
  }

  /** Takes note of alerts that have just ended, and lets go of those before. */
  note(ended: Iterable<readonly [key: string, alert: Alert]>, nowMs: number): void {
    for (const [key, { toldChannels }] of ended) {
      if (toldChannels.length > 0) this.#endedAt.set(key, nowMs);
    }
    for (const key of this.#endedAt.keys()) if (!this.has(key, nowMs)) this.#endedAt.delete(key);
  }

  /** Whether an incident of this rule and series ended a moment ago. */
  has(key: string, nowMs: number): boolean {
    const at = this.#endedAt.get(key);
    // An end that lies ahead of a clock that went back is over as well.
    return at !== undefined && Math.abs(nowMs - at) < this.#cooldownMs;
  }
}
