import type { WindowFacts } from "../alerts/facts.ts";
import type { RollingWindow } from "../histogram/rolling-window.ts";
import { outcomeCount } from "../outcome.ts";
import { measureStats } from "./measure-stats.ts";

/** Percentiles that were asked of a window, as long as it stays as it is. */
const known = new WeakMap<RollingWindow, { version: number; values: Map<number, number | null> }>();

/** A window as rules see it. */
export function windowFacts(window: RollingWindow): WindowFacts {
  const { outcomes, counts, sumUs } = window;
  const count = counts.total;
  return {
    count,
    error: outcomeCount(outcomes, "error"),
    timeout: outcomeCount(outcomes, "timeout"),
    rateLimited: outcomeCount(outcomes, "rate_limited"),
    hit: outcomeCount(outcomes, "hit"),
    miss: outcomeCount(outcomes, "miss"),
    meanMs: count === 0 ? null : sumUs / count / 1000,
    percentileMs: (percentile) => percentileOf(window, percentile),
    // Few rules ask for them, and this is made for every rule.
    get measures() {
      return measureStats(window.measures);
    },
  };
}

/** A walk over the buckets for each version of a window and percentile, however many rules ask. */
function percentileOf(window: RollingWindow, percentile: number): number | null {
  let entry = known.get(window);
  if (entry?.version !== window.version) {
    entry = { version: window.version, values: new Map() };
    known.set(window, entry);
  }
  let value = entry.values.get(percentile);
  if (value === undefined) {
    const [us] = window.counts.valuesAtPercentiles([percentile]);
    value = us === undefined ? null : us / 1000;
    entry.values.set(percentile, value);
  }
  return value;
}
