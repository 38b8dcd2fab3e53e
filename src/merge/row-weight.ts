import { BUCKET_COUNT, bucketIndex } from "../histogram/bucket-layout.ts";
import { MEASURES } from "../measures.ts";
import { forEachBucket } from "../otlp/for-each-bucket.ts";
import { MAX_DURATIONS_A_BUCKET } from "../otlp/spread-buckets.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../wire/horizon.ts";
import type { RunningTotal } from "../wire/running-total.ts";
import type { ShardReport } from "../wire/shard-rpc.ts";
import { MAX_DURATION_US, type TimingColumns } from "../wire/timing-columns.ts";
import { SLOT_MS } from "./slot-time.ts";

/** Most timings, or what weighs as much, that are counted with one log row. */
export const MAX_ROW_WEIGHT = 65_536;

/** Room in a log row that each of them has: a full row is some bytes below the 1.9 MB that are stored. */
const UNIT_BYTES = 28;

/** A reporter's name and sequence. */
const MARK_BYTES = 160;

/** An operation in a slot: numbers and lengths at their longest, without its name and its buckets. */
const ENTRY_BYTES = 40;

/** A timing's bucket: how far it is from the one before, and a count. */
const TIMING_BYTES = 4;

/** One measure of an operation in a slot. */
const MEASURE_BYTES = 20;

/** A running total with the longest name: an entry, with a measure or with buckets far apart. */
const TOTAL_BYTES = 300;

/**
 * A duration that timings of a total are counted at. Its count may take five bytes, but as a total
 * gains a billion at most, only where there are few of them, which {@link TOTAL_BYTES} has room for.
 */
const DURATION_BYTES = 5;

/** Most slots that timings may be in. */
const MAX_SLOTS = Math.ceil((MAX_AGE_MS + MAX_AHEAD_MS) / SLOT_MS) + 1;

/** The marks of a request, one for each slot. */
const REQUEST_BYTES = MAX_SLOTS * 17;

/**
 * How much of a log row a report may take, in timings: as many as it has, or more if what it adds
 * may need more bytes. Reports of together at most {@link MAX_ROW_WEIGHT} always fit one row. The
 * bound is close for what reporters send; a report that is far above it need not be.
 */
export function rowWeight({ content }: ShardReport): number {
  switch (content.kind) {
    case "timings":
      return columnsWeight(content.columns);
    case "histograms":
      // Merging makes none of them longer.
      return unitsOf(content.delta.length + (content.request === undefined ? 0 : REQUEST_BYTES));
    case "cumulative":
      return unitsOf(content.totals.reduce((sum, total) => sum + totalBytes(total), 0));
  }
}

function unitsOf(bytes: number): number {
  return Math.ceil((MARK_BYTES + bytes) / UNIT_BYTES);
}

function columnsWeight(columns: TimingColumns): number {
  const timings = columns.durationUs.length;
  // Of many timings, nobody has to look at each for the slots that they are in.
  if (unitsOf(columnsBytes(columns, MAX_SLOTS)) <= timings) return timings;
  return Math.max(timings, unitsOf(columnsBytes(columns, slotsOf(columns.atOffsetMs))));
}

function columnsBytes({ operations, durationUs, measures }: TimingColumns, slots: number): number {
  const timings = durationUs.length;
  const entries = Math.min(timings, operations.length * slots);
  const longest = operations.reduce((most, { length }) => Math.max(most, length), 0);
  const measured = Math.min(measures?.timing.length ?? 0, entries * MEASURES.length);
  return entries * (ENTRY_BYTES + longest) + timings * TIMING_BYTES + measured * MEASURE_BYTES;
}

function slotsOf(atOffsetMs: Int32Array): number {
  let first = Infinity;
  let last = -Infinity;
  for (const offsetMs of atOffsetMs) {
    if (offsetMs < first) first = offsetMs;
    if (offsetMs > last) last = offsetMs;
  }
  return last < first ? 0 : Math.min(Math.ceil((last - first) / SLOT_MS) + 1, MAX_SLOTS);
}

/** What it gained may be all that it counts. */
function totalBytes({ value }: RunningTotal): number {
  if (value.kind === "measure") return TOTAL_BYTES;
  let durations = 0;
  forEachBucket(value.histogram, (loUs, hiUs, count) => {
    const ownBuckets = ownBucket(hiUs) - ownBucket(loUs) + 1;
    durations += Math.min(count, MAX_DURATIONS_A_BUCKET, Math.max(ownBuckets, 1));
  });
  return TOTAL_BYTES + DURATION_BYTES * Math.min(durations, BUCKET_COUNT);
}

function ownBucket(boundUs: number): number {
  return bucketIndex(Math.floor(Math.min(Math.max(boundUs, 0), MAX_DURATION_US)));
}
