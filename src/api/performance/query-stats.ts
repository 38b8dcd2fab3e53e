import type { WindowName } from "../../merge/series-state.ts";
import type { LiveSnapshot } from "../../stream/live-snapshot.ts";
import type { SeriesView } from "../../pillars/series-view.ts";
import {
  type CappedOperations,
  cappedOperations,
  type SnapshotAge,
  snapshotAge,
} from "./performance-stats.ts";
import { meanMeasured, sumMeasured } from "../../pillars/series-measures.ts";
import { operationsOf } from "../../pillars/sorted-series.ts";

/** By what queries may be listed, the largest first. */
export const QUERY_SORTS = ["mean", "count", "p95", "wait"] as const;

export interface QueryStatsQuery {
  readonly window: WindowName;
  readonly sort: (typeof QUERY_SORTS)[number];
  readonly limit: number;
}

/** What `GET /api/performance/query-stats` answers. */
export interface QueryStats extends SnapshotAge, QueryStatsQuery, CappedOperations {
  /** How many queries were executed within the window, however many are listed. */
  readonly total: number;
  readonly queries: readonly QueryRow[];
}

/** One operation of a database. Figures that were not measured are null. */
export interface QueryRow {
  readonly target: string;
  readonly operation: string;
  readonly executions: number;
  /** Errors and timeouts. */
  readonly errors: number;
  readonly errorRate: number;
  readonly meanMs: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Mean of wall time less the database's own. */
  readonly meanWaitMs: number | null;
  /** Mean of the database's own time. */
  readonly meanSqlMs: number | null;
  readonly rowsRead: number | null;
  readonly rowsWritten: number | null;
  /** Executions above the caller's threshold. */
  readonly slow: number | null;
}

/** Every operation of every database that was executed within a window. */
export function queryStats(
  tenant: string,
  snapshot: LiveSnapshot,
  { window, sort, limit }: QueryStatsQuery,
): QueryStats {
  const rows = operationsOf(snapshot.series, "d1").flatMap((view) => queryRow(view, window));
  const by = (row: QueryRow): number => SORT_FIELDS[sort](row) ?? -1;
  const queries = rows.toSorted((left, right) => by(right) - by(left)).slice(0, limit);
  const about = { ...snapshotAge(tenant, snapshot), ...cappedOperations(snapshot) };
  return { ...about, window, sort, limit, total: rows.length, queries };
}

const SORT_FIELDS: Readonly<Record<QueryStatsQuery["sort"], (row: QueryRow) => number | null>> = {
  mean: ({ meanMs }) => meanMs,
  count: ({ executions }) => executions,
  p95: ({ p95Ms }) => p95Ms,
  wait: ({ meanWaitMs }) => meanWaitMs,
};

function queryRow({ target, operation, windows }: SeriesView, window: WindowName): QueryRow[] {
  const { count, error, timeout, errorRate, measures, ...stats } = windows[window];
  const { meanMs, p50Ms, p95Ms, p99Ms, maxMs } = stats;
  if (meanMs === null) return [];
  const own = [measures];
  const row = {
    target,
    operation,
    executions: count,
    errors: error + timeout,
    errorRate,
    meanMs,
    p50Ms,
    p95Ms,
    p99Ms,
    maxMs,
    meanWaitMs: meanMeasured(own, "waitMs"),
    meanSqlMs: meanMeasured(own, "sqlMs"),
    rowsRead: sumMeasured(own, "rowsRead"),
    rowsWritten: sumMeasured(own, "rowsWritten"),
    slow: sumMeasured(own, "slow"),
  };
  return [row];
}
