import type { Aggregate } from "../histogram/aggregate.ts";
import { AggregateBuilder } from "../histogram/aggregate-builder.ts";
import { deltaAggregate } from "../otlp/delta-aggregate.ts";
import { forEachBucket } from "../otlp/for-each-bucket.ts";
import type { BucketedHistogram, TotalValue } from "../wire/running-total.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";

/**
 * What a running total gained, as it is counted: timings spread over their buckets with the sender's
 * own sum, or one value of a measure.
 * @param gain that is not empty.
 * @param outcome of all timings, by position in `OUTCOMES`.
 */
export function gainAggregate(gain: TotalValue, outcome: number): Aggregate {
  if (gain.kind === "histogram") return deltaAggregate(withinBuckets(gain.histogram), outcome);
  const builder = new AggregateBuilder();
  builder.addMeasures(new Map([[gain.code, { count: 1, parts: gain.parts, at: 0 }]]));
  return builder.finish();
}

/**
 * A gain has the minimum and the maximum of all that its stream ever counted, and a sum that is the
 * difference of two rounded ones: they are held to what the buckets of the gain allow.
 */
function withinBuckets(gain: BucketedHistogram): BucketedHistogram {
  const { count, sumUs, minUs, maxUs } = gain;
  let lowest: readonly [loUs: number, hiUs: number] | undefined;
  let highest: readonly [loUs: number, hiUs: number] = [0, 0];
  let leastUs = 0;
  let mostUs = 0;
  forEachBucket(gain, (loUs, hiUs, inBucket) => {
    highest = [loUs, hiUs];
    lowest ??= highest;
    // Not every sender keeps its extremes for as long as its counts.
    const isAbove = minUs !== null && minUs > loUs && minUs <= hiUs;
    const isBelow = maxUs !== null && maxUs > loUs && maxUs <= hiUs;
    leastUs += inBucket * inRange(isAbove ? minUs : loUs);
    mostUs += inBucket * inRange(isBelow ? maxUs : hiUs);
  });
  const total = sumUs === null ? null : Math.min(Math.max(sumUs, leastUs), mostUs);
  // Of one timing the sum is its duration.
  if (count === 1 && total !== null) return { ...gain, sumUs: total, minUs: total, maxUs: total };
  const isIn = (lengthUs: number, [loUs, hiUs]: readonly [number, number]): boolean =>
    lengthUs >= loUs && lengthUs <= hiUs;
  return {
    ...gain,
    sumUs: total,
    minUs: minUs !== null && lowest !== undefined && isIn(minUs, lowest) ? minUs : null,
    maxUs: maxUs !== null && isIn(maxUs, highest) ? maxUs : null,
  };
}

/** What is longer than the longest duration that is kept counts as that. */
function inRange(durationUs: number): number {
  return Math.min(Math.max(durationUs, 0), MAX_DURATION_US);
}
