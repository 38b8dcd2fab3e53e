import type { BucketCounts } from "./bucket-counts.ts";
import { encodeHdrV2Base64 } from "./hdr-v2.ts";

/** One interval to write to a log. */
export interface HistogramLogInterval {
  readonly target: string;
  readonly operation: string;
  /** When the interval began, epoch milliseconds, 0 or later. */
  readonly startMs: number;
  /** How long it was, milliseconds, 0 or more. */
  readonly intervalMs: number;
  /** The longest duration in it, microseconds; 0 if it is empty. */
  readonly maxUs: number;
  readonly counts: BucketCounts;
}

/** A tag ends at a comma; Java's reader also splits at spaces and line ends. */
const TAG_BREAKER = /[\s,]/;

/**
 * The lines before the first row: format version, start time, legend.
 *
 * The order, the single line breaks and lines below 128 characters are what the C reader needs; it
 * stops looking for the header at anything else.
 * @param startMs epoch milliseconds, at most a year later than any row: Java takes rows that are
 *   further back to be relative to it.
 */
export function histogramLogHeader(startMs: number): string {
  return (
    "#[Histogram log format version 1.3]\n" +
    `#[StartTime: ${histogramLogTime(startMs)} (seconds since epoch), ${new Date(startMs).toISOString()}]\n` +
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'
  );
}

/**
 * One row: `Tag=target/operation,start,length,max,histogram`. Times are in seconds, absolute; the
 * maximum is in milliseconds, since every writer scales the unit it records in down to them (Java
 * divides nanoseconds by a million, JavaScript microseconds by a thousand); the histogram's
 * values are in microseconds.
 * @throws RangeError if the tag would break the line, or a time is negative or no number.
 */
export function histogramLogRow(interval: HistogramLogInterval): string {
  const tag = `${interval.target}/${interval.operation}`;
  if (TAG_BREAKER.test(tag)) {
    throw new RangeError(`${JSON.stringify(tag)} has a comma or white space: no tag of a log`);
  }
  return (
    `Tag=${tag},${histogramLogTime(interval.startMs)},${histogramLogTime(interval.intervalMs)},` +
    `${histogramLogTime(interval.maxUs)},${encodeHdrV2Base64(interval.counts)}\n`
  );
}

/** A whole log, a line or a few at a time, so that it need never be in memory at once. */
export function* writeHistogramLog(
  startMs: number,
  intervals: Iterable<HistogramLogInterval>,
): Generator<string, undefined> {
  yield histogramLogHeader(startMs);
  for (const interval of intervals) yield histogramLogRow(interval);
}

/**
 * A number of a log: milliseconds as seconds, microseconds as milliseconds.
 * The C reader knows digits and a point only: no sign, no exponent.
 * @throws RangeError for what is negative or no number.
 */
export function histogramLogTime(value: number): string {
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`${value} cannot be written to a log; it must be from 0 to 2^53 − 1`);
  }
  return (value / 1000).toFixed(3);
}
