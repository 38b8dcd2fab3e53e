import { bucketIndex } from "../histogram/bucket-layout.ts";
import type { RecordDuration } from "../histogram/record-into.ts";
import type { BucketedHistogram } from "../wire/running-total.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { forEachBucket } from "./for-each-bucket.ts";

/**
 * Most durations that the timings of one bucket are spread over, whatever it counts. A percentile is
 * then a hundredth of the sender's bucket off an even spread, of which nobody knows that it was one.
 */
export const MAX_DURATIONS_A_BUCKET = 100;

/**
 * How many durations each of so many buckets is spread over, so that all of them together take no
 * more than they may: 1 to {@link MAX_DURATIONS_A_BUCKET}.
 * @param most durations, if there are not more buckets than that.
 */
export function durationsABucket(buckets: number, most: number): number {
  return Math.min(Math.max(Math.floor(most / Math.max(buckets, 1)), 1), MAX_DURATIONS_A_BUCKET);
}

/**
 * Puts the timings of a sender's buckets at durations in whole microseconds, evenly over each
 * bucket: as many as the histogram counts, each within its bucket where that holds a whole
 * microsecond (else at the nearest). Where the sender tells minimum and maximum, the buckets that
 * hold them end there. A bucket without an upper bound and without a maximum counts at its lower
 * bound, and if it is the only one at the mean. Nothing lies above {@link MAX_DURATION_US}.
 *
 * The same histogram always gives the same durations, no more for a bucket than there are buckets of
 * our own in it.
 *
 * @param histogram without negative counts.
 * @param record is called in ascending order.
 * @param mostABucket durations that a bucket is spread over, at most.
 */
export function spreadBuckets(
  histogram: BucketedHistogram,
  record: RecordDuration,
  mostABucket = MAX_DURATIONS_A_BUCKET,
): void {
  forEachBucket(histogram, (loUs, hiUs, count) => {
    const [lowest, highest] = wholeDurations(loUs, hiUs, histogram);
    const ownBuckets = bucketIndex(highest) - bucketIndex(lowest) + 1;
    spreadEvenly(lowest, highest, count, Math.min(count, ownBuckets, mostABucket), record);
  });
}

/** The lowest and the highest whole microsecond at which the timings of a bucket are counted. */
function wholeDurations(
  loUs: number,
  hiUs: number,
  { count, sumUs, minUs, maxUs }: BucketedHistogram,
): readonly [lowest: number, highest: number] {
  const lowest = loUs === -Infinity ? 0 : Math.floor(loUs) + 1;
  const least = minUs !== null && minUs <= hiUs ? Math.max(lowest, Math.ceil(minUs)) : lowest;
  const most = maxUs !== null && maxUs > loUs ? Math.min(hiUs, maxUs) : hiUs;
  if (most === Infinity) {
    const isOnly = loUs === -Infinity;
    return nearest(isOnly && sumUs !== null ? sumUs / count : loUs);
  }
  const highest = Math.floor(Math.min(most, MAX_DURATION_US));
  if (least <= highest) return [least, highest];
  // No whole microsecond lies in it, or all of it lies beyond what is kept.
  return nearest((Math.max(loUs, 0) + Math.min(most, MAX_DURATION_US)) / 2);
}

function nearest(durationUs: number): readonly [lowest: number, highest: number] {
  const whole = Math.min(Math.max(Math.round(durationUs), 0), MAX_DURATION_US);
  return [whole, whole];
}

/** Each of so many durations gets its share, and what is left over is spread evenly, too. */
function spreadEvenly(
  lowest: number,
  highest: number,
  count: number,
  durations: number,
  record: RecordDuration,
): void {
  const step = (highest - lowest + 1) / durations;
  const share = Math.floor(count / durations);
  const rest = count - share * durations;
  let given = 0;
  for (let i = 0; i < durations; i++) {
    const extra = Math.floor(((i + 1) * rest) / durations) - given;
    given += extra;
    record(lowest + Math.floor((i + 0.5) * step), share + extra);
  }
}
