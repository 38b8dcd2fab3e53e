/** What is asked for of each stretch of time. */
export const PERMILLES = [500, 900, 950, 990, 999] as const;

/** Which of so many sorted values is a percentile: a position from 0, whole or between two. */
export type RankRule = (count: number, permille: number) => number;

/** The smallest value that so many of all are at or below: HdrHistogram, and ours. */
export const nearestRank: RankRule = (count, permille) =>
  Math.max(Math.ceil((count * permille) / 1_000), 1) - 1;

/** InfluxDB's `percentile()`: the rank is rounded instead of rounded up. */
export const roundedRank: RankRule = (count, permille) =>
  Math.max(Math.floor((count * permille) / 1_000 + 0.5), 1) - 1;

/** VictoriaMetrics' and Prometheus' quantiles: a straight line between the two values beside it. */
export const interpolatedRank: RankRule = (count, permille) => ((count - 1) * permille) / 1_000;

/** The exact percentiles of a set of durations, microseconds, in the order of {@link PERMILLES}. */
export function exactPercentiles(durationsUs: Int32Array, rule: RankRule): number[] {
  const sorted = durationsUs.toSorted();
  return PERMILLES.map((permille) => valueAt(sorted, rule(sorted.length, permille)));
}

function valueAt(sorted: Int32Array, position: number): number {
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position % 1);
}

/** The largest relative difference of an answer; infinite if one of its values is missing. */
export function worstError(answer: readonly number[], exact: readonly number[]): number {
  const errors = exact.map((value, i) => Math.abs((answer[i] ?? Number.NaN) - value) / value);
  return errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...errors);
}
