import * as v from "valibot";
import { MAX_MEASURE_CODE } from "../measures.ts";
import type { MeasureTotals } from "./measure-totals.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const code = v.pipe(count, v.maxValue(MAX_MEASURE_CODE));
/** Totals as a list that can be written as JSON. */
export const MeasureRowsSchema = v.array(
  v.tuple([code, count, v.pipe(v.number(), v.finite()), count]),
);

/** `[code, count, parts, at]` of each. */
export type MeasureRows = v.InferOutput<typeof MeasureRowsSchema>;

export function measureRows(totals: MeasureTotals): MeasureRows {
  return Array.from(totals, ([measure, { count: values, parts, at }]) => [
    measure,
    values,
    parts,
    at,
  ]);
}

export function measuresOf(rows: MeasureRows): MeasureTotals {
  return new Map(
    rows.map(([measure, values, parts, at]) => [measure, { count: values, parts, at }]),
  );
}

/** Totals as JSON text: `[[code, count, parts, at], …]`. */
export function encodeMeasures(totals: MeasureTotals): string {
  return JSON.stringify(measureRows(totals));
}

/**
 * Reads what {@link encodeMeasures} wrote, of any version.
 * @throws ValiError or SyntaxError for another text.
 */
export function decodeMeasures(text: string): MeasureTotals {
  return measuresOf(v.parse(MeasureRowsSchema, JSON.parse(text)));
}
