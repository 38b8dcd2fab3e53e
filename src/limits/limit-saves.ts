import type { LeaseTimes } from "./lease-times.ts";
import type { LimitStore } from "./limit-store.ts";
import { encodeLimiterState, type LimiterState } from "./limiter-state.ts";
import { UNITS_PER_PERMIT } from "./token-bucket.ts";

/** How often what need not be durable is saved. */
const SAVE_EVERY_MS = 1_000;

/** How long permits may be granted from a reserve. */
const RESERVE_MS = 1_000;

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

  constructor(store: LimitStore, times: LeaseTimes) {
    this.#store = store;
    this.#times = times;
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
    this.#reserved = reserved;
    this.#reserveEndsAt = reserveEndsAt;
    this.#savedAt = nowMs;
    this.#isDirty = false;
  }
}
