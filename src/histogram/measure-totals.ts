import { MAX_MEASURE_CODE, MEASURES, type MeasureKind } from "../measures.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { saturatingSum } from "./saturating-sum.ts";

/** What is known of the values of one measure. */
export interface MeasureTotal {
  /** Values so far. */
  readonly count: number;
  /** Their sum, or the newest of them: in parts of the unit, see `measureParts`. */
  readonly parts: number;
  /** When the newest one was, epoch milliseconds; 0 where values are added up. */
  readonly at: number;
}

/**
 * By the code of the measure, ascending; those without a value are absent. Codes that only a newer
 * version knows are kept and merged, so that going back a version loses nothing. Immutable.
 */
export type MeasureTotals = ReadonlyMap<number, MeasureTotal>;

export const NO_MEASURES: MeasureTotals = new Map();

/**
 * Both together. Of two newest values of one millisecond the larger is kept, so that any grouping
 * gives the same.
 */
export function mergeMeasures(left: MeasureTotals, right: MeasureTotals): MeasureTotals {
  if (left.size === 0) return right;
  if (right.size === 0) return left;
  const merged = new Map<number, MeasureTotal>();
  let unseen = left.size + right.size;
  for (let code = 0; unseen > 0 && code <= MAX_MEASURE_CODE; code++) {
    const one = left.get(code);
    const other = right.get(code);
    const total = one && other ? mergeTotals(code, one, other) : (one ?? other);
    if (total === undefined) continue;
    merged.set(code, total);
    unseen -= one && other ? 2 : 1;
  }
  return merged;
}

/** @param code of the measure that both are of. */
export function mergeTotals(code: number, left: MeasureTotal, right: MeasureTotal): MeasureTotal {
  const count = left.count + right.count;
  if ((MEASURES[code]?.kind ?? kindByTime(left, right)) === "sum") {
    return { count, parts: saturatingSum(left.parts, right.parts), at: 0 };
  }
  const isLeft = left.at > right.at || (left.at === right.at && left.parts >= right.parts);
  const { parts, at } = isLeft ? left : right;
  return { count, parts, at };
}

/** What an unknown measure must be: only what is added up has no time. */
function kindByTime(left: MeasureTotal, right: MeasureTotal): MeasureKind {
  return left.at === 0 && right.at === 0 ? "sum" : "last";
}

/** The same totals with their codes ascending. */
export function inCodeOrder(totals: MeasureTotals): MeasureTotals {
  return new Map(Array.from(totals).toSorted(([one], [other]) => one - other));
}

export function writeMeasures(writer: ByteWriter, totals: MeasureTotals): void {
  writer.varint(totals.size);
  for (const [code, { count, parts, at }] of totals) {
    writer.byte(code);
    writer.varint(count);
    writer.varint(at);
    writer.float64(parts);
  }
}

/** Reads what {@link writeMeasures} wrote. @throws CorruptBytesError */
export function readMeasures(reader: ByteReader): MeasureTotals {
  const totals = new Map<number, MeasureTotal>();
  for (let rest = reader.varint(); rest > 0; rest--) {
    const code = reader.byte();
    const count = reader.varint();
    const at = reader.varint();
    totals.set(code, { count, at, parts: reader.float64() });
  }
  return totals;
}
