import { errorGrade, type Grade } from "../../../../src/grades/grade.ts";
import type { WindowName } from "../../../../src/merge/series-state.ts";
import type { WindowStats } from "../../../../src/merge/window-stats.ts";
import { WHOLE_TARGET } from "../../../../src/names.ts";
import { countsForErrors } from "../../../../src/pillars/pillar-kinds.ts";
import type { TargetKind } from "../../../../src/target-kind.ts";
import type { TotalsPoint } from "../../../../src/api/totals-answer.ts";
import type { LiveState } from "../../../../src/stream/live-state.ts";
import type { SeriesView } from "../../../../src/stream/stream-frame.ts";

/** How the timings of one target, or of all, ended. */
export interface ErrorCounts {
  readonly count: number;
  /** Neither failed nor refused: `ok`, and for caches hits and misses. */
  readonly good: number;
  readonly error: number;
  readonly timeout: number;
  readonly rateLimited: number;
  /** Errors and timeouts by all timings; 0 without any. */
  readonly errorRate: number;
}

/** One target in the card of errors. */
export interface ErrorRow extends ErrorCounts {
  readonly target: string;
  readonly kind: TargetKind;
  /** Live: the server's, of the last minute. Of a range: by its rate. Null without timings. */
  readonly grade: Grade | null;
  /** Whether the server says now that its errors are CRITICAL, whatever range is shown. */
  readonly isCriticalNow: boolean;
}

type Counted = Pick<WindowStats, "count" | "error" | "timeout" | "rateLimited">;

/**
 * A row for each whole target that had timings within the window, or whose errors are CRITICAL now;
 * the worst first. Probes are no calls: they are left out, as in the pillar.
 */
export function liveErrorRows(series: LiveState["series"], window: WindowName): ErrorRow[] {
  const rows: ErrorRow[] = [];
  for (const view of series.values()) {
    if (!isWholeCall(view)) continue;
    const counts = countsOf(view.windows[window]);
    const isCriticalNow = isCritical(view);
    if (counts.count === 0 && !isCriticalNow) continue;
    const { target, kind, grades } = view;
    rows.push({ target, kind, ...counts, grade: grades.errors, isCriticalNow });
  }
  return rows.toSorted(worstFirst);
}

/**
 * The same of a range, of which there is one point a target.
 *
 * @param series - says which targets are CRITICAL now.
 */
export function rangeErrorRows(
  points: readonly TotalsPoint[],
  series: LiveState["series"],
): ErrorRow[] {
  const critical = new Set(criticalTargets(series));
  return points
    .filter(({ kind }) => countsForErrors(kind))
    .map((point) => {
      const { target, kind } = point;
      const counts = countsOf(point);
      const isCriticalNow = critical.has(target);
      return { target, kind, ...counts, grade: errorGrade(counts.errorRate), isCriticalNow };
    })
    .toSorted(worstFirst);
}

/** The targets whose errors the server calls CRITICAL now, by name. */
export function criticalTargets(series: LiveState["series"]): string[] {
  const critical: string[] = [];
  for (const view of series.values()) {
    if (isWholeCall(view) && isCritical(view)) critical.push(view.target);
  }
  return critical;
}

/** All rows together. */
export function sumOfRows(rows: readonly ErrorCounts[]): ErrorCounts {
  let [count, error, timeout, rateLimited] = [0, 0, 0, 0];
  for (const row of rows) {
    count += row.count;
    error += row.error;
    timeout += row.timeout;
    rateLimited += row.rateLimited;
  }
  return countsOf({ count, error, timeout, rateLimited });
}

function countsOf({ count, error, timeout, rateLimited }: Counted): ErrorCounts {
  const failed = error + timeout;
  return {
    count,
    good: count - failed - rateLimited,
    error,
    timeout,
    rateLimited,
    errorRate: count === 0 ? 0 : failed / count,
  };
}

function isWholeCall({ operation, kind }: SeriesView): boolean {
  return operation === WHOLE_TARGET && countsForErrors(kind);
}

function isCritical({ grades }: SeriesView): boolean {
  return grades.errors?.grade === "CRITICAL";
}

/** What is CRITICAL now before all else, then by rate; of equal ones the larger, then by name. */
function worstFirst(left: ErrorRow, right: ErrorRow): number {
  return (
    Number(right.isCriticalNow) - Number(left.isCriticalNow) ||
    right.errorRate - left.errorRate ||
    right.error + right.timeout - (left.error + left.timeout) ||
    right.count - left.count ||
    (left.target < right.target ? -1 : 1)
  );
}
