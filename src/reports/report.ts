import type { Severity } from "../alerts/rule.ts";
import type { D1Grade } from "../grades/d1-grade.ts";
import type { Grade, Status } from "../grades/grade.ts";
import type { ThroughputGrade } from "../grades/throughput-grade.ts";
import type { CacheLayer } from "../pillars/cache-rates.ts";
import type { TargetKind } from "../target-kind.ts";
import type { ReportPeriod } from "./report-timetable.ts";

/**
 * What happened in a day or a week: what `GET /v1/reports/…` answers as JSON and what every
 * rendering is made of. Times are epoch milliseconds, `to` is exclusive, rates are fractions. Null
 * stands where there is no data; a 0 was counted.
 */
export interface PeriodReport {
  /** `daily:2026-11-20`, `weekly:2026-W47`. */
  readonly id: string;
  readonly tenant: string;
  readonly period: ReportPeriod;
  /** `2026-11-20`, `2026-W47`. */
  readonly label: string;
  /** First and last local day, `2026-11-16`. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly timeZone: string;
  readonly from: number;
  readonly to: number;
  readonly generatedAt: number;
  /** False while the period lasts: then all of it is what happened so far. */
  readonly isOver: boolean;
  readonly coverage: ReportCoverage;
  readonly status: Status;
  /** 0 to 10: the mean of the pillars that have data; null if none has. */
  readonly score: number | null;
  readonly pillars: Pillars;
  /** Every target with timings in the period or in the one before, by kind and name. */
  readonly targets: readonly TargetSummary[];
  /** Beyond the most that one report reads: they are in none of its numbers. */
  readonly leftOut: { readonly targets: number; readonly operations: number };
  /** Null if no timing of a database was recorded. */
  readonly d1: D1Summary | null;
  /** Null if no hit and no miss was recorded. */
  readonly cache: CacheSummary | null;
  readonly alerts: AlertsSummary;
  readonly limits: LimitsSummary;
}

/** How much of the period there is data about. */
export interface ReportCoverage {
  /** What stored history really covers: whole stretches as they are kept, not beyond now. */
  readonly from: number;
  readonly to: number;
  /** Hours of the period until now, the last one begun counted as whole. */
  readonly hours: number;
  /**
   * Hours with a timing of any target; null if the period is so old that hours are no longer kept.
   * Hours are stored as UTC has them: where a clock differs by half an hour, an hour of the period
   * counts if one with timings begins in it.
   */
  readonly hoursWithData: number | null;
}

/** The score of each pillar, 0 to 10; null without data. */
export interface Pillars {
  readonly latency: number | null;
  readonly errors: number | null;
  readonly throughput: number | null;
  readonly d1: number | null;
  readonly cache: number | null;
}

/** One target as a whole. */
export interface TargetSummary {
  readonly target: string;
  readonly kind: TargetKind;
  /** Null, as what follows, if it had timings in the period before only. */
  readonly count: number | null;
  /** Mean over the period (until now, while it lasts). */
  readonly perMinute: number | null;
  readonly hoursWithData: number | null;
  readonly latency: LatencySummary | null;
  readonly errors: ErrorsSummary | null;
  readonly throughput: ThroughputSummary;
  /** Calls that the platform answered with 429. */
  readonly rateLimited: number | null;
}

/** Percentiles of all timings of the period, merged without loss. */
export interface LatencySummary {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly maxMs: number;
  /** Null for a queue: what waits by design is not graded. */
  readonly grade: Grade | null;
  readonly beforeP95Ms: number | null;
}

export interface ErrorsSummary {
  /** Errors and timeouts. */
  readonly failed: number;
  readonly rate: number;
  readonly grade: Grade;
  readonly beforeRate: number | null;
}

/** Against the day or the week before. */
export interface ThroughputSummary {
  readonly beforePerMinute: number | null;
  /** `perMinute` by `beforePerMinute`; null if either is not known. */
  readonly ratio: number | null;
  readonly grade: ThroughputGrade;
}

export interface D1Summary {
  readonly grade: D1Grade;
  /** Mean wait of an execution; null if it was not measured, which costs nothing. */
  readonly meanWaitMs: number | null;
  /** All databases together, each as it was last told; null if none did. */
  readonly sizeBytes: number | null;
  /** At most ten, the slowest by mean first. */
  readonly slowest: readonly OperationSummary[];
  /** How many operations there were. */
  readonly operations: number;
}

export interface OperationSummary {
  readonly target: string;
  readonly operation: string;
  readonly count: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

/** The caches that are counted together, as in the pillar of a snapshot. */
export interface CacheSummary {
  readonly grade: Grade;
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  readonly hitRate: number;
  /** Empty if they have none. */
  readonly layers: readonly CacheLayer[];
  /**
   * Each cache as a whole, also those that are not counted, and then its layers with what reached
   * each; without layers its operations.
   */
  readonly rows: readonly CacheRow[];
}

export interface CacheRow {
  readonly target: string;
  /** `*` for the whole cache. */
  readonly operation: string;
  readonly hits: number;
  readonly misses: number;
  readonly hitRate: number;
  /** Null for a layer or an operation: a cache is graded by all of its lookups. */
  readonly grade: Grade | null;
  /** Whether the grade of all caches has this one: not a KV below a cache with layers. */
  readonly isCounted: boolean;
}

export interface AlertsSummary {
  /** How many began to fire within the period. */
  readonly fired: number;
  /** How many still fired when it ended (or do now). */
  readonly open: number;
  /** How many of those still open are CRITICAL: with one, the status is no better than WARNING. */
  readonly openCritical: number;
  /** By rule and severity: the worst and most frequent first. */
  readonly byRule: readonly RuleSummary[];
  /** The one that fired longest, if any fired in the period. */
  readonly longest: LongestAlert | null;
  /** Stored alerts that could not be read, or were too many to be read: in none of the numbers. */
  readonly leftOut: number;
}

export interface RuleSummary {
  readonly rule: string;
  readonly severity: Severity;
  /** Began to fire within the period. */
  readonly fired: number;
  readonly open: number;
  /** The longest time that one fired, before and within the period. */
  readonly longestMs: number;
}

export interface LongestAlert {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly target: string;
  readonly operation: string;
  readonly firedAt: number;
  /** Until its end, or that of the period. */
  readonly durationMs: number;
  readonly isOpen: boolean;
}

export interface LimitsSummary {
  /** Answers with 429, of all targets; null if there is no data at all. */
  readonly rateLimited: number | null;
  /** Targets that had one, the most first. */
  readonly targets: readonly LimitHits[];
}

export interface LimitHits {
  readonly target: string;
  readonly rateLimited: number;
  /** Of all calls to it. */
  readonly rate: number;
}
