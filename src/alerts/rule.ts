import type { MeasureName } from "../measures.ts";
import type { WindowName } from "../merge/series-state.ts";
import type { TargetKind } from "../target-kind.ts";

/** How bad it is, the worst first. */
export const SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What a threshold is measured in; the end of a threshold's name in the configuration says it. */
export const UNITS = ["Ms", "Rate", "Ratio", "Count", "Value"] as const;

/** `Value` is whatever the measure counts in. */
export type Unit = (typeof UNITS)[number];

/** How a value is held against a threshold. */
export const COMPARISONS = [">=", ">", "<=", "<"] as const;

export type Comparison = (typeof COMPARISONS)[number];

/**
 * The parameters of each metric. What each value is made of: see the functions of `measure.ts`.
 * What else there is to know of one: `metrics.ts`.
 */
interface MetricParameters {
  /** A percentile of the durations in a window. Ms. */
  readonly latency: { readonly percentile: number; readonly window: WindowName };
  /** The mean of the durations in a window. Ms. */
  readonly meanLatency: { readonly window: WindowName };
  /** Errors and timeouts by all timings of a window; a rate-limited call is no error. Rate. */
  readonly errorRate: { readonly window: WindowName };
  /** Timings whose platform refused for being called too often, by all timings of a window. Rate. */
  readonly rateLimitedRate: { readonly window: WindowName };
  /** Errors and timeouts in a row, in the order in which a shard took them in. Count. */
  readonly consecutiveErrors: unknown;
  /** Timings a minute in a window by the mean of the last 24 h. Ratio. */
  readonly throughput: { readonly window: WindowName };
  /** Hits by hits and misses of a window. Rate. */
  readonly hitRate: { readonly window: WindowName };
  /** Permits that were denied by those that were asked for, over the last minutes. Rate. */
  readonly denialRate: { readonly windowMs: number };
  /** Milliseconds since the last timing of a target; it is missed if it had one within `lookbackMs`. Ms. */
  readonly noData: { readonly lookbackMs: number };
  /**
   * How many times faster than allowed the error budget `1 - objective` is used up: the smaller of
   * two windows, so that both have to hold (Google SRE Workbook, chapter 5, "Alerting on SLOs"). Ratio.
   */
  readonly budgetBurn: {
    readonly objective: number;
    readonly longWindowMs: number;
    readonly shortWindowMs: number;
  };
  /** The mean of a measure that is added up, over the timings of a window that bring it. Value. */
  readonly meanMeasure: { readonly measure: MeasureName; readonly window: WindowName };
  /** The newest value in a window of a measure of which only the last one counts. Value. */
  readonly lastMeasure: { readonly measure: MeasureName; readonly window: WindowName };
}

export type MetricName = keyof MetricParameters;

/** What a rule looks at: a metric with its parameters. */
export type Metric<Name extends MetricName = MetricName> = {
  readonly [One in Name]: { readonly metric: One } & MetricParameters[One];
}[Name];

/** The series that a rule is evaluated on, each by itself. */
export interface RuleScope {
  /** Every target of this kind; undefined for any kind. */
  readonly kind: TargetKind | undefined;
  /** Only these targets; undefined for all (of the kind). */
  readonly targets: readonly string[] | undefined;
  /**
   * `whole` for a target as a whole, `each` for every operation by itself, or the names of some.
   * Metrics of counts over long times (throughput, noData, budgetBurn), of limits and of errors in
   * a row are of whole targets.
   */
  readonly operations: "whole" | "each" | readonly string[];
}

/** What an alert does while its series has no data, or less than the rule's minimum volume. */
export type NoDataPolicy =
  /** An alert that fires waits as `nodata` until there is data again, at most an hour. */
  | "hold"
  /** As if the condition did not hold: what Prometheus does. */
  | "ok";

/** A rule, checked and with every default filled in. */
export interface Rule {
  readonly name: string;
  readonly severity: Severity;
  readonly scope: RuleScope;
  readonly measure: Metric;
  readonly comparison: Comparison;
  /** In the unit of the metric. */
  readonly threshold: number;
  /** Where an alert that fires ends: equal to the threshold, or beyond it on the good side. */
  readonly recoveryThreshold: number;
  /** How long the condition has to hold before the alert fires; 0 for at once. */
  readonly forMs: number;
  /** How long an alert goes on firing after its condition last held. */
  readonly keepFiringForMs: number;
  /**
   * The fewest timings in the window for the value to count; of a hit rate hits and misses, of
   * denials permits that were asked for, of noData minutes with a timing before the silence, of
   * budgetBurn timings in the long window, of a measure timings that bring it.
   */
  readonly minCount: number;
  readonly noData: NoDataPolicy;
  /** Rules that this one implies: on the same target, they are not told of while this one fires. */
  readonly inhibits: readonly string[];
  /** What to do, in each language; empty for nothing to say. */
  readonly action: Readonly<Record<Language, string>>;
}

/** The languages that messages are written in. */
export const LANGUAGES = ["en", "pt-BR"] as const;

export type Language = (typeof LANGUAGES)[number];
