import type { SeriesView } from "./series-view.ts";
import { gradeOfTargets, meanScore } from "./mean-score.ts";
import { countsForLatency } from "./pillar-kinds.ts";
import type { LatencyPillar, TargetLatency } from "./pillar-views.ts";
import { type Trend, trendOf } from "./trend.ts";

/** Most targets that a pillar shows. */
const MAX_TARGETS = 10;

/**
 * Grades latency by a mean over targets, see {@link gradeOfTargets}.
 * @param wholes whole targets, by name.
 */
export function latencyPillar(wholes: readonly SeriesView[]): LatencyPillar | null {
  const counted = wholes.filter(({ kind }) => countsForLatency(kind));
  const targets = counted.flatMap((view) => targetLatency(view) ?? []);
  const score = meanScore(targets.map(({ grade }) => grade.score));
  if (score === null) return null;
  return {
    ...gradeOfTargets(score, targets),
    score,
    window: "1m",
    targetCount: targets.length,
    targets: targets.toSorted(worstFirst).slice(0, MAX_TARGETS),
    trend: latencyTrend(counted),
  };
}

function targetLatency({ target, kind, windows, grades }: SeriesView): TargetLatency | null {
  const grade = grades.latency;
  if (grade === null) return null;
  const { count, minMs, meanMs, maxMs, p50Ms, p90Ms, p95Ms, p99Ms } = windows["1m"];
  return { target, kind, count, minMs, meanMs, maxMs, p50Ms, p90Ms, p95Ms, p99Ms, grade };
}

function worstFirst(left: TargetLatency, right: TargetLatency): number {
  return left.grade.score - right.grade.score || (right.p95Ms ?? 0) - (left.p95Ms ?? 0);
}

/**
 * The targets' 95th percentiles, 5 minutes by the hour, as their geometric mean: each target counts
 * the same, as in the score, and one that doubled makes up for one that halved.
 */
function latencyTrend(counted: readonly SeriesView[]): Trend | null {
  const logs = counted.flatMap(({ windows }) => {
    const [now, before] = [windows["5m"].p95Ms ?? 0, windows["1h"].p95Ms ?? 0];
    return now > 0 && before > 0 ? [Math.log(now / before)] : [];
  });
  if (logs.length === 0) return null;
  return trendOf(Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length), 1);
}
