import type { ThroughputPillar } from "../../../../src/pillars/pillar-views.ts";
import { foldTotals, type StepRange, type TotalsStep } from "../../history/fold-totals.ts";
import type { TotalsPoint } from "../../../../src/api/totals-answer.ts";
import { isEventKind } from "./event-rows.ts";

/**
 * What was counted in each step of the targets whose timings are events.
 *
 * @param events - their kind, or `all` of them but probes.
 */
export function eventSteps(
  points: readonly TotalsPoint[],
  range: StepRange,
  events: ThroughputPillar["events"],
): TotalsStep[] {
  return foldTotals(
    points.filter(({ kind }) => isEventKind(kind, events)),
    range,
  );
}
