/** Length of the stretches that grants are counted in. */
const STRETCH_MS = 250;

/** The share of the capacity that a crash may cost, at most. */
const MAX_RESERVE_SHARE = 0.05;

/** Up to so many permits in a stretch each grant is saved by itself: nothing is at stake then. */
const UNRESERVED_PACE = 16;

/** With more leases than these a save is so long that few grants are worth one of their own. */
const CHEAP_LEASES = 512;

/** What a reserve is measured by. */
export interface ReserveBasis {
  readonly capacity: number;
  /** Whole permits that the bucket holds. */
  readonly there: number;
  /** Open leases, all of which every save writes. */
  readonly leases: number;
}

/** How many permits were granted lately: in this quarter of a second, or the one before it. */
export class GrantPace {
  #startedAt = 0;
  #current = 0;
  #previous = 0;

  count(permits: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#current += permits;
  }

  /** Permits in a busy stretch of {@link STRETCH_MS}. */
  recent(nowMs: number): number {
    this.#advance(nowMs);
    return Math.max(this.#current, this.#previous);
  }

  /**
   * How many permits to write off in advance: as many as in a busy stretch, and never more than a
   * crash may cost.
   */
  reserve({ capacity, there, leases }: ReserveBasis, nowMs: number): number {
    const recent = this.recent(nowMs);
    const isCheap = leases <= CHEAP_LEASES;
    if (isCheap && recent <= UNRESERVED_PACE) return 0;
    return Math.max(0, Math.min(recent, Math.floor(capacity * MAX_RESERVE_SHARE), there));
  }

  #advance(nowMs: number): void {
    const passedMs = Math.abs(nowMs - this.#startedAt);
    if (passedMs < STRETCH_MS) return;
    this.#previous = passedMs < 2 * STRETCH_MS ? this.#current : 0;
    this.#current = 0;
    this.#startedAt = nowMs;
  }
}
