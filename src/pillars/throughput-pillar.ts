import type { MinuteCounts } from "../merge/minute-counts.ts";
import type { SeriesView } from "./series-view.ts";
import type { TargetKind } from "../target-kind.ts";
import { eventsOf } from "./pillar-kinds.ts";
import type { ThroughputPillar } from "./pillar-views.ts";
import { throughputMeans } from "./throughput-means.ts";
import { trendOf } from "./trend.ts";

/** The counts by the minute that throughput is made of. */
export type ThroughputMinutes = Pick<MinuteCounts, "targets" | "meanPerMinute" | "lastTimingAt">;

export interface ThroughputInput {
  readonly minutes: ThroughputMinutes;
  readonly kindOf: (target: string) => TargetKind;
  readonly nowMs: number;
}

/**
 * Grades throughput: the last 6 hours against the last 24. A target that has fallen silent counts
 * as long as its minutes are kept, so that silence is a decrease and not a lack of data.
 * @param wholes whole targets, by name.
 */
export function throughputPillar(
  wholes: readonly SeriesView[],
  { minutes, kindOf, nowMs }: ThroughputInput,
): ThroughputPillar | null {
  const known = [...minutes.targets]
    .filter((target) => minutes.lastTimingAt(target, nowMs) !== null)
    .map((target) => ({ target, kind: kindOf(target) }));
  const events = eventsOf(known);
  if (events.targets.length === 0) return null;
  const names = new Set(events.targets.map(({ target }) => target));
  const counted = wholes.filter(({ target }) => names.has(target));
  const perMinute = counted.reduce((sum, { windows }) => sum + windows["1m"].count, 0);
  const means = throughputMeans([...names], minutes);
  const { mean6hPerMinute, mean24hPerMinute, grade } = means;
  return {
    ...grade,
    events: events.of,
    targetCount: names.size,
    perSecond: perMinute / 60,
    perMinute,
    perHour: counted.reduce((sum, { windows }) => sum + windows["1h"].count, 0),
    mean6hPerMinute,
    mean24hPerMinute,
    trend: trendOf(mean6hPerMinute, mean24hPerMinute),
  };
}
