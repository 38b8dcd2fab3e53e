import { d1Grade } from "../grades/d1-grade.ts";
import type { WindowName } from "../merge/series-state.ts";
import type { SeriesView } from "./series-view.ts";
import { d1Facts } from "./d1-facts.ts";
import type { D1Pillar, D1Query } from "./pillar-views.ts";
import { pillarWindow } from "./pillar-window.ts";
import { meanMeasured, sumMeasured } from "./series-measures.ts";
import { trendOf } from "./trend.ts";

/** How many of the slowest operations the pillar shows. */
const MAX_SLOWEST = 10;

/**
 * Grades the databases by their queries, their waits and their size.
 * @param wholes whole targets of the kind d1, by name.
 * @param operations their operations, by name.
 */
export function d1Pillar(
  wholes: readonly SeriesView[],
  operations: readonly SeriesView[],
): D1Pillar | null {
  const window = pillarWindow(wholes, ({ count }) => count);
  if (window === null) return null;
  const queries = d1Queries(operations, window).toSorted(slowestFirst);
  const measures = wholes.map(({ windows }) => windows[window].measures);
  const facts = d1Facts({
    meansMs: queries.map(({ meanMs }) => meanMs),
    measures,
    sizes: wholes.map(({ windows }) => windows["1h"].measures),
  });
  return {
    ...d1Grade(facts),
    window,
    operations: queries.length,
    executions: wholes.reduce((sum, { windows }) => sum + windows[window].count, 0),
    meanMs: meanOf(wholes, window) ?? 0,
    slowest: queries.slice(0, MAX_SLOWEST),
    meanWaitMs: facts.meanWaitMs,
    rowsRead: sumMeasured(measures, "rowsRead"),
    rowsWritten: sumMeasured(measures, "rowsWritten"),
    slow: sumMeasured(measures, "slow"),
    sizeBytes: facts.sizeBytes,
    trend: trendOf(meanOf(wholes, "5m"), meanOf(wholes, "1h")),
  };
}

/** The operations that were executed within a window. */
function d1Queries(operations: readonly SeriesView[], window: WindowName): D1Query[] {
  return operations.flatMap(({ target, operation, windows }) => {
    const { count: executions, meanMs, p95Ms, maxMs, measures } = windows[window];
    if (meanMs === null || p95Ms === null || maxMs === null) return [];
    const own = [measures];
    return {
      target,
      operation,
      executions,
      meanMs,
      p95Ms,
      maxMs,
      meanWaitMs: meanMeasured(own, "waitMs"),
      rowsRead: sumMeasured(own, "rowsRead"),
      rowsWritten: sumMeasured(own, "rowsWritten"),
      slow: sumMeasured(own, "slow"),
    };
  });
}

function slowestFirst(left: D1Query, right: D1Query): number {
  return right.meanMs - left.meanMs;
}

/** Mean duration of all executions of a window; null without any. */
function meanOf(wholes: readonly SeriesView[], window: WindowName): number | null {
  let [count, sumMs] = [0, 0];
  for (const { windows } of wholes) {
    count += windows[window].count;
    sumMs += windows[window].count * (windows[window].meanMs ?? 0);
  }
  return count === 0 ? null : sumMs / count;
}
