import {
  MAX_REPORT_MEASURES,
  MAX_REPORT_OPERATIONS,
  MAX_REPORT_TIMINGS,
  type TimingColumns,
} from "../wire/timing-columns.ts";

/**
 * Checks the shape of columns that came over RPC: types, equal lengths, limits. What single
 * timings hold is judged where they are counted.
 * @returns what is wrong, or undefined.
 */
export function columnsProblem(columns: TimingColumns): string | undefined {
  const { operations, baseAt, durationUs, atOffsetMs, operationIndex, outcome } = columns;
  if (!(durationUs instanceof Int32Array) || !(atOffsetMs instanceof Int32Array)) {
    return "durationUs and atOffsetMs must be Int32Array";
  }
  if (!(operationIndex instanceof Uint8Array) || !(outcome instanceof Uint8Array)) {
    return "operationIndex and outcome must be Uint8Array";
  }
  const count = durationUs.length;
  if (count > MAX_REPORT_TIMINGS)
    return `${count} timings, at most ${MAX_REPORT_TIMINGS} fit a report`;
  if (
    [atOffsetMs.length, operationIndex.length, outcome.length].some((length) => length !== count)
  ) {
    return "the columns must be of one length";
  }
  const measuresFault = measuresProblem(columns, count);
  if (measuresFault !== undefined) return measuresFault;
  if (!Number.isFinite(baseAt)) return "baseAt must be a time in epoch milliseconds";
  if (!Array.isArray(operations) || operations.length > MAX_REPORT_OPERATIONS) {
    return `operations must be a list of at most ${MAX_REPORT_OPERATIONS} names`;
  }
  return undefined;
}

function measuresProblem({ measures }: TimingColumns, timings: number): string | undefined {
  if (measures === undefined) return undefined;
  if (typeof measures !== "object" || measures === null) return "measures must be MeasureColumns";
  const { timing, code, value } = measures;
  const areArrays =
    timing instanceof Int32Array && code instanceof Uint8Array && value instanceof Float64Array;
  if (!areArrays) return "measures must be an Int32Array, a Uint8Array and a Float64Array";
  if (timing.length !== code.length || timing.length !== value.length) {
    return "the columns of measures must be of one length";
  }
  if (timing.length > MAX_REPORT_MEASURES) {
    return `${timing.length} measures, at most ${MAX_REPORT_MEASURES} fit a report`;
  }
  let before = 0;
  for (const position of timing) {
    if (position < before || position >= timings) {
      return "measures must stand beside timings of the report, in their order";
    }
    before = position;
  }
  return undefined;
}
