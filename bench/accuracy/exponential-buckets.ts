import type { CountedBucket } from "./bucket-percentile.ts";

/** The positive half of OpenTelemetry's exponential histogram. */
export interface ExponentialCounts {
  /** Bounds are powers of 2^(2^−scale). */
  readonly scale: number;
  /** The index of the first bucket. */
  readonly offset: number;
  readonly counts: readonly number[];
}

/** Bucket i holds what is above base^i and at most base^(i + 1). Empty ones are left out. */
export function bucketsOfExponential(histogram: ExponentialCounts): CountedBucket[] {
  const { scale, offset, counts } = histogram;
  const bound = (index: number): number => 2 ** (index * 2 ** -scale);
  return counts.flatMap((count, i) =>
    count === 0 ? [] : [{ lower: bound(offset + i), upper: bound(offset + i + 1), count }],
  );
}

/**
 * Adds histograms up as backends do, in the finest buckets that all of them have: at the lowest
 * scale, to which each other one comes by joining neighbours. They keep no limit of buckets.
 */
export function mergeExponential(histograms: readonly ExponentialCounts[]): ExponentialCounts {
  const filled = histograms.filter(({ counts }) => counts.length > 0);
  if (filled.length === 0) return { scale: 0, offset: 0, counts: [] };
  const scale = Math.min(...filled.map((histogram) => histogram.scale));
  const ranges = filled.map((histogram) => {
    const { offset, counts } = histogram;
    const shift = histogram.scale - scale;
    return {
      counts,
      offset,
      shift,
      first: offset >> shift,
      last: (offset + counts.length - 1) >> shift,
    };
  });
  const first = Math.min(...ranges.map((range) => range.first));
  const last = Math.max(...ranges.map((range) => range.last));
  const sums = Array.from({ length: last - first + 1 }, () => 0);
  for (const { counts, offset, shift } of ranges) {
    for (const [i, count] of counts.entries()) {
      const index = ((offset + i) >> shift) - first;
      sums[index] = (sums[index] ?? 0) + count;
    }
  }
  return { scale, offset: first, counts: sums };
}
