import { foldTotals, type StepRange, type TotalsStep } from "../../history/fold-totals.ts";
import type { TotalsPoint } from "../../../../src/api/totals-answer.ts";

/** What was looked up in caches in each step. */
export function lookupSteps(points: readonly TotalsPoint[], range: StepRange): TotalsStep[] {
  return foldTotals(
    points.filter(({ kind }) => kind === "cache"),
    range,
  );
}
