import type { LimitRule } from "./limit-rule.ts";
import { type BucketLevel, UNITS_PER_PERMIT, unitsPerMs } from "./token-bucket.ts";

/** A bucket's level, and what is used or leased beyond its capacity. */
export interface OwingLevel {
  readonly level: BucketLevel;
  /**
   * Units: more of it was there before the limit was set lower. Remembered, or to lower a limit and
   * to raise it again would fill the bucket.
   */
  readonly owed: number;
}

/**
 * Fits a level to another limit. What is missing stays missing: a larger bucket gets the difference,
 * of which it pays first what it owes; a smaller one owes what it does not hold.
 *
 * @param before - the limit until now; undefined if there was none, and the bucket begins full.
 */
export function resize(
  { level, owed }: OwingLevel,
  before: LimitRule | undefined,
  rule: LimitRule,
  nowMs: number,
): OwingLevel {
  if (before === undefined) {
    const units = rule.capacity * UNITS_PER_PERMIT;
    return { level: { units, refilledAt: nowMs }, owed: 0 };
  }
  const grown = (rule.capacity - before.capacity) * UNITS_PER_PERMIT;
  const paid = Math.min(Math.max(0, grown), owed);
  const units = level.units + grown - paid;
  return {
    level: { ...level, units: Math.max(0, units) },
    owed: owed - paid + Math.max(0, -units),
  };
}

/**
 * What is still owed after a refill from `before` to `after`: what did not fit in pays for it.
 *
 * @param passedMs - milliseconds of full refill between the two.
 * @param outstanding - permits that are leased: those beyond the capacity come back by no refill.
 */
export function stillOwed(
  owed: number,
  before: BucketLevel,
  after: BucketLevel,
  about: { readonly passedMs: number; readonly rule: LimitRule; readonly outstanding: number },
): number {
  const { passedMs, rule, outstanding } = about;
  const surplus = unitsPerMs(rule) * passedMs - (after.units - before.units);
  const leased = Math.max(0, outstanding - rule.capacity) * UNITS_PER_PERMIT;
  const rest = Math.ceil(owed - Math.max(0, surplus));
  return Math.max(Math.min(owed, leased), rest);
}
