import type { BucketedHistogram } from "../wire/running-total.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { forEachBucket } from "./for-each-bucket.ts";
import type { OtlpExponentialHistogram, OtlpHistogram } from "./otlp-model.ts";
import { PointFault } from "./point-fault.ts";
import { inMicroseconds } from "./time-unit.ts";

/** What OpenTelemetry's data model allows. */
const SCALES = { least: -10, most: 20 };

/** How far a sum of doubles may be off, as a part of it. */
const SUM_TOLERANCE = 1e-6;

/**
 * A point's histogram in microseconds, checked: counts are whole and add up, bounds ascend, nothing
 * is below 0. Of sum, minimum and maximum, what the buckets contradict is left out.
 * @param unitUs microseconds in the metric's unit.
 */
export function bucketedHistogram(
  value: OtlpHistogram | OtlpExponentialHistogram,
  unitUs: number,
): BucketedHistogram | PointFault {
  const fault = countFault(value) ?? statisticsFault(value);
  if (fault !== undefined) return new PointFault("bad_histogram", fault);
  const bucketFault = value.kind === "histogram" ? explicitFault(value) : exponentialFault(value);
  if (bucketFault !== undefined) return new PointFault("bad_histogram", bucketFault);
  const inUs = (length: number | undefined): number | null =>
    length === undefined || value.count === 0 ? null : inMicroseconds(length, unitUs);
  return withoutContradictions({
    count: value.count,
    sumUs: inUs(value.sum),
    minUs: inUs(value.min),
    maxUs: inUs(value.max),
    buckets: value.kind === "histogram" ? explicit(value, unitUs) : exponential(value, unitUs),
  });
}

function explicit(
  { bounds, counts, count }: OtlpHistogram,
  unitUs: number,
): BucketedHistogram["buckets"] {
  return {
    kind: "explicit",
    boundsUs: bounds.map((bound) => inMicroseconds(bound, unitUs)),
    // Without buckets there is one for everything.
    counts: counts.length === 0 ? [count] : counts,
  };
}

function exponential(
  { scale, zeroCount, zeroThreshold, offset, counts }: OtlpExponentialHistogram,
  unitUs: number,
): BucketedHistogram["buckets"] {
  const zeroThresholdUs = inMicroseconds(zeroThreshold, unitUs);
  return { kind: "exponential", scale, unitUs, zeroCount, zeroThresholdUs, offset, counts };
}

function countFault({ count, counts }: OtlpHistogram | OtlpExponentialHistogram) {
  if (!isCount(count)) return "count must be a whole number from 0 to 2^53 - 1";
  if (!counts.every(isCount)) return "bucketCounts must be whole numbers from 0 to 2^53 - 1";
  return undefined;
}

/** Senders fill in what they like where nothing was measured. */
function statisticsFault({ count, sum, min, max }: OtlpHistogram | OtlpExponentialHistogram) {
  if (count === 0) return undefined;
  for (const length of [sum, min, max]) {
    if (length !== undefined && !(length >= 0 && length < Infinity)) {
      return "sum, min and max must be numbers from 0";
    }
  }
  return min !== undefined && max !== undefined && min > max ? "min is above max" : undefined;
}

function explicitFault({ count, bounds, counts }: OtlpHistogram): string | undefined {
  if (bounds.length === 0 && counts.length === 0) return undefined;
  if (counts.length !== bounds.length + 1) {
    return "bucketCounts must have one entry more than explicitBounds";
  }
  for (const [i, bound] of bounds.entries()) {
    if (!Number.isFinite(bound) || bound <= (bounds[i - 1] ?? -Infinity)) {
      return "explicitBounds must be finite and ascend";
    }
    if (bound < 0 && (counts[i] ?? 0) > 0) return "it counts durations below 0";
  }
  return addUp(counts, count);
}

function exponentialFault(value: OtlpExponentialHistogram): string | undefined {
  const { count, scale, zeroCount, zeroThreshold, offset, counts, negativeCount } = value;
  if (!(scale >= SCALES.least && scale <= SCALES.most)) {
    return `scale must be from ${SCALES.least} to ${SCALES.most}`;
  }
  if (!(Math.abs(offset) < 2 ** 31)) return "offset must be an integer of 32 bits";
  if (!isCount(zeroCount)) return "zeroCount must be a whole number from 0 to 2^53 - 1";
  if (!(zeroThreshold >= 0 && zeroThreshold < Infinity)) return "zeroThreshold must be from 0";
  if (negativeCount !== 0) return "it counts durations below 0";
  return addUp([zeroCount, ...counts], count);
}

function addUp(counts: readonly number[], count: number): string | undefined {
  const sum = counts.reduce((total, one) => total + one, 0);
  return sum === count ? undefined : `the buckets count ${sum} and not ${count}`;
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

function withoutContradictions(histogram: BucketedHistogram): BucketedHistogram {
  let lowest = { loUs: Infinity, hiUs: -Infinity };
  let highest = lowest;
  let leastSumUs = 0;
  let mostSumUs = 0;
  forEachBucket(histogram, (loUs, hiUs, count) => {
    if (highest.hiUs === -Infinity) lowest = { loUs, hiUs };
    highest = { loUs, hiUs };
    leastSumUs += Math.max(loUs, 0) * count;
    mostSumUs += hiUs * count;
  });
  const { sumUs, minUs, maxUs } = histogram;
  const isWithin = (lengthUs: number | null, { loUs, hiUs }: typeof lowest): boolean =>
    lengthUs !== null && lengthUs >= loUs && lengthUs <= hiUs;
  const isSum =
    sumUs !== null &&
    sumUs >= leastSumUs * (1 - SUM_TOLERANCE) &&
    sumUs <= mostSumUs * (1 + SUM_TOLERANCE);
  return {
    ...histogram,
    sumUs: isSum ? Math.min(sumUs, histogram.count * MAX_DURATION_US) : null,
    minUs: isWithin(minUs, lowest) ? minUs : null,
    maxUs: isWithin(maxUs, highest) ? maxUs : null,
  };
}
