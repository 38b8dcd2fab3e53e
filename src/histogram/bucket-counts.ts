import { forEachBucket, type SparseCounts } from "./sparse-counts.ts";

/**
 * Anything that can be walked as the non-empty buckets of the one layout (`bucket-layout.ts`):
 * what the encoders need to know of a histogram, and no more.
 */
export interface BucketCounts {
  /**
   * Calls `visit` once for each non-empty bucket, in ascending order of `index`.
   * `count` is an integer from 1 to 2^53 − 1.
   */
  forEach(visit: (index: number, count: number) => void): void;
}

/** Sparse counts as the encoders take them. */
export function bucketCounts(counts: SparseCounts): BucketCounts {
  return { forEach: (visit) => forEachBucket(counts, visit) };
}
