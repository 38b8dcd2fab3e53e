import type { TotalsPoint } from "../../../src/api/totals-answer.ts";

/** A stretch of time in whole steps, epoch milliseconds; `to` is excluded. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** What was counted in one step, of all points together. */
export interface TotalsStep {
  /** When it begins, epoch milliseconds. */
  readonly at: number;
  readonly count: number;
  /** Errors and timeouts. */
  readonly failed: number;
  readonly hit: number;
  readonly miss: number;
}

/**
 * Adds points of several targets up: every step of the range is there, in order, also where nothing
 * was counted. A point that is longer than a step, since nothing finer is kept any more, is spread
 * evenly over its steps; one that begins before the range counts what of it lies inside, and is
 * spread over that. What lies outside of the range (a clock that is ahead) is left out.
 */
export function foldTotals(
  points: readonly TotalsPoint[],
  { from, to, stepMs }: StepRange,
): TotalsStep[] {
  const length = Math.max(Math.ceil((to - from) / stepMs), 0);
  const steps = Array.from({ length }, (_, index) => ({
    at: from + index * stepMs,
    count: 0,
    failed: 0,
    hit: 0,
    miss: 0,
  }));
  for (const point of points) {
    if (point.at + point.stepMs <= from) continue;
    const first = Math.floor((Math.max(point.at, from) - from) / stepMs);
    if (first >= length) continue;
    const coveredMs = Math.min(point.stepMs, point.coveredMs);
    const after = Math.min(first + Math.max(Math.ceil(coveredMs / stepMs), 1), length);
    const share = 1 / (after - first);
    for (const step of steps.slice(first, after)) {
      step.count += point.count * share;
      step.failed += (point.error + point.timeout) * share;
      step.hit += point.hit * share;
      step.miss += point.miss * share;
    }
  }
  return steps;
}
