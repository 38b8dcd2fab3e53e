import type { SeriesFacts } from "./facts.ts";
import type { Rule } from "./rule.ts";

/**
 * The value that a probe found in the run that a rule of `failing` looks at. Null if that run found
 * none: the value of an earlier one would mislead. Undefined for any other rule, and without a run.
 */
export function foundBy({ measure }: Rule, series: SeriesFacts): number | null | undefined {
  if (measure.metric !== "lastMeasure" || measure.measure !== "failing") return undefined;
  const { failing, value } = series.window(measure.window).measures;
  if (failing === undefined || !("last" in failing)) return undefined;
  if (value === undefined || !("last" in value)) return null;
  return value.lastAt === failing.lastAt ? value.last : null;
}
