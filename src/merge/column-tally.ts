import type { Aggregate } from "../histogram/aggregate.ts";
import { BUCKET_COUNT, bucketIndex } from "../histogram/bucket-layout.ts";
import { SparseCountsWriter } from "../histogram/sparse-counts.ts";
import { OUTCOMES } from "../outcome.ts";
import { MAX_DURATION_US, type TimingColumns } from "../wire/timing-columns.ts";
import type { DeltaBuilder } from "./delta.ts";
import { SLOT_MS, startOf } from "./slot-time.ts";

/** Columns of fewer timings cost less one by one: what they touch here has to be walked at the end. */
const MIN_TIMINGS = 64;

/** Most operations in slots that are tallied at once, each in some 90 KB that are kept for the next. */
const MAX_TALLIES = 16;

const PAGE_BITS = 7;
const PAGE_COUNT = Math.ceil(BUCKET_COUNT / (1 << PAGE_BITS));

/** What one operation gained in one slot. All zero between uses. */
interface Tally {
  readonly counts: Uint32Array;
  /** Which pages of 128 buckets have a count. */
  readonly isTouched: Uint8Array;
  readonly outcomes: Uint32Array;
}

interface Entry {
  readonly slotStart: number;
  readonly operation: string;
  readonly tally: Tally;
  count: number;
  sumUs: number;
  minUs: number;
  maxUs: number;
}

/** Tallies that nobody uses. */
const spare: Tally[] = [];

/**
 * Counts columns of which every timing can be counted in one slot, as nearly all are: without a look
 * at what else a timing may be, and with nothing made for any. It takes a third of the time.
 */
export class ColumnTally {
  /** By slot and operation, in order of arrival; at most {@link MAX_TALLIES}. */
  readonly #entries: Entry[] = [];
  readonly #oldest: number;
  readonly #newest: number;

  /**
   * @param oldest the earliest time that may be counted, epoch milliseconds.
   * @param newest the latest.
   */
  constructor(oldest: number, newest: number) {
    this.#oldest = oldest;
    this.#newest = newest;
  }

  /**
   * Counts all of the columns, or nothing.
   * @param names what each operation is counted as; undefined for what is no name.
   * @returns whether it did: if not, each timing is to be looked at.
   */
  count(columns: TimingColumns, names: readonly (string | undefined)[]): boolean {
    const { durationUs, baseAt, atOffsetMs } = columns;
    if (durationUs.length < MIN_TIMINGS || columns.measures !== undefined) return false;
    const slotStart = startOf(baseAt + (atOffsetMs[0] ?? 0), SLOT_MS);
    if (slotStart < this.#oldest || slotStart + SLOT_MS > this.#newest) return false;
    if (!isPlain(columns, slotStart)) return false;
    const entries = this.#entriesOf(slotStart, names);
    if (entries === undefined) return false;
    addColumns(columns, entries);
    return true;
  }

  /** Adds what was counted, once. */
  finish(delta: DeltaBuilder): void {
    for (const entry of this.#entries) {
      if (entry.count > 0) {
        delta.builder(entry.slotStart, entry.operation).add(toAggregate(entry));
      }
      spare.push(entry.tally);
    }
    this.#entries.length = 0;
  }

  #entriesOf(slotStart: number, names: readonly (string | undefined)[]): Entry[] | undefined {
    const entries: Entry[] = [];
    for (const operation of names) {
      if (operation === undefined) return undefined;
      const known = this.#entries.find(
        (entry) => entry.operation === operation && entry.slotStart === slotStart,
      );
      if (known === undefined && this.#entries.length >= MAX_TALLIES) return undefined;
      const entry = known ?? newEntry(slotStart, operation);
      if (known === undefined) this.#entries.push(entry);
      entries.push(entry);
    }
    return entries;
  }
}

