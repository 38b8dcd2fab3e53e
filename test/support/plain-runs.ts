import type { ErrorStreak } from "../../src/merge/error-streak.ts";

/** `x` for an error, `.` for a success, nothing for what is neither; by position in `OUTCOMES`. */
const MARKS = [".", "x", "x", "", ".", "."] as const;

/** The runs of errors, between one success and the next, in their order. */
function runsOf(outcomes: readonly number[]): number[] {
  const text = outcomes.map((code) => MARKS[code] ?? "?").join("");
  return text.split(".").map(({ length }) => length);
}

/** The truth of an {@link ErrorStreak}, from the outcomes themselves. */
export function plainStreak(outcomes: readonly number[]): ErrorStreak {
  const runs = runsOf(outcomes);
  return {
    hasSuccess: runs.length > 1,
    prefix: runs[0] ?? 0,
    suffix: runs.at(-1) ?? 0,
    longest: Math.max(...runs),
  };
}

/** The run that stands after all of the outcomes. */
export function plainRun(outcomes: readonly number[]): number {
  return runsOf(outcomes).at(-1) ?? 0;
}

/** The longest run that grew with any outcome from `from` on, or stands at the end. */
export function longestSince(outcomes: readonly number[], from: number): number {
  // What is neither an error nor a success leaves a run as it was seen before.
  const lengths = outcomes.map((code, i) =>
    i < from || MARKS[code] === "" ? 0 : plainRun(outcomes.slice(0, i + 1)),
  );
  return Math.max(plainRun(outcomes), ...lengths);
}

/** What is certain of outcomes whose order is not known, as an order that shows no more. */
export function unordered(outcomes: readonly number[]): number[] {
  const isSuccess = (code: number): boolean => MARKS[code] === ".";
  return outcomes.some(isSuccess) ? [0] : [...outcomes];
}
