import type { TrailPoint } from "../live/live-trail.ts";
import type { TotalsStep } from "./fold-totals.ts";

/** Values of minutes as points of a live line, which has the last minute's at each tick. */
export function pastMinutes(
  steps: readonly TotalsStep[],
  values: readonly (number | null)[],
  stepMs: number,
): TrailPoint[] {
  return steps.map(({ at }, index) => ({ at: at + stepMs, values: [values[index] ?? null] }));
}