/** Whether all can be counted, and in this slot. Without a way out in between, it takes less time. */
function isPlain(columns: TimingColumns, slotStart: number): boolean {
  const { operations, baseAt, durationUs, atOffsetMs, operationIndex, outcome } = columns;
  let firstMs = atOffsetMs[0] ?? 0;
  let lastMs = firstMs;
  let shortest = 0;
  let longest = 0;
  let highestIndex = 0;
  let highestCode = 0;
  for (let i = 0; i < durationUs.length; i++) {
    const offsetMs = atOffsetMs[i] ?? 0;
    if (offsetMs < firstMs) firstMs = offsetMs;
    if (offsetMs > lastMs) lastMs = offsetMs;
    const duration = durationUs[i] ?? 0;
    if (duration < shortest) shortest = duration;
    if (duration > longest) longest = duration;
    const index = operationIndex[i] ?? 0;
    if (index > highestIndex) highestIndex = index;
    const code = outcome[i] ?? 0;
    if (code > highestCode) highestCode = code;
  }
  return (
    baseAt + firstMs >= slotStart &&
    baseAt + lastMs < slotStart + SLOT_MS &&
    shortest >= 0 &&
    longest <= MAX_DURATION_US &&
    highestIndex < operations.length &&
    highestCode < OUTCOMES.length
  );
}

/** Sums are kept beside the entries while a column is walked: numbers in an object cost more. */
function addColumns(columns: TimingColumns, entries: readonly Entry[]): void {
  const { durationUs, operationIndex, outcome } = columns;
  const count = new Uint32Array(entries.length);
  const sumUs = new Float64Array(entries.length);
  const minUs = new Int32Array(entries.length).fill(MAX_DURATION_US);
  const maxUs = new Int32Array(entries.length);
  const tallies = entries.map(({ tally }) => tally);
  for (let i = 0; i < durationUs.length; i++) {
    const index = operationIndex[i] ?? 0;
    const duration = durationUs[i] ?? 0;
    const tally = tallies[index];
    if (tally === undefined) continue;
    const bucket = bucketIndex(duration);
    tally.counts[bucket] = (tally.counts[bucket] ?? 0) + 1;
    tally.isTouched[bucket >>> PAGE_BITS] = 1;
    const code = outcome[i] ?? 0;
    tally.outcomes[code] = (tally.outcomes[code] ?? 0) + 1;
    count[index] = (count[index] ?? 0) + 1;
    sumUs[index] = (sumUs[index] ?? 0) + duration;
    if (duration < (minUs[index] ?? 0)) minUs[index] = duration;
    if (duration > (maxUs[index] ?? 0)) maxUs[index] = duration;
  }
  for (const [index, entry] of entries.entries()) {
    if ((count[index] ?? 0) === 0) continue;
    entry.count += count[index] ?? 0;
    entry.sumUs += sumUs[index] ?? 0;
    entry.minUs = Math.min(entry.minUs, minUs[index] ?? 0);
    entry.maxUs = Math.max(entry.maxUs, maxUs[index] ?? 0);
  }
}

function newEntry(slotStart: number, operation: string): Entry {
  const tally = spare.pop() ?? {
    counts: new Uint32Array(PAGE_COUNT << PAGE_BITS),
    isTouched: new Uint8Array(PAGE_COUNT),
    outcomes: new Uint32Array(OUTCOMES.length),
  };
  return { slotStart, operation, tally, count: 0, sumUs: 0, minUs: Infinity, maxUs: -Infinity };
}

/** Leaves nothing but zeros in the tally. */
function toAggregate({ tally, count, sumUs, minUs, maxUs }: Entry): Aggregate {
  const { counts, isTouched } = tally;
  const writer = new SparseCountsWriter(256);
  for (let page = 0; page < PAGE_COUNT; page++) {
    if (isTouched[page] === 0) continue;
    isTouched[page] = 0;
    const end = (page + 1) << PAGE_BITS;
    for (let bucket = page << PAGE_BITS; bucket < end; bucket++) {
      const inBucket = counts[bucket] ?? 0;
      if (inBucket === 0) continue;
      counts[bucket] = 0;
      writer.add(bucket, inBucket);
    }
  }
  const outcomes = [...tally.outcomes];
  tally.outcomes.fill(0);
  return { count, outcomes, sumUs, minUs, maxUs, counts: writer.finish() };
}
