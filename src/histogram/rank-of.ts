/**
 * Which value, counted from the smallest, stands at a percentile: ⌈p/100 · total⌉, at least 1.
 * A product that floating point left a hair above a whole number is that number.
 */
export function rankOf(percentile: number, total: number): number {
  const exact = (percentile / 100) * total;
  const nearest = Math.round(exact);
  const rank = Math.abs(exact - nearest) <= exact * Number.EPSILON * 2 ? nearest : Math.ceil(exact);
  return Math.min(Math.max(rank, 1), total);
}
