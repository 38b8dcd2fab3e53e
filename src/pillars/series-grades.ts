import { errorGrade, latencyGrade } from "../grades/grade.ts";
import type { WindowStats } from "../merge/window-stats.ts";
import { WHOLE_TARGET } from "../names.ts";
import type { TargetKind } from "../target-kind.ts";
import type { SeriesGrades } from "./series-view.ts";

/** What a series is of. */
export interface GradedSeries {
  readonly kind: TargetKind;
  /** `*` for the whole target. */
  readonly operation: string;
}

/** How long messages wait in a queue. */
const WAIT = "wait";

/**
 * Grades one series over a window or a longer stretch of time; null without timings.
 * @returns no grade of latency for what waits by design.
 */
export function seriesGrades(
  series: GradedSeries,
  stats: WindowStats,
): Pick<SeriesGrades, "latency" | "errors"> {
  const { count, p50Ms, p95Ms, errorRate } = stats;
  const isUngraded = p50Ms === null || p95Ms === null || isWaiting(series);
  return {
    latency: isUngraded ? null : latencyGrade(p50Ms, p95Ms),
    errors: count === 0 ? null : errorGrade(errorRate),
  };
}

/** Messages lie in a queue for seconds on purpose, and a queue as a whole has their waits in it. */
function isWaiting({ kind, operation }: GradedSeries): boolean {
  return kind === "queue" && (operation === WAIT || operation === WHOLE_TARGET);
}
