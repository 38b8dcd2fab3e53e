/** Most running totals in one report; whoever has more sends several. */
export const MAX_REPORT_TOTALS = 512;

/** Most buckets of one histogram. Those of OpenTelemetry's libraries have at most 160. */
export const MAX_TOTAL_BUCKETS = 512;

/**
 * Most buckets of all histograms of one report. Each may gain a hundred buckets of our own, and all
 * of them must fit one log row.
 */
export const MAX_REPORT_BUCKETS = 2_048;

/**
 * A histogram as others keep it: counts between bounds of their own. Lengths of time are
 * microseconds and need not be whole.
 */
export interface BucketedHistogram {
  /** Timings in all; the buckets add up to it. */
  readonly count: number;
  /** Null where the sender does not keep it. */
  readonly sumUs: number | null;
  readonly minUs: number | null;
  readonly maxUs: number | null;
  readonly buckets: ExplicitBuckets | ExponentialBuckets;
}

/** Bucket `i` holds what is above bound `i - 1` and at most bound `i`. */
export interface ExplicitBuckets {
  readonly kind: "explicit";
  /** Ascending. */
  readonly boundsUs: readonly number[];
  /** One more than bounds: the last one counts what is above every bound. */
  readonly counts: readonly number[];
}

/**
 * Bucket `i` holds what is above `unitUs · base^(offset + i)` and at most
 * `unitUs · base^(offset + i + 1)`, where `base` is `2^(2^-scale)`: bounds of a sender that measures
 * in seconds are no bounds of one that measures in microseconds, so the sender's unit stays.
 */
export interface ExponentialBuckets {
  readonly kind: "exponential";
  readonly scale: number;
  /** The sender's unit: 1,000,000 if it measures in seconds, 1,000 if in milliseconds. */
  readonly unitUs: number;
  /** Timings at or below {@link zeroThresholdUs}. */
  readonly zeroCount: number;
  readonly zeroThresholdUs: number;
  readonly offset: number;
  readonly counts: readonly number[];
}

/**
 * What one stream of a sender has counted since it began: not what it counted lately. The shard
 * keeps the last total of each stream, and counts what was added since.
 */
export interface RunningTotal {
  /** What tells this stream from all others: 32 hexadecimal digits. */
  readonly stream: string;
  readonly operation: string;
  /** By position in the list of outcomes. */
  readonly outcome: number;
  /** When the stream began to count, in epoch milliseconds; 0 if the sender does not say. */
  readonly startAt: number;
  /** When it had counted so much, in epoch milliseconds. */
  readonly at: number;
  readonly value: TotalValue;
}

export type TotalValue =
  | { readonly kind: "histogram"; readonly histogram: BucketedHistogram }
  /** A measure that is summed, without timings: its parts, see `measureParts`. */
  | { readonly kind: "measure"; readonly code: number; readonly parts: number };
