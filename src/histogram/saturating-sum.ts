/**
 * Sums of parts of a unit stop at 2^53 − 1, which for microseconds is 285 years: only the mean is
 * affected.
 */
export function saturatingSum(left: number, right: number): number {
  return Math.min(left + right, Number.MAX_SAFE_INTEGER);
}
