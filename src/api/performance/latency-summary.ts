import type { Grade } from "../../grades/grade.ts";
import type { WindowName } from "../../merge/series-state.ts";
import type { LiveSnapshot } from "../../stream/live-snapshot.ts";
import { seriesGrades } from "../../pillars/series-grades.ts";
import type { SeriesView } from "../../pillars/series-view.ts";
import type { TargetKind } from "../../target-kind.ts";
import { type SnapshotAge, snapshotAge } from "./performance-stats.ts";

export interface LatencySummaryQuery {
  readonly window: WindowName;
  /** Only this target; all if undefined. */
  readonly target: string | undefined;
}

/** What `GET /api/performance/latency-summary` answers. */
export interface LatencySummary extends SnapshotAge {
  readonly window: WindowName;
  /** Every series with timings within the window, by target and operation; `*` is the whole target. */
  readonly series: readonly LatencyRow[];
}

export interface LatencyRow {
  readonly target: string;
  readonly kind: TargetKind;
  readonly operation: string;
  readonly count: number;
  readonly minMs: number | null;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
  readonly p50Ms: number;
  readonly p90Ms: number | null;
  readonly p95Ms: number;
  readonly p99Ms: number | null;
  /**
   * Of this window, unlike `grades` of `/v1/live`, which are of the last minute. Null for a queue as
   * a whole and for its operation `wait`.
   */
  readonly grade: Grade | null;
}

/** The latency of every series. */
export function latencySummary(
  tenant: string,
  snapshot: LiveSnapshot,
  { window, target }: LatencySummaryQuery,
): LatencySummary {
  const series = snapshot.series
    .filter((view) => target === undefined || view.target === target)
    .flatMap((view) => latencyRow(view, window));
  return { ...snapshotAge(tenant, snapshot), window, series };
}

function latencyRow(view: SeriesView, window: WindowName): LatencyRow[] {
  const { target, kind, operation, windows } = view;
  const { count, minMs, meanMs, maxMs, p50Ms, p90Ms, p95Ms, p99Ms } = windows[window];
  if (p50Ms === null || p95Ms === null) return [];
  const { latency: grade } = seriesGrades(view, windows[window]);
  const figures = { count, minMs, meanMs, maxMs, p50Ms, p90Ms, p95Ms, p99Ms, grade };
  return [{ target, kind, operation, ...figures }];
}
