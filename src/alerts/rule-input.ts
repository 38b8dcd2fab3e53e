import type { MeasureName } from "../measures.ts";
import type { WindowName } from "../merge/series-state.ts";
import type { TargetKind } from "../target-kind.ts";
import type { Comparison, Language, MetricName, NoDataPolicy, Severity } from "./rule.ts";

/**
 * A rule as it is configured, posted to `POST /v1/rules/backtest` and answered by `GET /v1/rules`.
 * All fields in one object; which of them a rule has depends on its metric. See {@link Rule} and
 * `Metric` for what they mean.
 */
export interface RuleInput {
  /** What it is called, as targets are. Given by its key in the configuration, where it may be left out. */
  readonly name?: string;
  /** What is looked at. Required of a new rule. */
  readonly metric?: MetricName;
  /** Of latency: which percentile, above 0 to 100. Default 95. */
  readonly percentile?: number;
  /**
   * Which number beside the timings. Of meanMeasure: `rowsRead`, `rowsWritten`, `sqlMs`, `waitMs`, `slow` or `retries`; of lastMeasure:
   * `sizeBytes`, `keys`, `value` or `failing`. Required.
   */
  readonly measure?: MeasureName;
  /**
   * Which rolling window. Of latency, meanLatency, errorRate, rateLimitedRate, throughput, hitRate,
   * meanMeasure and lastMeasure. Default: `5m`; `1h` for lastMeasure.
   */
  readonly window?: WindowName;
  /** Of denialRate: over how long denials are counted, whole minutes in milliseconds, 60,000 to 86,400,000. Default 300,000. */
  readonly windowMs?: number;
  /**
   * Of noData: how long ago a target may have been heard to be missed, whole minutes in
   * milliseconds, 60,000 to 86,400,000, and more than `thresholdMs` and
   * `forMs` together. Default 3,600,000.
   */
  readonly lookbackMs?: number;
  /** Of budgetBurn: the share of calls that are to succeed, between 0 and 1. Default 0.995. */
  readonly objective?: number;
  /** Of budgetBurn: the long window, whole minutes in milliseconds, 60,000 to 86,400,000. Default 3,600,000. */
  readonly longWindowMs?: number;
  /** Of budgetBurn: the short window, likewise, less than `longWindowMs`. Default 300,000. */
  readonly shortWindowMs?: number;
  /** How bad it is. Default `MEDIUM`. */
  readonly severity?: Severity;
  /** Every target of this kind. Default null: of any kind. */
  readonly kind?: TargetKind | null;
  /** Only these targets, at most 1,000. Default null: all (of the kind). */
  readonly targets?: readonly string[] | null;
  /**
   * `whole`, `each`, or the names of at most 255. Default `whole`, and nothing else for consecutiveErrors,
   * throughput, denialRate, noData and budgetBurn.
   */
  readonly operations?: "whole" | "each" | readonly string[];
  /** How the value is held against the threshold. Default: `>=`, and `<` for hitRate. */
  readonly comparison?: Comparison;
  /** The threshold of latency, meanLatency and noData, in milliseconds, 0 to 604,800,000. */
  readonly thresholdMs?: number;
  /** The threshold of errorRate, rateLimitedRate, hitRate and denialRate: a fraction from 0 to 1. */
  readonly thresholdRate?: number;
  /** The threshold of throughput (times the mean of 24 h) and budgetBurn (times the allowed), 0 to 1,000,000. */
  readonly thresholdRatio?: number;
  /** The threshold of consecutiveErrors: an integer from 0 to 1,000,000. */
  readonly thresholdCount?: number;
  /**
   * The threshold of meanMeasure and lastMeasure, in the unit of the measure (its name says it): a number from
   * -1,000,000,000,000,000 to 1,000,000,000,000,000.
   */
  readonly thresholdValue?: number;
  /** Where an alert ends, as `thresholdMs`: at the threshold, or on its good side. Default: the threshold. */
  readonly recoveryThresholdMs?: number;
  /** As `recoveryThresholdMs`, of `thresholdRate`. */
  readonly recoveryThresholdRate?: number;
  /** As `recoveryThresholdMs`, of `thresholdRatio`. */
  readonly recoveryThresholdRatio?: number;
  /** As `recoveryThresholdMs`, of `thresholdCount`. */
  readonly recoveryThresholdCount?: number;
  /** As `recoveryThresholdMs`, of `thresholdValue`. */
  readonly recoveryThresholdValue?: number;
  /**
   * Milliseconds that the condition has to hold before the alert fires, 0 to 604,800,000 (7 days).
   * Default: 300,000; 0 for consecutiveErrors, budgetBurn and lastMeasure.
   */
  readonly forMs?: number;
  /** Milliseconds that an alert goes on firing after its condition last held, 0 to 604,800,000. Default 0. */
  readonly keepFiringForMs?: number;
  /**
   * The fewest timings in the window for the value to count, 0 to 1,000,000,000. Of hitRate hits and misses, of denialRate permits that
   * were asked for, of throughput the larger of what came and what was to be expected, of noData
   * minutes with a timing in the `lookbackMs` before the silence, of budgetBurn timings in the long
   * window, in which there must be at least ten failures besides, of a measure timings that
   * bring it. Default: 20; 100 for throughput, hitRate and budgetBurn; 5 for meanLatency and
   * meanMeasure; 1 for lastMeasure; 0, and nothing else, for consecutiveErrors.
   */
  readonly minCount?: number;
  /**
   * What becomes of an alert without data: `hold` keeps one that fires, `ok` takes it for recovered.
   * Default `hold`.
   */
  readonly noData?: NoDataPolicy;
  /**
   * Names of other rules, at most 100: on the same target they are not told of while this one fires.
   * Default: none.
   */
  readonly inhibits?: readonly string[];
  /** What to do, at most 500 characters in each language; a string is for both. Default: nothing. */
  readonly action?: string | Readonly<Record<Language, string>>;
}
