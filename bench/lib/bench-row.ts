/** What a measurement came to: `info` has no goal, `skipped` could not be measured here. */
export type Verdict = "pass" | "MISS" | "info" | "skipped" | "failed";

/** One line of the result table. */
export interface BenchRow {
  readonly what: string;
  readonly goal: string;
  /** The figure that is held against the goal: a median over the repetitions. */
  readonly measured: string;
  readonly verdict: Verdict;
  /** Smallest and largest repetition. */
  readonly spread: string;
  /** What it was compared with, and what the figure does not say. */
  readonly note: string;
  /** The figure and its repetitions as numbers, for the results file. */
  readonly data?: Readonly<Record<string, number | readonly number[]>>;
}

/** Holds a figure against its goal. */
export function verdictOf(isReached: boolean): Verdict {
  return isReached ? "pass" : "MISS";
}

/** A row that says why there is no figure. */
export function skippedRow(what: string, goal: string, why: string): BenchRow {
  return { what, goal, measured: "–", verdict: "skipped", spread: "–", note: why };
}

/** A row of a measurement that broke off. */
export function failedRow(what: string, why: string): BenchRow {
  return { what, goal: "–", measured: "–", verdict: "failed", spread: "–", note: why };
}
