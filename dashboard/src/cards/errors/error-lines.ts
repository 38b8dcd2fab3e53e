import { countsForErrors } from "../../../../src/pillars/pillar-kinds.ts";
import { foldTotals, type StepRange, type TotalsStep } from "../../history/fold-totals.ts";
import type { TotalsPoint } from "../../../../src/api/totals-answer.ts";

/** What was counted in each step, of all kinds of targets that count for errors. */
export function errorSteps(points: readonly TotalsPoint[], range: StepRange): TotalsStep[] {
  return foldTotals(
    points.filter(({ kind }) => countsForErrors(kind)),
    range,
  );
}
