import { OUTCOMES } from "../outcome.ts";
import { type ByteReader, CorruptBytesError } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import {
  type MeasureTotals,
  mergeMeasures,
  readMeasures,
  writeMeasures,
} from "./measure-totals.ts";
import { saturatingSum } from "./saturating-sum.ts";
import { EMPTY_COUNTS, forEachBucket, mergeCounts, type SparseCounts } from "./sparse-counts.ts";

/**
 * All that is known of a set of timings: a histogram, and what a histogram cannot tell exactly.
 * Immutable; merging is associative and commutative, so any grouping gives the same aggregate.
 */
export interface Aggregate {
  readonly count: number;
  /** How many ended in each outcome, in the order of `OUTCOMES`. */
  readonly outcomes: readonly number[];
  readonly sumUs: number;
  /** Infinity when there are no timings. */
  readonly minUs: number;
  /** −Infinity when there are no timings. */
  readonly maxUs: number;
  readonly counts: SparseCounts;
  /** The numbers beside the timings; undefined where there are none, as for most. */
  readonly measures?: MeasureTotals | undefined;
}

export const EMPTY_AGGREGATE: Aggregate = {
  count: 0,
  outcomes: OUTCOMES.map(() => 0),
  sumUs: 0,
  minUs: Infinity,
  maxUs: -Infinity,
  counts: EMPTY_COUNTS,
};

/** Whether it says nothing at all: there are measures that come without timings. */
export function isEmptyAggregate({ count, measures }: Aggregate): boolean {
  return count === 0 && (measures === undefined || measures.size === 0);
}

/** The aggregate of both sets of timings together. */
export function mergeAggregates(left: Aggregate, right: Aggregate): Aggregate {
  if (isEmptyAggregate(left)) return right;
  if (isEmptyAggregate(right)) return left;
  return {
    count: left.count + right.count,
    outcomes: left.outcomes.map((count, code) => count + (right.outcomes[code] ?? 0)),
    sumUs: saturatingSum(left.sumUs, right.sumUs),
    minUs: Math.min(left.minUs, right.minUs),
    maxUs: Math.max(left.maxUs, right.maxUs),
    counts: mergeCounts(left.counts, right.counts),
    measures: joinMeasures(left.measures, right.measures),
  };
}

/** See {@link mergeMeasures}; undefined is none. */
export function joinMeasures(
  left: MeasureTotals | undefined,
  right: MeasureTotals | undefined,
): MeasureTotals | undefined {
  return left && right ? mergeMeasures(left, right) : (left ?? right);
}

/** In the byte that says how many outcomes there are: measures follow at the end. */
const HAS_MEASURES = 0x80;

/** Writes a non-empty aggregate; `count` is the sum of its outcomes and is not written. */
export function writeAggregate(writer: ByteWriter, aggregate: Aggregate): void {
  const { measures } = aggregate;
  writer.byte(aggregate.outcomes.length | (measures === undefined ? 0 : HAS_MEASURES));
  for (const count of aggregate.outcomes) writer.varint(count);
  writer.varint(aggregate.sumUs);
  writer.varint(aggregate.count === 0 ? 0 : aggregate.minUs);
  writer.varint(aggregate.count === 0 ? 0 : aggregate.maxUs - aggregate.minUs);
  writer.block(aggregate.counts);
  if (measures !== undefined) writeMeasures(writer, measures);
}

/**
 * Reads a histogram through. {@link readAggregate} does not, so that a damaged one is found where it
 * is first added to another: too late for whoever has changed something by then.
 * @throws CorruptBytesError if it cannot be read.
 */
export function checkAggregate({ counts }: Aggregate): void {
  forEachBucket(counts, ignoreBucket);
}

function ignoreBucket(): void {
  // That it can be visited is all that is asked.
}

/** Reads what {@link writeAggregate} wrote. @throws CorruptBytesError */
export function readAggregate(reader: ByteReader): Aggregate {
  const first = reader.byte();
  const outcomes = Array.from({ length: first & ~HAS_MEASURES }, () => reader.varint());
  if (outcomes.length > OUTCOMES.length) {
    throw new CorruptBytesError(`${outcomes.length} outcomes: written by a newer version`);
  }
  while (outcomes.length < OUTCOMES.length) outcomes.push(0);
  const sumUs = reader.varint();
  const lowestUs = reader.varint();
  const highestUs = lowestUs + reader.varint();
  // A copy: a view would keep the whole message or row alive for as long as the slot lives.
  const counts = reader.block().slice();
  const count = outcomes.reduce((sum, outcome) => sum + outcome, 0);
  const measures = (first & HAS_MEASURES) === 0 ? undefined : readMeasures(reader);
  const minUs = count === 0 ? Infinity : lowestUs;
  const maxUs = count === 0 ? -Infinity : highestUs;
  return { count, outcomes, sumUs, minUs, maxUs, counts, measures };
}
