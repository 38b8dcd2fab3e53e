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
 */
export function deltaAggregate(histogram: BucketedHistogram, outcome: number): Aggregate {
  const spread = new OrderedAggregate(outcome);
  spreadBuckets(histogram, (durationUs, count) => spread.record(durationUs, count));
  const aggregate = spread.finish();
  const { sumUs, minUs, maxUs } = histogram;
  return {
    ...aggregate,
    sumUs: sumUs === null ? aggregate.sumUs : wholeUs(sumUs, Number.MAX_SAFE_INTEGER),
    // Rounding must not leave a value of the spread outside.
    minUs: Math.min(aggregate.minUs, wholeUs(minUs ?? Infinity, MAX_DURATION_US)),
    maxUs: Math.max(aggregate.maxUs, wholeUs(maxUs ?? 0, MAX_DURATION_US)),
  };
}

function wholeUs(durationUs: number, mostUs: number): number {
  return Math.min(Math.round(durationUs), mostUs);
}
