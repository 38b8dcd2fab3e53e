import { measureCode, measureParts, MEASURES, type MeasureValues } from "../measures.ts";
import { MAX_REPORT_MEASURES, type MeasureColumns } from "./timing-columns.ts";

const FIRST_CAPACITY = 64;

/** The unsent numbers beside the timings of one target, as the columns that a report carries. */
export class MeasureBuffer {
  #timing = new Int32Array(0);
  #code = new Uint8Array(0);
  #value = new Float64Array(0);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Whether one timing more might bring more numbers than a report may carry. */
  get isFull(): boolean {
    return this.#length > MAX_REPORT_MEASURES - MEASURES.length;
  }

  /**
   * Appends what stands beside one timing, all of it or nothing. By hand, since it runs with every
   * query of a Worker.
   *
   * @param timing position of the timing, not below the one before.
   * @returns whether every name is known and every value is one that its measure can have.
   */
  append(timing: number, measures: MeasureValues): boolean {
    if (this.#length + MEASURES.length > this.#code.length) this.#grow();
    let length = this.#length;
    for (const name in measures) {
      const value: unknown = Reflect.get(measures, name);
      if (value === undefined) continue;
      const code = measureCode(name);
      if (typeof value !== "number" || code === undefined) return false;
      if (measureParts(code, value) === undefined) return false;
      this.#timing[length] = timing;
      this.#code[length] = code;
      this.#value[length] = value;
      length += 1;
    }
    this.#length = length;
    return true;
  }

  /** Empties the buffer and returns what it held, in arrays of their own. */
  take(): MeasureColumns {
    const length = this.#length;
    this.#length = 0;
    return {
      timing: this.#timing.slice(0, length),
      code: this.#code.slice(0, length),
      value: this.#value.slice(0, length),
    };
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#code.length * 2);
    const [timing, code, value] = [this.#timing, this.#code, this.#value];
    this.#timing = new Int32Array(capacity);
    this.#timing.set(timing);
    this.#code = new Uint8Array(capacity);
    this.#code.set(code);
    this.#value = new Float64Array(capacity);
    this.#value.set(value);
  }
}
