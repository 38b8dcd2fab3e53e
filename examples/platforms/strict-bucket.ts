import type { Admission } from "./admission.ts";
import { WINDOW_MS } from "./fixed-window.ts";

/** Room for one call. A millisecond's refill is then `limitPerMinute` units: a whole number. */
export const UNITS_PER_CALL = WINDOW_MS;

/** How a bucket is filled. */
export interface BucketRule {
  /** Calls that come back in a minute, continuously; 0 for none. */
  readonly limitPerMinute: number;
  /** Calls that a full bucket lets through at once. */
  readonly burst: number;
}

/** How much a bucket held at `at`. */
export interface BucketLevel {
  /** 0 to `burst` × {@link UNITS_PER_CALL}, a whole number. */
  readonly units: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A bucket that nothing was taken from yet. */
export function fullBucket({ burst }: BucketRule, now: number): BucketLevel {
  return { units: burst * UNITS_PER_CALL, at: now };
}

/**
 * What the bucket holds at `now`: exactly as much, however often it is asked. A clock that was set
 * back refills nothing until it has caught up, since what it went back over was given already.
 */
export function refilled(level: BucketLevel, rule: BucketRule, now: number): BucketLevel {
  const capacity = rule.burst * UNITS_PER_CALL;
  const units = Math.min(level.units, capacity);
  if (now <= level.at) return { units, at: level.at };
  const elapsedMs = now - level.at;
  // Compared before it is multiplied: the product of years is beyond what a number holds exactly.
  const isFull = elapsedMs >= refillMs(capacity - units, rule);
  return { units: isFull ? capacity : units + elapsedMs * rule.limitPerMinute, at: now };
}

/** Takes room for one call at `now`, if there is any. A refused call takes nothing. */
export function take(
  level: BucketLevel,
  rule: BucketRule,
  now: number,
): { readonly level: BucketLevel; readonly admission: Admission } {
  const { units: before, at } = refilled(level, rule, now);
  const admitted = before >= UNITS_PER_CALL;
  const units = admitted ? before - UNITS_PER_CALL : before;
  const untilNextMs = refillMs(UNITS_PER_CALL - (units % UNITS_PER_CALL), rule);
  return {
    level: { units, at },
    admission: {
      admitted,
      limit: rule.burst,
      remaining: Math.floor(units / UNITS_PER_CALL),
      resetMs: Math.min(WINDOW_MS, untilNextMs),
      usedPercent: 100 - (100 * units) / (rule.burst * UNITS_PER_CALL),
    },
  };
}

/** Whole milliseconds until `units` have come back; infinite if none ever do. */
function refillMs(units: number, { limitPerMinute }: BucketRule): number {
  if (units === 0) return 0;
  return limitPerMinute === 0 ? Number.POSITIVE_INFINITY : Math.ceil(units / limitPerMinute);
}
