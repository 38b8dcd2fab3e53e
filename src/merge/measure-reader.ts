import type { MeasureTotal, MeasureTotals } from "../histogram/measure-totals.ts";
import { inCodeOrder, mergeTotals } from "../histogram/measure-totals.ts";
import { MEASURES, measureParts } from "../measures.ts";
import type { MeasureColumns } from "../wire/timing-columns.ts";

/** Reads the numbers beside the timings of a report, timing by timing in their order. */
export class MeasureReader {
  readonly #columns: MeasureColumns;
  #position = 0;

  /** @param columns that `columnsProblem` has nothing against. */
  constructor(columns: MeasureColumns) {
    this.#columns = columns;
  }

  /**
   * What stands beside a timing; undefined for nothing. One number that its measure cannot have
   * makes all of them bad.
   * @param timing its position, above that of the call before.
   * @param at when the timing ended, epoch milliseconds.
   */
  read(timing: number, at: number): MeasureTotals | "bad_measure" | undefined {
    const { timing: positions, code: codes, value: values } = this.#columns;
    let totals: Map<number, MeasureTotal> | undefined;
    let isBad = false;
    // A sender names its measures in whatever order it likes.
    let isAscending = true;
    let highest = -1;
    for (; positions[this.#position] === timing; this.#position++) {
      const code = codes[this.#position] ?? MEASURES.length;
      const parts = measureParts(code, values[this.#position]);
      if (parts === undefined) {
        isBad = true;
        continue;
      }
      const isSum = MEASURES[code]?.kind === "sum";
      const one = { count: 1, parts, at: isSum ? 0 : Math.max(0, Math.floor(at)) };
      totals ??= new Map();
      const before = totals.get(code);
      totals.set(code, before === undefined ? one : mergeTotals(code, before, one));
      if (code < highest) isAscending = false;
      else highest = code;
    }
    if (isBad) return "bad_measure";
    return totals === undefined || isAscending ? totals : inCodeOrder(totals);
  }
}
