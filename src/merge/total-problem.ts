import { MEASURES } from "../measures.ts";
import { isName } from "../names.ts";
import { OUTCOMES } from "../outcome.ts";
import type { RejectionReason } from "../wire/report.ts";
import type { BucketedHistogram, ExponentialBuckets, RunningTotal } from "../wire/running-total.ts";

/** What senders may choose from; at the lowest one two buckets hold every number that there is. */
const SCALES = { lowest: -10, highest: 20 };

/** Where buckets may begin: further out than any number goes. */
const MAX_OFFSET = 2 ** 31;

/** Why a running total cannot be one, whatever is known of its stream. */
export function totalProblem(total: RunningTotal): RejectionReason | undefined {
  const { operation, outcome, startAt, at, value } = total;
  if (!isName(operation)) return "bad_operation";
  if (OUTCOMES[outcome] === undefined) return "bad_outcome";
  if (!Number.isFinite(startAt) || !Number.isFinite(at) || startAt < 0) return "bad_time";
  if (value.kind === "histogram") {
    return isHistogram(value.histogram) ? undefined : "bad_histogram";
  }
  // Of a measure of which only the newest is kept, nothing adds up.
  return MEASURES[value.code]?.kind === "sum" ? undefined : "bad_measure";
}

function isHistogram({ count, buckets }: BucketedHistogram): boolean {
  const inBuckets = buckets.counts.reduce((sum, one) => sum + one, 0);
  if (buckets.kind === "exponential") {
    return inBuckets + buckets.zeroCount === count && isExponential(buckets);
  }
  const { boundsUs, counts } = buckets;
  return (
    inBuckets === count &&
    counts.length === boundsUs.length + 1 &&
    boundsUs.every((bound, i) => bound > (boundsUs[i - 1] ?? -Infinity) && bound < Infinity)
  );
}

function isExponential({ scale, offset, unitUs, zeroThresholdUs }: ExponentialBuckets): boolean {
  return (
    Number.isInteger(scale) &&
    scale >= SCALES.lowest &&
    scale <= SCALES.highest &&
    Number.isSafeInteger(offset) &&
    Math.abs(offset) <= MAX_OFFSET &&
    unitUs > 0 &&
    Number.isFinite(unitUs) &&
    zeroThresholdUs >= 0 &&
    Number.isFinite(zeroThresholdUs)
  );
}
