/**
 * A batch of timings as columns: one entry per timing in each typed array, all of one length.
 * Typed arrays cross an RPC as flat memory, where a thousand objects would be walked one by one.
 */
export interface TimingColumns {
  /** The operations that `operationIndex` points into; at most {@link MAX_REPORT_OPERATIONS}. */
  readonly operations: readonly string[];
  /** Epoch milliseconds that `atOffsetMs` counts from. */
  readonly baseAt: number;
  /** Duration in microseconds, 0 to {@link MAX_DURATION_US}. */
  readonly durationUs: Int32Array;
  /** When the call ended, milliseconds after (or, negative, before) `baseAt`. */
  readonly atOffsetMs: Int32Array;
  /** Position in `operations`. */
  readonly operationIndex: Uint8Array;
  /** Position in `OUTCOMES`. */
  readonly outcome: Uint8Array;
  /** Numbers beside some of the timings; absent if there are none. */
  readonly measures?: MeasureColumns | undefined;
}

/** Numbers beside timings, as columns of one length: an entry for each number. */
export interface MeasureColumns {
  /** Which timing it stands beside: its position in the columns of timings, never descending. */
  readonly timing: Int32Array;
  /** Position in `MEASURES`. */
  readonly code: Uint8Array;
  /** In the unit of the measure. */
  readonly value: Float64Array;
}

/** The longest duration that is kept: ten minutes. Longer ones are refused as `bad_duration`. */
export const MAX_DURATION_US = 600_000_000;

/** Most distinct operations that one report may name. */
export const MAX_REPORT_OPERATIONS = 256;

/**
 * The last place in `operations`. Whoever fills it puts `other` there, for the operations beyond:
 * so a shard knows which timings were counted under another name than their own.
 */
export const OVERFLOW_INDEX = MAX_REPORT_OPERATIONS - 1;

/** Most timings that one report may carry. */
export const MAX_REPORT_TIMINGS = 10_000;

/** Most numbers beside the timings of one report. */
export const MAX_REPORT_MEASURES = 8 * MAX_REPORT_TIMINGS;
