import * as v from "valibot";
import { MEASURES } from "../measures.ts";
import { CorruptBytesError } from "./byte-reader.ts";
import type { MeasureTotals } from "./measure-totals.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const StoredSchema = v.array(v.tuple([count, count, v.pipe(v.number(), v.finite()), count]));

/** Totals as JSON text: `[[code, count, parts, at], …]`. */
export function encodeMeasures(totals: MeasureTotals): string {
  return JSON.stringify(
    Array.from(totals, ([code, { count: values, parts, at }]) => [code, values, parts, at]),
  );
}

/** Reads what {@link encodeMeasures} wrote. @throws CorruptBytesError */
export function decodeMeasures(text: string): MeasureTotals {
  const rows = v.parse(StoredSchema, JSON.parse(text));
  return new Map(
    rows.map(([code, values, parts, at]) => {
      if (code >= MEASURES.length) {
        throw new CorruptBytesError(`measure ${code}: written by a newer version`);
      }
      return [code, { count: values, parts, at }];
    }),
  );
}
