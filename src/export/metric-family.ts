import type { Exemplar } from "../exemplar.ts";
import type { NativeCounts } from "../histogram/native-counts.ts";

/** Labels in the order in which they are written; names are those of Prometheus, values any text. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** One number of a counter or a gauge. */
export interface NumberSample {
  readonly labels: Labels;
  readonly value: number;
  /** Since when a counter counts, epoch milliseconds; gauges have none. */
  readonly createdAt?: number | undefined;
}

/** One histogram, as a running total. Durations are seconds. */
export interface HistogramSample {
  readonly labels: Labels;
  readonly count: number;
  readonly sum: number;
  /** Since when it counts, epoch milliseconds. */
  readonly createdAt: number;
  /** Ascending; without the last one, `+Inf`, which is `count`. */
  readonly classic: readonly {
    /** Inclusive upper bound, seconds. */
    readonly le: number;
    /** How many are at or below it. */
    readonly cumulative: number;
  }[];
  readonly native: NativeCounts;
  /** At most one for each classic bucket. */
  readonly exemplars: readonly Exemplar[];
}

interface FamilyHead {
  /** As Prometheus has it: with its unit at the end, and without `_total`. */
  readonly name: string;
  readonly help: string;
  /** Base unit that the name ends with, as OpenMetrics wants it said. */
  readonly unit?: "seconds" | "bytes" | "ratio" | undefined;
}

/** Counters or gauges of one name. */
export interface NumberFamily extends FamilyHead {
  readonly type: "counter" | "gauge";
  readonly samples: Iterable<NumberSample>;
}

/** Histograms of one name. */
export interface HistogramFamily extends FamilyHead {
  readonly type: "histogram";
  readonly samples: Iterable<HistogramSample>;
}

/** All samples of one name: what an exposition format writes together. */
export type MetricFamily = NumberFamily | HistogramFamily;
