import { MEASURES, type MeasureValues } from "../measures.ts";
import { MAX_REPORT_MEASURES, type MeasureColumns } from "./timing-columns.ts";

/** The unsent numbers beside the timings of one target, as the columns that a report carries. */
export class MeasureBuffer {
  #timing: number[] = [];
  #code: number[] = [];
  #value: number[] = [];

  get isEmpty(): boolean {
    return this.#code.length === 0;
  }

  /** Whether one timing more might bring more numbers than a report may carry. */
  get isFull(): boolean {
    return this.#code.length > MAX_REPORT_MEASURES - MEASURES.length;
  }

  /**
   * @param timing position of the timing that they stand beside, not below the one before.
   * @param measures each of which its measure can have.
   */
  append(timing: number, measures: MeasureValues): void {
    for (let code = 0; code < MEASURES.length; code++) {
      const name = MEASURES[code]?.name;
      const value = name === undefined ? undefined : measures[name];
      if (value === undefined) continue;
      this.#timing.push(timing);
      this.#code.push(code);
      this.#value.push(value);
    }
  }

  /** Empties the buffer and returns what it held. */
  take(): MeasureColumns {
    const columns = {
      timing: Int32Array.from(this.#timing),
      code: Uint8Array.from(this.#code),
      value: Float64Array.from(this.#value),
    };
    this.#timing = [];
    this.#code = [];
    this.#value = [];
    return columns;
  }
}
