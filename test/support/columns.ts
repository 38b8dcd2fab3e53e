import { MEASURES, type MeasureValues } from "../../src/measures.ts";
import type { MeasureColumns, TimingColumns } from "../../src/wire/timing-columns.ts";

/** One timing of a report. */
export interface ReportedTiming {
  readonly operation: string;
  readonly at: number;
  readonly durationUs: number;
  /** Position in `OUTCOMES`. */
  readonly outcome: number;
  readonly measures?: MeasureValues | undefined;
}

/** Timings as the columns that travel; `baseAt` is what their times are counted from. */
export function columnsOf(timings: readonly ReportedTiming[], baseAt: number): TimingColumns {
  const operations = [...new Set(timings.map(({ operation }) => operation))];
  return {
    operations,
    baseAt,
    durationUs: Int32Array.from(timings, ({ durationUs }) => durationUs),
    atOffsetMs: Int32Array.from(timings, ({ at }) => at - baseAt),
    operationIndex: Uint8Array.from(timings, ({ operation }) => operations.indexOf(operation)),
    outcome: Uint8Array.from(timings, ({ outcome }) => outcome),
    ...measureColumnsOf(timings),
  };
}

function measureColumnsOf(
  timings: readonly ReportedTiming[],
): { readonly measures: MeasureColumns } | Record<string, never> {
  const names = MEASURES.map(({ name }) => name);
  const entries = timings.flatMap(({ measures = {} }, timing) =>
    names.flatMap((name, code) => {
      const value = measures[name];
      return value === undefined ? [] : [{ timing, code, value }];
    }),
  );
  if (entries.length === 0) return {};
  return {
    measures: {
      timing: Int32Array.from(entries, ({ timing }) => timing),
      code: Uint8Array.from(entries, ({ code }) => code),
      value: Float64Array.from(entries, ({ value }) => value),
    },
  };
}
