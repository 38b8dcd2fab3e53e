import type { PartResult } from "./part-result.ts";
import type { RunResults } from "./report.ts";

/** How many of the goals that parts have declared were reached. */
export interface GoalCounts {
  readonly reached: number;
  readonly missed: number;
  /** Of parts that failed, were skipped or could not judge all of theirs. */
  readonly notMeasured: number;
}

/** Counts against what parts have declared: what nobody judged is no goal less. */
export function countGoals(results: readonly PartResult[]): GoalCounts {
  const counts = { reached: 0, missed: 0, notMeasured: 0 };
  for (const { goals, rows } of results) {
    const reached = rows.filter(({ verdict }) => verdict === "pass").length;
    const missed = rows.filter(({ verdict }) => verdict === "MISS").length;
    counts.reached += reached;
    counts.missed += missed;
    counts.notMeasured += Math.max(0, goals.length - reached - missed);
  }
  return counts;
}

/** The names of parts that broke off, and of those with goals that were not measured. */
export function incompleteParts(results: readonly PartResult[]): string[] {
  return results
    .filter(
      (result) =>
        countGoals([result]).notMeasured > 0 ||
        result.rows.some(({ verdict }) => verdict === "failed"),
    )
    .map(({ family, part }) => `${family}/${part}`);
}

/**
 * Whether a run is one to tell of as a failure: something broke off or missed its goal, or a
 * measurement of everything has goals that nobody judged, or nothing with a goal could be judged. A
 * look misses no goal: it is too short to.
 */
export function isFailure({ quick, names, results }: Omit<RunResults, "machine">): boolean {
  const { reached, missed, notMeasured } = countGoals(results);
  if (results.some(({ rows }) => rows.some(({ verdict }) => verdict === "failed"))) return true;
  if (notMeasured > 0 && reached + missed === 0) return true;
  if (quick) return false;
  return missed > 0 || (names.length === 0 && notMeasured > 0);
}
