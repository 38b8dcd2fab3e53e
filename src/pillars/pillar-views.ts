import type { D1Grade } from "../grades/d1-grade.ts";
import type { Grade } from "../grades/grade.ts";
import type { ThroughputGrade } from "../grades/throughput-grade.ts";
import type { TargetKind } from "../target-kind.ts";
import type { CacheLayer } from "./cache-rates.ts";
import type { Trend } from "./trend.ts";

/**
 * The five pillars of a whole tenant, each with its grade and the figures behind it; null for a
 * pillar without data. Durations are milliseconds, rates fractions from 0 to 1; a figure that was
 * not measured is null.
 */
export interface PillarViews {
  readonly latency: LatencyPillar | null;
  readonly errors: ErrorsPillar | null;
  readonly throughput: ThroughputPillar | null;
  readonly d1: D1Pillar | null;
  readonly cache: CachePillar | null;
}

/** What the figures of a pillar are of. The last hour stands in where 5 minutes have no timing. */
export type PillarWindow = "5m" | "1h";

/** A pillar that is a mean over targets, so that one of many moves its score by little. */
interface MeanPillar {
  /**
   * That of the {@link score}, rounded down: no better than what the mean reaches. And no better
   * than DEGRADED while a target with at least 20 timings within the window is CRITICAL.
   */
  readonly grade: Grade["grade"];
  readonly color: Grade["color"];
  /** The mean of the targets' scores, whatever the grade. */
  readonly score: number;
  /** How many targets the mean is of. */
  readonly targetCount: number;
  /** Of 5 minutes against the hour; null if either has nothing to compare. */
  readonly trend: Trend | null;
}

/** Of whole targets of the kinds `worker` and `platform`, over the last minute. */
export interface LatencyPillar extends MeanPillar {
  readonly window: "1m";
  /** The worst first, at most ten. */
  readonly targets: readonly TargetLatency[];
}

export interface TargetLatency {
  readonly target: string;
  readonly kind: TargetKind;
  readonly count: number;
  readonly minMs: number | null;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly grade: Grade;
}

/** Of whole targets of every kind but `probe`, over the last minute. */
export interface ErrorsPillar extends MeanPillar {
  readonly window: "1m";
  readonly count: number;
  /** Errors and timeouts. */
  readonly failed: number;
  readonly rate: number;
  /** Refused for being called too often: 429s, which are no failures. */
  readonly rateLimited: number;
  /** The worst first, at most ten. */
  readonly targets: readonly TargetErrors[];
}

export interface TargetErrors {
  readonly target: string;
  readonly kind: TargetKind;
  readonly count: number;
  readonly failed: number;
  readonly rate: number;
  readonly rateLimited: number;
  readonly grade: Grade;
}

/** Of the targets whose timings are events: see `eventsOf`. */
export interface ThroughputPillar {
  readonly grade: ThroughputGrade["grade"];
  readonly color: ThroughputGrade["color"];
  /** Null while the grade is UNKNOWN. */
  readonly score: ThroughputGrade["score"];
  /** The kind of the targets that are counted, or `all` of them but probes. */
  readonly events: "worker" | "platform" | "all";
  readonly targetCount: number;
  /** Over the last minute. */
  readonly perSecond: number;
  /** Within the last minute. */
  readonly perMinute: number;
  /** Within the last hour. */
  readonly perHour: number;
  /** Mean of the last 360 minutes that have ended; null until there are so many. */
  readonly mean6hPerMinute: number | null;
  /** Mean of the last 1,440 minutes that have ended; null until there are so many. */
  readonly mean24hPerMinute: number | null;
  /** Of 6 hours against 24; null while the grade is UNKNOWN. */
  readonly trend: Trend | null;
}

/** Of targets of the kind `d1`. */
export interface D1Pillar extends D1Grade {
  readonly window: PillarWindow;
  /** How many operations (queries) had an execution. */
  readonly operations: number;
  readonly executions: number;
  readonly meanMs: number;
  /** The slowest by mean first, at most ten. */
  readonly slowest: readonly D1Query[];
  /** Mean wait of an execution: wall time less the database's own. */
  readonly meanWaitMs: number | null;
  readonly rowsRead: number | null;
  readonly rowsWritten: number | null;
  /** Executions above the caller's threshold. */
  readonly slow: number | null;
  /** All databases together, each as it was last told within the hour. */
  readonly sizeBytes: number | null;
  /** Of the mean duration, 5 minutes against the hour. */
  readonly trend: Trend | null;
}

export interface D1Query {
  readonly target: string;
  /** The query's name. */
  readonly operation: string;
  readonly executions: number;
  readonly meanMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly meanWaitMs: number | null;
  readonly rowsRead: number | null;
  readonly rowsWritten: number | null;
  readonly slow: number | null;
}

/** Of targets of the kind `cache`; see `cacheRates` for what a lookup is. */
export interface CachePillar {
  readonly grade: Grade["grade"];
  readonly color: Grade["color"];
  readonly score: number;
  readonly window: PillarWindow;
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  readonly hitRate: number;
  /** Entries of the targets that are counted, each as it was last told within the hour. */
  readonly keys: number | null;
  /** Of the targets that are counted, together; empty if they have no layers. */
  readonly layers: readonly CacheLayer[];
  /** Each cache by itself, also those that are not counted; the worst first, at most ten. */
  readonly caches: readonly CacheView[];
  /** Of the hit rate, 5 minutes against the hour; it moves at 5 %. */
  readonly trend: Trend | null;
}

export interface CacheView {
  readonly target: string;
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  readonly hitRate: number;
  readonly grade: Grade;
  /** Whether its lookups are part of the pillar's: those of a KV below a cache with layers are not. */
  readonly isCounted: boolean;
  readonly keys: number | null;
  readonly layers: readonly CacheLayer[];
}
