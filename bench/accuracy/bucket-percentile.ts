/** How many values are above `lower` and at most `upper`. */
export interface CountedBucket {
  readonly lower: number;
  /** Infinity for what is above all bounds. */
  readonly upper: number;
  readonly count: number;
}

/** A point between two bounds, a fraction of the way. */
export type Interpolation = (lower: number, upper: number, fraction: number) => number;

/** Values spread evenly: what Prometheus does for classic buckets, and VictoriaMetrics for its own. */
export const linear: Interpolation = (lower, upper, fraction) => lower + (upper - lower) * fraction;

/**
 * Values spread evenly over their logarithm: what Prometheus does since 3.0 for buckets of which
 * each is wider than the last by the same factor (promql/quantile.go).
 */
export const exponential: Interpolation = (lower, upper, fraction) =>
  lower * (upper / lower) ** fraction;

/**
 * A percentile as `histogram_quantile` makes it: the bucket in which the counts from below reach
 * p/100 of all, and within it the fraction of its count that is still missing. In what is above all
 * bounds it is the highest bound.
 *
 * @param buckets ascending; those without a count may be left out.
 * @returns NaN without values.
 */
export function bucketPercentile(
  buckets: readonly CountedBucket[],
  percentile: number,
  interpolate: Interpolation,
): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const rank = (percentile / 100) * total;
  let below = 0;
  for (const { lower, upper, count } of buckets) {
    if (count > 0 && below + count >= rank) {
      return upper === Infinity ? lower : interpolate(lower, upper, (rank - below) / count);
    }
    below += count;
  }
  // Floating point left the rank a hair above the total.
  return buckets.at(-1)?.upper ?? Number.NaN;
}
