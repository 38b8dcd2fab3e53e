/** A target's limit as it is configured or set at run time. */
export interface LimitRule {
  /** Most permits that the bucket holds, an integer from 0 (closed) to 100,000,000. */
  readonly capacity: number;
  /**
   * Permits that come back each minute, 0 to 100,000,000, with at most three decimals: 1.666 for a
   * hundred an hour.
   */
  readonly refillPerMinute: number;
}

/** Keeps every sum of the bucket's arithmetic below 2^53: see `UNITS_PER_PERMIT`. */
export const MAX_CAPACITY = 100_000_000;

/** See {@link MAX_CAPACITY}. */
export const MAX_REFILL_PER_MINUTE = 100_000_000;

/** What is wrong with the capacity of a {@link LimitRule}, or undefined. */
export function capacityProblem(value: unknown): string | undefined {
  const isRight = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_CAPACITY;
  return isRight ? undefined : `must be an integer from 0 (closed) to ${MAX_CAPACITY}`;
}

/** What is wrong with the refill of a {@link LimitRule}, or undefined. */
export function refillProblem(value: unknown): string | undefined {
  const isInRange = typeof value === "number" && value >= 0 && value <= MAX_REFILL_PER_MINUTE;
  // A decimal fraction is seldom a whole number of thousandths in binary.
  const isExact = isInRange && Math.abs(value * 1_000 - Math.round(value * 1_000)) < 1e-6;
  if (isInRange && isExact) return undefined;
  return `must be a number from 0 to ${MAX_REFILL_PER_MINUTE} with at most three decimals`;
}

export function isSameRule(left: LimitRule | undefined, right: LimitRule | undefined): boolean {
  return left?.capacity === right?.capacity && left?.refillPerMinute === right?.refillPerMinute;
}
