import { type ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";
import {
  type BucketedHistogram,
  type ExplicitBuckets,
  type ExponentialBuckets,
  MAX_REPORT_BUCKETS,
  MAX_REPORT_TOTALS,
  MAX_TOTAL_BUCKETS,
  type RunningTotal,
  type TotalValue,
} from "./running-total.ts";

const KIND_MEASURE = 0;
const KIND_EXPLICIT = 1;
const KIND_EXPONENTIAL = 2;

/** Scales are written as a byte, from this one on. */
const LOWEST_SCALE = -128;

/** What digests of streams are made of. */
const STREAM = /^[0-9a-f]{32}$/;

/** @throws RangeError for a count that is no integer from 0 to 2^53 − 1. */
export function writeRunningTotals(writer: ByteWriter, totals: readonly RunningTotal[]): void {
  writer.varint(totals.length);
  for (const { stream, operation, outcome, startAt, at, value } of totals) {
    writer.text(stream);
    writer.text(operation);
    writer.byte(outcome);
    writer.float64(startAt);
    writer.float64(at);
    writeTotalValue(writer, value);
  }
}

/** Reads what {@link writeRunningTotals} wrote. @throws CorruptBytesError if it is that of no report. */
export function readRunningTotals(reader: ByteReader): RunningTotal[] {
  const length = reader.varint();
  if (length > MAX_REPORT_TOTALS) throw new CorruptBytesError(`${length} totals announced`);
  let buckets = 0;
  return Array.from({ length }, () => {
    const stream = reader.text();
    if (!STREAM.test(stream)) throw new CorruptBytesError("a stream without a digest");
    const operation = reader.text();
    const outcome = reader.byte();
    const startAt = reader.float64();
    const at = reader.float64();
    const value = readTotalValue(reader);
    buckets += bucketsIn(value);
    if (buckets > MAX_REPORT_BUCKETS) throw new CorruptBytesError(`${buckets} buckets and more`);
    return { stream, operation, outcome, startAt, at, value };
  });
}

/** How many buckets a total has; 0 for a measure. */
function bucketsIn(value: TotalValue): number {
  return value.kind === "measure" ? 0 : value.histogram.buckets.counts.length;
}

/** @throws RangeError for a count that is no integer from 0 to 2^53 − 1. */
export function writeTotalValue(writer: ByteWriter, value: TotalValue): void {
  if (value.kind === "measure") {
    writer.byte(KIND_MEASURE);
    writer.byte(value.code);
    return writer.varint(value.parts);
  }
  const { count, sumUs, minUs, maxUs, buckets } = value.histogram;
  writer.byte(buckets.kind === "explicit" ? KIND_EXPLICIT : KIND_EXPONENTIAL);
  writer.varint(count);
  for (const known of [sumUs, minUs, maxUs]) writeKnown(writer, known);
  if (buckets.kind === "explicit") {
    writer.varint(buckets.boundsUs.length);
    for (const bound of buckets.boundsUs) writer.float64(bound);
  } else {
    writer.byte(buckets.scale - LOWEST_SCALE);
    writer.float64(buckets.unitUs);
    writer.varint(buckets.zeroCount);
    writer.float64(buckets.zeroThresholdUs);
    writer.float64(buckets.offset);
  }
  writer.varint(buckets.counts.length);
  for (const inBucket of buckets.counts) writer.varint(inBucket);
}

/** Reads what {@link writeTotalValue} wrote. @throws CorruptBytesError */
export function readTotalValue(reader: ByteReader): TotalValue {
  const kind = reader.byte();
  switch (kind) {
    case KIND_MEASURE:
      return { kind: "measure", code: reader.byte(), parts: reader.varint() };
    case KIND_EXPLICIT:
      return { kind: "histogram", histogram: readHistogram(reader, readExplicit) };
    case KIND_EXPONENTIAL:
      return { kind: "histogram", histogram: readHistogram(reader, readExponential) };
    default:
      throw new CorruptBytesError(`a running total of unknown kind ${kind}`);
  }
}

function readHistogram(
  reader: ByteReader,
  readBuckets: (reader: ByteReader) => BucketedHistogram["buckets"],
): BucketedHistogram {
  const count = reader.varint();
  const sumUs = readKnown(reader);
  const minUs = readKnown(reader);
  const maxUs = readKnown(reader);
  return { count, sumUs, minUs, maxUs, buckets: readBuckets(reader) };
}

function readExplicit(reader: ByteReader): ExplicitBuckets {
  const boundsUs = Array.from({ length: readLength(reader) }, () => reader.float64());
  return { kind: "explicit", boundsUs, counts: readBucketCounts(reader) };
}

function readExponential(reader: ByteReader): ExponentialBuckets {
  return {
    kind: "exponential",
    scale: reader.byte() + LOWEST_SCALE,
    unitUs: reader.float64(),
    zeroCount: reader.varint(),
    zeroThresholdUs: reader.float64(),
    offset: reader.float64(),
    counts: readBucketCounts(reader),
  };
}

function readBucketCounts(reader: ByteReader): number[] {
  return Array.from({ length: readLength(reader) }, () => reader.varint());
}

function readLength(reader: ByteReader): number {
  const length = reader.varint();
  if (length > MAX_TOTAL_BUCKETS) throw new CorruptBytesError(`${length} buckets announced`);
  return length;
}

function writeKnown(writer: ByteWriter, value: number | null): void {
  writer.byte(value === null ? 0 : 1);
  if (value !== null) writer.float64(value);
}

function readKnown(reader: ByteReader): number | null {
  return reader.byte() === 0 ? null : reader.float64();
}
