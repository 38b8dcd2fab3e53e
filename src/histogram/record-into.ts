import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import type { DecodedHdr } from "./decoded-hdr.ts";

/** The units in which a histogram's values may have been recorded. */
export const HDR_UNITS = ["ns", "us", "ms"] as const;

export type HdrUnit = (typeof HDR_UNITS)[number];

/** By what a value is multiplied, then divided, to be microseconds: both exact as doubles. */
const TO_MICROSECONDS: Readonly<Record<HdrUnit, readonly [times: number, per: number]>> = {
  ns: [1, 1000],
  us: [1, 1],
  ms: [1000, 1],
};

/** Takes `count` values of `valueUs` microseconds each. */
export type RecordDuration = (valueUs: number, count: number) => void;

/**
 * Turns another program's histogram into durations in microseconds.
 *
 * A bucket stands for all the values between its lowest and its highest; which of them were
 * recorded is lost. They are taken to be at the middle, `lowest + ⌊width / 2⌋`, which is
 * HdrHistogram's `medianEquivalentValue` and what its libraries compute means with: no recorded
 * value is further from it than half a bucket, that is, half of the precision the source itself
 * promised. Rounding to whole microseconds adds at most half of one, and only to nanoseconds.
 *
 * Because the middle lies within the bucket, values in microseconds from a histogram of our own
 * layout (or of a finer one whose buckets divide ours) land in the very bucket they came from:
 * export and import is exact, bucket by bucket. One bucket would break this, the one that holds
 * the longest duration: its middle is above the limit while values in it are not. Where a bucket
 * reaches across the limit its values are therefore taken to be at most the limit.
 *
 * @param record is given the durations from 0 to `MAX_DURATION_US`.
 * @param refuse is given those above it, which the API reports as `bad_duration`.
 */
export function recordInto(
  histogram: DecodedHdr,
  unit: HdrUnit,
  record: RecordDuration,
  refuse: RecordDuration,
): void {
  const [times, per] = TO_MICROSECONDS[unit];
  histogram.forEach((lowest, highest, count) => {
    const middle = lowest + Math.floor((highest - lowest + 1) / 2);
    const middleUs = Math.round((middle * times) / per);
    if (middleUs <= MAX_DURATION_US) record(middleUs, count);
    else if ((lowest * times) / per <= MAX_DURATION_US) record(MAX_DURATION_US, count);
    else refuse(middleUs, count);
  });
}
