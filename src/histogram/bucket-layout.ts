import { build, type Histogram } from "hdr-histogram-js";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { SIGNIFICANT_DIGITS } from "./significant-digits.ts";

/** The finest step between two durations that are told apart, in microseconds. */
export const LOWEST_DISCERNIBLE_US = 1;

/** The longest duration that has a bucket, in microseconds. */
export const HIGHEST_TRACKABLE_US = MAX_DURATION_US;

const { subBucketCount, countsArrayLength } = libraryLayout();

/** How many buckets the layout has; indexes run from 0 to one less. */
export const BUCKET_COUNT = countsArrayLength;

/** Sub-buckets per power of two, other than the first two, which have one microsecond each. */
const HALF_COUNT = subBucketCount / 2;
const HALF_COUNT_BITS = Math.log2(HALF_COUNT);
const HALF_COUNT_MASK = HALF_COUNT - 1;
const FIRST_BUCKET_MASK = subBucketCount - 1;

/**
 * The bucket that a duration falls into.
 *
 * HdrHistogram's `countsArrayIndex` for a unit magnitude of 0: the power of two that a value
 * exceeds the first `subBucketCount` by tells how many of its low bits are dropped. The library
 * itself uses `floor(log2(value))`, which is slower and, next to a power of two, at the mercy of
 * rounding; `clz32` is exact.
 *
 * @param valueUs an integer from 0 to {@link HIGHEST_TRACKABLE_US}; the caller has checked it.
 */
export function bucketIndex(valueUs: number): number {
  const droppedBits = 31 - HALF_COUNT_BITS - Math.clz32(valueUs | FIRST_BUCKET_MASK);
  return (droppedBits << HALF_COUNT_BITS) + (valueUs >>> droppedBits);
}

/** The lowest duration of a bucket, in microseconds. */
export function bucketLowestUs(index: number): number {
  const droppedBits = droppedBitsOf(index);
  return (index - (droppedBits << HALF_COUNT_BITS)) << droppedBits;
}

/** The highest duration that counts as equal to the lowest of a bucket, in microseconds. */
export function bucketHighestUs(index: number): number {
  const droppedBits = droppedBitsOf(index);
  return ((index - (droppedBits << HALF_COUNT_BITS) + 1) << droppedBits) - 1;
}

function droppedBitsOf(index: number): number {
  return index <= HALF_COUNT_MASK ? 0 : (index >>> HALF_COUNT_BITS) - 1;
}

/**
 * The sizes that hdr-histogram-js gives this range and precision. They are taken from there rather
 * than computed again, so that our buckets cannot drift from what other HdrHistogram readers use.
 */
function libraryLayout(): { subBucketCount: number; countsArrayLength: number } {
  const histogram: Histogram & { subBucketCount?: unknown; countsArrayLength?: unknown } = build({
    lowestDiscernibleValue: LOWEST_DISCERNIBLE_US,
    highestTrackableValue: HIGHEST_TRACKABLE_US,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    bitBucketSize: 32,
    useWebAssembly: false,
  });
  const { subBucketCount: subBuckets, countsArrayLength: length } = histogram;
  if (typeof subBuckets !== "number" || typeof length !== "number") {
    throw new Error(
      "hdr-histogram-js no longer tells subBucketCount and countsArrayLength; pin version 3.0.1",
    );
  }
  return { subBucketCount: subBuckets, countsArrayLength: length };
}
