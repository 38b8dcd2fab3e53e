import type { Aggregate } from "../histogram/aggregate.ts";
import { OrderedAggregate } from "../histogram/ordered-aggregate.ts";
import type { BucketedHistogram } from "../wire/running-total.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { spreadBuckets } from "./spread-buckets.ts";

/**
 * The aggregate of a sender's histogram: its timings spread over its buckets, and its own sum,
 * minimum and maximum where it tells them.
 * @param histogram with a count above 0, and statistics that its buckets do not contradict.
 * @param outcome of all timings, by position in `OUTCOMES`.
 * @param mostABucket see {@link spreadBuckets}.
 */
export function deltaAggregate(
  histogram: BucketedHistogram,
  outcome: number,
  mostABucket?: number,
): Aggregate {
  const spread = new OrderedAggregate(outcome);
  spreadBuckets(histogram, (durationUs, count) => spread.record(durationUs, count), mostABucket);
  const aggregate = spread.finish();
  const { minUs, maxUs } = histogram;
  const sumUs =
    histogram.sumUs === null ? aggregate.sumUs : wholeUs(histogram.sumUs, Number.MAX_SAFE_INTEGER);
  // Of a sum that is too large to be told there is no mean.
  const meanUs = sumUs < Number.MAX_SAFE_INTEGER ? sumUs / aggregate.count : aggregate.minUs;
  return {
    ...aggregate,
    sumUs,
    // Rounding must not leave a value of the spread outside, nor the mean, which the spread may miss.
    minUs: Math.min(
      aggregate.minUs,
      wholeUs(minUs ?? Infinity, MAX_DURATION_US),
      Math.floor(meanUs),
    ),
    maxUs: Math.max(aggregate.maxUs, wholeUs(maxUs ?? 0, MAX_DURATION_US), Math.ceil(meanUs)),
  };
}

function wholeUs(durationUs: number, mostUs: number): number {
  return Math.min(Math.round(durationUs), mostUs);
}
