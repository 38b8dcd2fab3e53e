import type { LeaseTimes } from "./lease-times.ts";
import type { LimitStore } from "./limit-store.ts";
import type { OpenLease } from "./lease-book.ts";
import {
  decodeLimiterState,
  encodeLimiterState,
  type LimitCounts,
  type LimiterState,
} from "./limiter-state.ts";
import { UNITS_PER_PERMIT } from "./token-bucket.ts";

/** How often what need not be durable is saved. */
const SAVE_EVERY_MS = 1_000;

/** How long permits may be granted from a reserve. */
const RESERVE_MS = 1_000;

/** Who holds what a crash left of a reserve: no name, and no beginning of a lease's id. */
const NOBODY = "#";

/** A bucket's state as it is, before what is reserved is written off. */
export type UnreservedState = Omit<LimiterState, "reserved" | "reservedUntil">;

/** Saves a bucket, and knows what may be granted until it is saved again: the reserve. */
export class LimitSaves {
  readonly #store: LimitStore;
  readonly #times: LeaseTimes;
  #reserved = 0;
  #reserveEndsAt = -Infinity;
  #savedAt = -Infinity;
  #isDirty = false;
  /** A save failed: nothing is answered until one succeeds, for it may be what is not stored. */
  #isBehind = false;
  /** How many denied permits the store knows of. */
  #denied = 0;

  constructor(store: LimitStore, times: LeaseTimes) {
    this.#store = store;
    this.#times = times;
  }

  /**
   * What is stored, if anything is.
   * @throws CorruptBytesError if it cannot be read.
   */
  load(): LimiterState | undefined {
    const bytes = this.#store.loadLimit();
    const state = bytes && decodeLimiterState(bytes);
    this.#denied = state?.counts.denied ?? 0;
    return state;
  }

  /** Something has changed that is not saved. */
  touch(): void {
    this.#isDirty = true;
  }

  /** Takes permits out of the reserve. @returns false if it does not hold them: then save first. */
  spend(permits: number, nowMs: number): boolean {
    if (permits > this.#reserved || nowMs >= this.#reserveEndsAt) return false;
    this.#reserved -= permits;
    return true;
  }

  /** Whether it is time to save what changed. */
  isDue(nowMs: number): boolean {
    const isTime = Math.abs(nowMs - this.#savedAt) >= SAVE_EVERY_MS;
    return this.#isBehind || (this.#isDirty && isTime);
  }

  /**
   * Whether a life after a crash would show smaller counts than these, other than those of what came
   * back. Grants are saved, or in the reserve, before they are answered.
   */
  wouldLose({ denied }: Pick<LimitCounts, "denied">): boolean {
    return this.#isBehind || denied !== this.#denied;
  }

  /**
   * @param reserved - permits to write off: as many may be granted without another save.
   * @throws what the store throws; then nothing may be granted before a save succeeds.
   */
  save(state: UnreservedState, reserved: number, nowMs: number): void {
    const reserveEndsAt = nowMs + RESERVE_MS;
    const { leaseMs, marginMs } = this.#times;
    const units = state.level.units - reserved * UNITS_PER_PERMIT;
    // Not granted from until it is stored: a save that fails must not leave an older one in force.
    this.#reserved = 0;
    this.#isBehind = true;
    this.#store.saveLimit(
      encodeLimiterState({
        ...state,
        level: { ...state.level, units },
        reserved,
        reservedUntil: reserveEndsAt + leaseMs + marginMs,
      }),
    );
    this.#isBehind = false;
    this.#denied = state.counts.denied;
    this.#reserved = reserved;
    this.#reserveEndsAt = reserveEndsAt;
    this.#savedAt = nowMs;
    this.#isDirty = false;
  }
}

/**
 * The reserve that a crash left: nobody knows whether it was granted, so it counts as leased.
 * @param granted - how many permits were granted ever, with these; no two reserves have the same.
 */
export function leaseOfReserve(state: LimiterState, granted: number): OpenLease {
  const { reserved: permits, reservedUntil: expiresAt } = state;
  // No holder has this name, so nobody can say that it was not used.
  return { id: `${NOBODY}${granted}`, holder: NOBODY, permits, spent: 0, returned: 0, expiresAt };
}
