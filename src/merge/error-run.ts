import { saturatingSum } from "../histogram/saturating-sum.ts";
import type { ErrorStreak } from "./error-streak.ts";
import { HOUR_MS } from "./slot-time.ts";

/** After so long without a timing, a shard's run is no longer shown: its reporters are elsewhere. */
export const RUN_SHOWN_MS = HOUR_MS;

/**
 * The errors in a row of one shard, as far as it is merged. A run stands until a success, however
 * long that takes: a target that is called once an hour may have errors in a row as well.
 */
export interface ErrorRun {
  /** Errors since the last success. */
  readonly length: number;
  /** The longest of the runs that grew since somebody last looked, each with what it had before. */
  readonly longest: number;
  /** When an outcome was last merged, epoch milliseconds; 0 for never. */
  readonly at: number;
}

export const NO_ERROR_RUN: ErrorRun = { length: 0, longest: 0, at: 0 };

/** The run after what follows on it, merged at `nowMs`. */
export function continueRun(run: ErrorRun, next: ErrorStreak, nowMs: number): ErrorRun {
  if (!next.hasSuccess && next.suffix === 0) return run;
  const across = saturatingSum(run.length, next.prefix);
  return {
    length: next.hasSuccess ? next.suffix : across,
    longest: Math.max(run.longest, next.prefix > 0 ? across : 0, next.longest),
    at: nowMs,
  };
}

/** The run when the rows that follow on it are lost: there may have been a success among them. */
export function interruptRun(run: ErrorRun): ErrorRun {
  return { ...run, length: 0 };
}

/** The run once somebody has looked at it. */
export function settleRun(run: ErrorRun): ErrorRun {
  return run.longest === 0 ? run : { ...run, longest: 0 };
}

/** The longest run that grew since the last look, or stands; 0 if the shard is long silent. */
export function shownRun(run: ErrorRun, nowMs: number): number {
  return nowMs - run.at > RUN_SHOWN_MS ? 0 : Math.max(run.longest, run.length);
}
