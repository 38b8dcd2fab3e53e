import type { SeriesFacts } from "./facts.ts";
import { measure } from "./measure.ts";
import { ofLastMinute } from "./metrics.ts";
import type { Rule } from "./rule.ts";

/** The fewest timings of which one can say that a minute is better than those before. */
const MIN_RECENT_COUNT = 20;

/**
 * The value of a rule's metric over the last minute alone: null if the minute has less than the
 * rule's minimum volume, or if the metric has none of it apart from its own.
 */
export function recentValue(rule: Rule, series: SeriesFacts, nowMs: number): number | null {
  const metric = ofLastMinute(rule.measure);
  if (metric === undefined) return null;
  const minCount = Math.max(rule.minCount, MIN_RECENT_COUNT);
  return measure({ ...rule, measure: metric, minCount }, series, nowMs);
}
