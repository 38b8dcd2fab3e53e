import type { MeasureTotals } from "../histogram/measure-totals.ts";
import { inUnit, MEASURES, type MeasureName } from "../measures.ts";

/** What is known of one measure over a stretch of time, in its unit. */
export type MeasureStat =
  | { readonly count: number; readonly sum: number; readonly mean: number }
  /** The newest value, and when it was: epoch milliseconds. */
  | { readonly count: number; readonly last: number; readonly lastAt: number };

/** By the name of the measure; those without a value are absent. */
export type MeasureStats = { readonly [Name in MeasureName]?: MeasureStat };

const NOTHING: MeasureStats = {};

/** The numbers of what was merged. */
export function measureStats(totals: MeasureTotals | undefined): MeasureStats {
  if (totals === undefined || totals.size === 0) return NOTHING;
  const stats: { [Name in MeasureName]?: MeasureStat } = {};
  for (const [code, { count, parts, at }] of totals) {
    const measure = MEASURES[code];
    if (measure === undefined || count === 0) continue;
    const value = inUnit(code, parts);
    stats[measure.name] =
      measure.kind === "sum"
        ? { count, sum: value, mean: value / count }
        : { count, last: value, lastAt: at };
  }
  return stats;
}

/** The mean of a measure that is added up; null where it has no value. */
export function measuredMean(stats: MeasureStats, name: MeasureName): number | null {
  const stat = stats[name];
  return stat !== undefined && "mean" in stat ? stat.mean : null;
}

/** The newest value of a measure of which the newest is kept; null where it has none. */
export function lastMeasured(stats: MeasureStats, name: MeasureName): number | null {
  const stat = stats[name];
  return stat !== undefined && "last" in stat ? stat.last : null;
}
