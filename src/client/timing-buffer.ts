import type { MeasureValues } from "../measures.ts";
import { isName, OVERFLOW_OPERATION } from "../names.ts";
import { MeasureBuffer } from "../wire/measure-buffer.ts";
import { MAX_REPORT_OPERATIONS, MAX_REPORT_TIMINGS } from "../wire/timing-columns.ts";
import type { TimingColumns } from "../wire/timing-columns.ts";

const FIRST_CAPACITY = 64;
const MAX_OFFSET_MS = 2 ** 31 - 1;

/** What became of a timing that was to be appended. */
export type AppendResult = "appended" | "full" | "bad_operation" | "bad_time" | "bad_measure";

/** The unsent timings of one target, as the columns that a report carries. */
export class TimingBuffer {
  #durationUs = new Int32Array(FIRST_CAPACITY);
  #atOffsetMs = new Int32Array(FIRST_CAPACITY);
  #operationIndex = new Uint8Array(FIRST_CAPACITY);
  #outcome = new Uint8Array(FIRST_CAPACITY);
  readonly #measures = new MeasureBuffer();
  readonly #operations = new Map<string, number>();
  #length = 0;
  #baseAt = 0;
  #newestOffsetMs = 0;

  /** Timings held. */
  get length(): number {
    return this.#length;
  }

  /** When the timing that came first ended, epoch milliseconds. Meaningless while empty. */
  get firstAt(): number {
    return this.#baseAt;
  }

  /** When the newest timing ended, epoch milliseconds. Meaningless while empty. */
  get newestAt(): number {
    return this.#baseAt + this.#newestOffsetMs;
  }

  /** Whether the next new operation would be filed under {@link OVERFLOW_OPERATION}. */
  get operationsFull(): boolean {
    return this.#operations.size >= MAX_REPORT_OPERATIONS - 1;
  }

  /**
   * Appends one timing.
   *
   * @param operation - Checked here, and only when it is new: a name in the dictionary is valid.
   * @param durationUs - Whole microseconds, already within 0 to `MAX_DURATION_US`.
   * @param outcome - The outcome's byte.
   * @param at - When the call ended, epoch milliseconds.
   * @param hasRoom - Whether the isolate may hold one more timing.
   * @param measures - Checked here.
   */
  append(
    operation: string,
    durationUs: number,
    outcome: number,
    at: number,
    hasRoom: boolean,
    measures?: MeasureValues,
  ): AppendResult {
    let index = this.#operations.get(operation);
    if (index === undefined && !isName(operation)) return "bad_operation";
    const length = this.#length;
    const offsetMs = length === 0 ? 0 : at - this.#baseAt;
    if (!(at >= 0 && at <= Number.MAX_SAFE_INTEGER && Math.abs(offsetMs) <= MAX_OFFSET_MS)) {
      return "bad_time";
    }
    if (!hasRoom || length === MAX_REPORT_TIMINGS) return "full";
    if (measures !== undefined && this.#measures.isFull) return "full";
    if (length === this.#durationUs.length) this.#grow();
    if (measures !== undefined && !this.#measures.append(length, measures)) return "bad_measure";
    if (length === 0) this.#start(at);
    index ??= this.#addOperation(operation);
    this.#durationUs[length] = durationUs;
    this.#atOffsetMs[length] = offsetMs;
    this.#operationIndex[length] = index;
    this.#outcome[length] = outcome;
    if (offsetMs > this.#newestOffsetMs) this.#newestOffsetMs = offsetMs;
    this.#length = length + 1;
    return "appended";
  }

  /**
   * Empties the buffer and returns what it held. The arrays are exact copies: a view would drag its
   * whole underlying memory over the RPC, and the buffer's own memory is used again.
   */
  take(): TimingColumns {
    const length = this.#length;
    const columns: TimingColumns = {
      operations: [...this.#operations.keys()],
      baseAt: this.#baseAt,
      durationUs: this.#durationUs.slice(0, length),
      atOffsetMs: this.#atOffsetMs.slice(0, length),
      operationIndex: this.#operationIndex.slice(0, length),
      outcome: this.#outcome.slice(0, length),
      ...(this.#measures.isEmpty ? {} : { measures: this.#measures.take() }),
    };
    this.#length = 0;
    this.#operations.clear();
    return columns;
  }

  #start(at: number): void {
    this.#baseAt = Math.floor(at);
    this.#newestOffsetMs = 0;
  }

  /** The last place in the dictionary is kept for {@link OVERFLOW_OPERATION}. */
  #addOperation(operation: string): number {
    const name = this.operationsFull ? OVERFLOW_OPERATION : operation;
    const known = this.#operations.get(name);
    if (known !== undefined) return known;
    const index = this.#operations.size;
    this.#operations.set(name, index);
    return index;
  }

  #grow(): void {
    const capacity = Math.min(this.#durationUs.length * 2, MAX_REPORT_TIMINGS);
    this.#durationUs = enlarged(this.#durationUs, new Int32Array(capacity));
    this.#atOffsetMs = enlarged(this.#atOffsetMs, new Int32Array(capacity));
    this.#operationIndex = enlarged(this.#operationIndex, new Uint8Array(capacity));
    this.#outcome = enlarged(this.#outcome, new Uint8Array(capacity));
  }
}

function enlarged<Column extends Int32Array | Uint8Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
