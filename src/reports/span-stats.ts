import { aggregateStats, type WindowStats } from "../merge/window-stats.ts";
import type { SeriesSpan } from "./report-source.ts";

/** A stretch of a series in numbers; null without timings. */
export function spanStats({ aggregate, covered }: SeriesSpan): WindowStats | null {
  return aggregate.count === 0 ? null : aggregateStats(aggregate, covered.to - covered.from);
}
