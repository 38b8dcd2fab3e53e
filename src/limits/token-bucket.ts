import type { LimitRule } from "./limit-rule.ts";

/**
 * Permits are counted in units so small that a millisecond's refill is a whole number of them: a
 * refill of 0.001 permits a minute is one unit a millisecond. The arithmetic is then exact, and the
 * largest bucket, 6·10^15 units, is below 2^53.
 */
export const UNITS_PER_PERMIT = 60_000_000;

/**
 * A clock that is behind by less than this is waited for: it was ahead a moment ago, and what that
 * moment gave must not be given again. One that is behind by more was set, and is believed.
 */
const MAX_CLOCK_WAIT_MS = 60_000;

/** How far the clock was set back, if by so much that it is believed; 0 if not. */
export function setBackMs({ refilledAt }: BucketLevel, nowMs: number): number {
  const behindMs = refilledAt - nowMs;
  return behindMs > MAX_CLOCK_WAIT_MS ? behindMs : 0;
}

/** How much a bucket holds and when that was so. */
export interface BucketLevel {
  /** In units, 0 to capacity. */
  readonly units: number;
  /** Up to when it is refilled, epoch milliseconds. */
  readonly refilledAt: number;
}

/** Milliseconds of full refill that lie between two points in time: fewer while it is slowed. */
export type EffectiveMs = (fromMs: number, toMs: number) => number;

/**
 * Refills a bucket: `units + refill · elapsed`, up to `room`. What is not a whole unit is left for
 * the next time, so asking often gives neither more nor less.
 *
 * @param room - units that fit in: the capacity without what is leased. The sum of both must stay
 * within the capacity, or a bucket that fills while its leases are out would give twice.
 */
export function refill(
  level: BucketLevel,
  rule: LimitRule,
  room: number,
  nowMs: number,
  effectiveMs: EffectiveMs,
): BucketLevel {
  const behindMs = level.refilledAt - nowMs;
  if (setBackMs(level, nowMs) > 0) {
    return { units: Math.min(level.units, room), refilledAt: nowMs };
  }
  if (behindMs >= 0) return { units: Math.min(level.units, room), refilledAt: level.refilledAt };
  const perMs = unitsPerMs(rule);
  const missing = Math.max(0, room - level.units);
  const elapsedMs = effectiveMs(level.refilledAt, nowMs);
  // Compared before it is multiplied: a year's refill of the fastest bucket is beyond 2^53.
  const isFull = perMs > 0 && elapsedMs >= missing / perMs;
  const gained = isFull ? missing : Math.floor(perMs * elapsedMs);
  const isIdle = perMs > 0 && gained === 0 && !isFull && elapsedMs > 0;
  return {
    units: Math.min(level.units + gained, room),
    refilledAt: isIdle ? level.refilledAt : nowMs,
  };
}

/** How many units a millisecond of full refill gives, a whole number. */
export function unitsPerMs({ refillPerMinute }: LimitRule): number {
  return Math.round(refillPerMinute * 1_000);
}
