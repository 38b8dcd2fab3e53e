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
  /** As targets' names. Given by its key in the configuration, where it may be left out. */
  readonly name?: string;
  /** What is looked at. Required of a new rule. */
  readonly metric?: MetricName;
  /** Of latency: above 0 to 100. Default 95. */
  readonly percentile?: number;
  /**
   * Of meanMeasure: `rowsRead`, `rowsWritten`, `sqlMs`, `waitMs`, `slow` or `retries`; of lastMeasure:
   * `sizeBytes`, `keys`, `value` or `failing`. Required.
   */
  readonly measure?: MeasureName;
  /**
   * Of latency, meanLatency, errorRate, rateLimitedRate, throughput, hitRate, meanMeasure and
   * lastMeasure. Default `5m`; `1h` for lastMeasure.
   */
  readonly window?: WindowName;
  /** Of denialRate: whole minutes in milliseconds, 60,000 to 86,400,000. Default 300,000. */
  readonly windowMs?: number;
  /**
   * Of noData: whole minutes in milliseconds, 60,000 to 86,400,000, and more than `thresholdMs` and
   * `forMs` together. Default 3,600,000.
   */
  readonly lookbackMs?: number;
  /** Of budgetBurn: between 0 and 1. Default 0.995. */
  readonly objective?: number;
  /** Of budgetBurn: whole minutes in milliseconds, 60,000 to 86,400,000. Default 3,600,000. */
  readonly longWindowMs?: number;
  /** Of budgetBurn: likewise, less than `longWindowMs`. Default 300,000. */
  readonly shortWindowMs?: number;
  /** Default `MEDIUM`. */
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
  /** Default `>=`, and `<` for hitRate. */
  readonly comparison?: Comparison;
  /** Of latency, meanLatency and noData, in milliseconds, 0 to 604,800,000. */
  readonly thresholdMs?: number;
  /** Of errorRate, rateLimitedRate, hitRate and denialRate: a fraction from 0 to 1. */
  readonly thresholdRate?: number;
  /** Of throughput (times the mean of 24 h) and budgetBurn (times the allowed), 0 to 1,000,000. */
  readonly thresholdRatio?: number;
  /** Of consecutiveErrors: an integer from 0 to 1,000,000. */
  readonly thresholdCount?: number;
  /**
   * Of meanMeasure and lastMeasure, in the unit of the measure (its name says it): a number from
   * -1,000,000,000,000,000 to 1,000,000,000,000,000.
   */
  readonly thresholdValue?: number;
  /** Default: the threshold. */
  readonly recoveryThresholdMs?: number;
  readonly recoveryThresholdRate?: number;
  readonly recoveryThresholdRatio?: number;
  readonly recoveryThresholdCount?: number;
  readonly recoveryThresholdValue?: number;
  /** 0 to 604,800,000 (7 days). Default 300,000; 0 for consecutiveErrors, budgetBurn and lastMeasure. */
  readonly forMs?: number;
  /** 0 to 604,800,000. Default 0. */
  readonly keepFiringForMs?: number;
  /**
   * 0 to 1,000,000,000: timings in the window. Of hitRate hits and misses, of denialRate permits that
   * were asked for, of throughput the larger of what came and what was to be expected, of noData
   * minutes with a timing in the `lookbackMs` before the silence, of budgetBurn timings in the long
   * window, in which there must be at least ten failures besides, of a measure timings that
   * bring it. Default 20; 100 for throughput, hitRate and budgetBurn; 5 for meanLatency and
   * meanMeasure; 1 for lastMeasure; 0, and nothing else, for consecutiveErrors.
   */
  readonly minCount?: number;
  /** Default `hold`. */
  readonly noData?: NoDataPolicy;
  /** Names of other rules, at most 100. Default: none. */
  readonly inhibits?: readonly string[];
  /** At most 500 characters in each language; a string is for both. Default: nothing. */
  readonly action?: string | Readonly<Record<Language, string>>;
}
