import { CRITICAL, DEGRADED, type Grade, GRADES } from "../grades/grade.ts";

/** The mean of the scores that are known; null if none is. */
export function meanScore(scores: readonly (number | null)[]): number | null {
  const known = scores.filter((score) => score !== null);
  if (known.length === 0) return null;
  return known.reduce((sum, score) => sum + score, 0) / known.length;
}

/** Fewest timings of a CRITICAL target that show: three calls that fail at night do not. */
export const MIN_COUNT = 20;

/** The best score of a pillar's grade beside such a target. */
const BEST_BESIDE_CRITICAL = DEGRADED.score;

/** A target as far as the grade of its pillar asks. */
interface GradedTarget {
  /** Timings that its grade is of. */
  readonly count: number;
  readonly grade: Grade;
}

/**
 * The grade of a pillar that is a mean over targets: the best one whose own score the mean reaches,
 * so that EXCELLENT means each of them. Where one of many is dead the mean hardly moves, so the
 * grade is DEGRADED at best while a target with at least 20 timings is CRITICAL.
 * @param score - the mean of the targets' scores.
 */
export function gradeOfTargets(
  score: number,
  targets: readonly GradedTarget[],
): Pick<Grade, "grade" | "color"> {
  const isAnyCritical = targets.some(
    ({ count, grade }) => grade.grade === "CRITICAL" && count >= MIN_COUNT,
  );
  return gradeOfMean(isAnyCritical ? Math.min(score, BEST_BESIDE_CRITICAL) : score);
}

/** The best grade whose own score a mean of scores, of which none is below CRITICAL's, reaches. */
function gradeOfMean(mean: number): Pick<Grade, "grade" | "color"> {
  const { grade, color } = GRADES.find(({ score }) => mean >= score) ?? CRITICAL;
  return { grade, color };
}
