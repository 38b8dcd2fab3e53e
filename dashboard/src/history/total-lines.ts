import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { TotalsStep } from "./fold-totals.ts";

/** Less of a step than this says little about it: reports arrive seconds later. */
const MIN_ELAPSED_MS = MINUTE_MS;

/** Errors and timeouts by all timings of each step; null where there were none. */
export function errorRates(steps: readonly TotalsStep[]): (number | null)[] {
  return steps.map(({ count, failed }) => (count === 0 ? null : failed / count));
}

/**
 * Hits by all lookups; null where there were none.
 *
 * @param over - how many steps one value is of: its own and those before it.
 */
export function hitRates(steps: readonly TotalsStep[], over = 1): (number | null)[] {
  return steps.map((_, index) => {
    let [hits, lookups] = [0, 0];
    for (const { hit, miss } of steps.slice(Math.max(index + 1 - over, 0), index + 1)) {
      hits += hit;
      lookups += hit + miss;
    }
    return lookups === 0 ? null : hits / lookups;
  });
}

/**
 * The steps whose rates say something: those of which a minute at least has passed.
 *
 * @param nowMs - epoch milliseconds.
 */
export function begunSteps(steps: readonly TotalsStep[], nowMs: number): TotalsStep[] {
  return steps.filter(({ at }) => nowMs - at >= MIN_ELAPSED_MS);
}

/**
 * Timings a second of each step. Null before the first timing, as nobody knows whether anything
 * was watched then; after it a step without timings is one of silence, 0. A step that is not over
 * is measured by what has passed of it.
 *
 * @param nowMs - epoch milliseconds, after the begin of every step: see {@link begunSteps}.
 */
export function eventRates(
  steps: readonly TotalsStep[],
  stepMs: number,
  nowMs: number,
): (number | null)[] {
  const first = steps.findIndex(({ count }) => count > 0);
  return steps.map(({ at, count }, index) => {
    if (first === -1 || index < first) return null;
    return count / (Math.min(nowMs - at, stepMs) / 1000);
  });
}
