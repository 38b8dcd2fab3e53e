import * as v from "valibot";
import { MAX_MEASURE_CODE } from "../measures.ts";
import type { MeasureTotals } from "./measure-totals.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const code = v.pipe(count, v.maxValue(MAX_MEASURE_CODE));
const StoredSchema = v.array(v.tuple([code, count, v.pipe(v.number(), v.finite()), count]));

/** Totals as JSON text: `[[code, count, parts, at], …]`. */
export function encodeMeasures(totals: MeasureTotals): string {
  return JSON.stringify(
    Array.from(totals, ([measure, { count: values, parts, at }]) => [measure, values, parts, at]),
  );
}

/**
 * Reads what {@link encodeMeasures} wrote, of any version.
 * @throws ValiError or SyntaxError for another text.
 */
export function decodeMeasures(text: string): MeasureTotals {
  const rows = v.parse(StoredSchema, JSON.parse(text));
  return new Map(
    rows.map(([measure, values, parts, at]) => [measure, { count: values, parts, at }]),
  );
}
