import type { MeasureTotal, MeasureTotals } from "../../src/histogram/measure-totals.ts";
import { measureCode, MEASURES, measureParts, type MeasureValues } from "../../src/measures.ts";

/** What `count` timings that end at `at` measured, each of them the same. */
export function measured(measures: MeasureValues, count: number, at: number): MeasureTotals {
  const totals = new Map<number, MeasureTotal>();
  for (const { name, kind } of MEASURES) {
    const code = measureCode(name);
    const parts = code === undefined ? undefined : measureParts(code, measures[name]);
    if (code === undefined || parts === undefined) continue;
    const isSum = kind === "sum";
    totals.set(code, { count, parts: isSum ? parts * count : parts, at: isSum ? 0 : at });
  }
  return totals;
}
