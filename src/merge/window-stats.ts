import type { Aggregate } from "../histogram/aggregate.ts";
import type { MeasureTotals } from "../histogram/measure-totals.ts";
import { PagedCounts } from "../histogram/paged-counts.ts";
import type { RollingWindow } from "../histogram/rolling-window.ts";
import { type MeasureStats, measureStats } from "./measure-stats.ts";

/** A window or a stretch of history in numbers: the fields of API.md. Times are milliseconds. */
export interface WindowStats {
  readonly count: number;
  /** Timings a second over the whole length of the window. */
  readonly perSecond: number;
  readonly ok: number;
  readonly error: number;
  readonly timeout: number;
  readonly rateLimited: number;
  readonly hit: number;
  readonly miss: number;
  /** Errors and timeouts by all timings; rate-limited calls are no errors. 0 without timings. */
  readonly errorRate: number;
  readonly minMs: number | null;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  /** The numbers beside the timings. */
  readonly measures: MeasureStats;
}

const PERCENTILES = [50, 90, 95, 99, 99.9] as const;

interface Summary {
  readonly outcomes: readonly number[];
  readonly sumUs: number;
  readonly extremes: { readonly minUs: number; readonly maxUs: number } | undefined;
  readonly counts: PagedCounts;
  readonly lengthMs: number;
  readonly measures: MeasureTotals | undefined;
}

/** The numbers of a live window. */
export function windowStats(window: RollingWindow): WindowStats {
  return stats({
    outcomes: window.outcomes,
    sumUs: window.sumUs,
    extremes: window.extremes(),
    counts: window.counts,
    lengthMs: window.windowMs,
    measures: window.measures,
  });
}

/** The numbers of a stored stretch that is `lengthMs` long. */
export function aggregateStats(aggregate: Aggregate, lengthMs: number): WindowStats {
  const counts = new PagedCounts();
  counts.addAll(aggregate.counts);
  const { outcomes, sumUs, count, measures } = aggregate;
  const extremes = count > 0 ? aggregate : undefined;
  return stats({ outcomes, sumUs, extremes, counts, lengthMs, measures });
}

function stats({ outcomes, sumUs, extremes, counts, lengthMs, measures }: Summary): WindowStats {
  const [ok = 0, error = 0, timeout = 0, rateLimited = 0, hit = 0, miss = 0] = outcomes;
  const count = counts.total;
  // The highest value of its bucket, as every HdrHistogram reports it: in the last bucket that is
  // up to 0.1 % above the maximum, which is exact.
  const values = counts.valuesAtPercentiles(PERCENTILES).map((us) => us / 1000);
  return {
    count,
    perSecond: count / (lengthMs / 1000),
    ok,
    error,
    timeout,
    rateLimited,
    hit,
    miss,
    errorRate: count === 0 ? 0 : (error + timeout) / count,
    minMs: extremes === undefined ? null : extremes.minUs / 1000,
    meanMs: count === 0 ? null : sumUs / count / 1000,
    maxMs: extremes === undefined ? null : extremes.maxUs / 1000,
    p50Ms: values[0] ?? null,
    p90Ms: values[1] ?? null,
    p95Ms: values[2] ?? null,
    p99Ms: values[3] ?? null,
    p999Ms: values[4] ?? null,
    measures: measureStats(measures),
  };
}
