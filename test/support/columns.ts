import type { TimingColumns } from "../../src/wire/timing-columns.ts";

/** One timing of a report. */
export interface ReportedTiming {
  readonly operation: string;
  readonly at: number;
  readonly durationUs: number;
  /** Position in `OUTCOMES`. */
  readonly outcome: number;
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
  };
}
