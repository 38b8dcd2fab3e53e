import type { Grade } from "../grades/grade.ts";

/** The mean of the scores that are known; null if none is. */
export function meanScore(scores: readonly (number | null)[]): number | null {
  const known = scores.filter((score) => score !== null);
  if (known.length === 0) return null;
  return known.reduce((sum, score) => sum + score, 0) / known.length;
}

/**
 * The grade that stands for a mean of scores: the best one whose own score the mean reaches. So a
 * pillar is EXCELLENT only if each of its targets is, and one CRITICAL target always shows.
 */
export function gradeOfMean(score: number): Pick<Grade, "grade" | "color"> {
  if (score >= 10) return { grade: "EXCELLENT", color: "green" };
  if (score >= 8) return { grade: "GOOD", color: "blue" };
  if (score >= 6) return { grade: "ACCEPTABLE", color: "yellow" };
  if (score >= 4) return { grade: "DEGRADED", color: "orange" };
  return { grade: "CRITICAL", color: "red" };
}
