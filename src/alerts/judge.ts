import { METRICS } from "./metrics.ts";
import type { Comparison, Rule } from "./rule.ts";

/** What a value means for a rule. */
export type Judgement =
  /** The condition holds. */
  | { readonly kind: "holds"; readonly value: number }
  /** It does not hold, but the value has not passed the recovery threshold either. */
  | { readonly kind: "between"; readonly value: number }
  | { readonly kind: "clears"; readonly value: number }
  /** There is no value. */
  | { readonly kind: "noData" };

/**
 * Holds a value against a rule.
 * @param recentOf gives the value of the last minute alone, where there is enough of it: a window that
 * still holds a burst which is clearly over must not begin an alert. Asked only where one could begin.
 */
export function judge(rule: Rule, value: number | null, recentOf: () => number | null): Judgement {
  if (value === null) return { kind: "noData" };
  const { comparison, threshold, recoveryThreshold } = rule;
  if (compares(value, comparison, threshold)) {
    const recent = recentOf();
    const isOver = recent !== null && !compares(recent, comparison, halfway(rule));
    return { kind: isOver ? "between" : "holds", value };
  }
  const isRecovered = !compares(value, comparison, recoveryThreshold);
  return { kind: isRecovered ? "clears" : "between", value };
}

/**
 * The middle between the threshold and where all is well, and twice the threshold where that has no
 * end: far enough from it that chance in a minute of few timings does not look like an end.
 */
function halfway({ comparison, threshold, measure }: Rule): number {
  const isLowBad = comparison === "<" || comparison === "<=";
  if (!isLowBad) return Math.min(threshold / 2, threshold);
  const { highIsGood } = METRICS[measure.metric];
  return Math.max(highIsGood ? (threshold + 1) / 2 : threshold * 2, threshold);
}

/** Whether `value comparison threshold` is true. */
export function compares(value: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case ">=":
      return value >= threshold;
    case ">":
      return value > threshold;
    case "<=":
      return value <= threshold;
    case "<":
      return value < threshold;
    default:
      return comparison satisfies never;
  }
}
