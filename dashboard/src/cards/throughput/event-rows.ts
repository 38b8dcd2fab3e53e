import { WHOLE_TARGET } from "../../../../src/names.ts";
import { countsForErrors } from "../../../../src/pillars/pillar-kinds.ts";
import type { ThroughputPillar } from "../../../../src/pillars/pillar-views.ts";
import type { TargetKind } from "../../../../src/target-kind.ts";
import type { LiveState } from "../../../../src/stream/live-state.ts";

/** How many events are of one target. */
interface EventRow {
  readonly target: string;
  readonly perSecond: number;
  readonly perMinute: number;
  readonly perHour: number;
}

/** Whether timings of a target of this kind are events. `all`: those of all kinds but probes. */
export function isEventKind(kind: TargetKind, events: ThroughputPillar["events"]): boolean {
  return events === "all" ? countsForErrors(kind) : kind === events;
}

/** The targets whose timings within the hour are events, those with the most first. */
export function eventRows(
  series: LiveState["series"],
  events: ThroughputPillar["events"],
): EventRow[] {
  const rows: EventRow[] = [];
  for (const { target, kind, operation, windows } of series.values()) {
    if (operation !== WHOLE_TARGET || !isEventKind(kind, events)) continue;
    const { count: perHour } = windows["1h"];
    if (perHour === 0) continue;
    const { count: perMinute, perSecond } = windows["1m"];
    rows.push({ target, perSecond, perMinute, perHour });
  }
  return rows.toSorted(
    (left, right) => right.perHour - left.perHour || (left.target < right.target ? -1 : 1),
  );
}
