import type { WindowName } from "../merge/series-state.ts";
import type { SeriesView } from "./series-view.ts";
import { gradeOfTargets, meanScore } from "./mean-score.ts";
import { countsForErrors } from "./pillar-kinds.ts";
import type { ErrorsPillar, TargetErrors } from "./pillar-views.ts";
import { trendOf } from "./trend.ts";

/** Most targets that a pillar shows. */
const MAX_TARGETS = 10;

/**
 * Grades errors by a mean over targets, see {@link gradeOfTargets}.
 * @param wholes whole targets, by name.
 */
export function errorsPillar(wholes: readonly SeriesView[]): ErrorsPillar | null {
  const counted = wholes.filter(({ kind }) => countsForErrors(kind));
  const targets = counted.flatMap((view) => targetErrors(view) ?? []);
  const score = meanScore(targets.map(({ grade }) => grade.score));
  if (score === null) return null;
  const { count, failed, rate } = sumOf(counted, "1m");
  return {
    ...gradeOfTargets(score, targets),
    score,
    window: "1m",
    count,
    failed,
    rate: rate ?? 0,
    rateLimited: targets.reduce((sum, { rateLimited }) => sum + rateLimited, 0),
    targetCount: targets.length,
    targets: targets.toSorted(worstFirst).slice(0, MAX_TARGETS),
    trend: trendOf(sumOf(counted, "5m").rate, sumOf(counted, "1h").rate),
  };
}

function targetErrors({ target, kind, windows, grades }: SeriesView): TargetErrors | null {
  if (grades.errors === null) return null;
  const { count, error, timeout, errorRate: rate, rateLimited } = windows["1m"];
  return { target, kind, count, failed: error + timeout, rate, rateLimited, grade: grades.errors };
}

function worstFirst(left: TargetErrors, right: TargetErrors): number {
  return right.rate - left.rate || right.failed - left.failed;
}

/** All targets together; the rate is null without timings. */
function sumOf(
  wholes: readonly SeriesView[],
  window: WindowName,
): { readonly count: number; readonly failed: number; readonly rate: number | null } {
  let [count, failed] = [0, 0];
  for (const { windows } of wholes) {
    const stats = windows[window];
    count += stats.count;
    failed += stats.error + stats.timeout;
  }
  return { count, failed, rate: count === 0 ? null : failed / count };
}
