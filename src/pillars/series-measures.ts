import type { MeasureStats } from "../merge/measure-stats.ts";
import { lastMeasured } from "../merge/measure-stats.ts";
import type { MeasureName } from "../measures.ts";

/** The values of a measure that is added up; null if there are none. */
export interface Measured {
  readonly count: number;
  readonly sum: number;
}

/** What several series measured together; null if none of them did. */
export function measuredTogether(all: readonly MeasureStats[], name: MeasureName): Measured | null {
  let [count, sum] = [0, 0];
  for (const stats of all) {
    const stat = stats[name];
    if (stat === undefined || !("sum" in stat)) continue;
    count += stat.count;
    sum += stat.sum;
  }
  return count === 0 ? null : { count, sum };
}

/** The sum of a measure over several series; null if none of them has it. */
export function sumMeasured(all: readonly MeasureStats[], name: MeasureName): number | null {
  return measuredTogether(all, name)?.sum ?? null;
}

/** The mean of a measure over several series; null if none of them has it. */
export function meanMeasured(all: readonly MeasureStats[], name: MeasureName): number | null {
  const measured = measuredTogether(all, name);
  return measured === null ? null : measured.sum / measured.count;
}

/** The newest value of each series, added up; null if none of them has one. */
export function lastTogether(all: readonly MeasureStats[], name: MeasureName): number | null {
  const known = all.flatMap((stats) => lastMeasured(stats, name) ?? []);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
