import type { BucketedHistogram } from "../wire/running-total.ts";

/**
 * Takes a bucket that counts something: `count` timings above `loUs` and at most `hiUs`. The lowest
 * one holds 0 as well and begins at −Infinity; the highest may end at Infinity.
 */
type TakeBucket = (loUs: number, hiUs: number, count: number) => void;

/** Visits the buckets that count something, in ascending order. */
export function forEachBucket({ buckets }: BucketedHistogram, take: TakeBucket): void {
  if (buckets.kind === "explicit") {
    const { boundsUs, counts } = buckets;
    for (const [i, count] of counts.entries()) {
      if (count > 0) take(boundsUs[i - 1] ?? -Infinity, boundsUs[i] ?? Infinity, count);
    }
    return;
  }
  const { scale, unitUs, zeroCount, zeroThresholdUs, offset, counts } = buckets;
  const boundUs = (index: number): number => unitUs * 2 ** (index * 2 ** -scale);
  if (zeroCount > 0) {
    // A threshold above the lowest bucket is against the data model, and would break the order.
    const first = counts.findIndex((count) => count > 0);
    const lowestUs = first < 0 ? Infinity : boundUs(offset + first);
    take(-Infinity, Math.min(zeroThresholdUs, lowestUs), zeroCount);
  }
  for (const [i, count] of counts.entries()) {
    if (count > 0) take(boundUs(offset + i), boundUs(offset + i + 1), count);
  }
}
