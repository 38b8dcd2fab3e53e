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

/** Holds a value against a rule. What a rule takes for "ok" when there is no data clears. */
export function judge(rule: Rule, value: number | null): Judgement {
  if (value === null) return { kind: "noData" };
  const { comparison, threshold, recoveryThreshold } = rule;
  if (compares(value, comparison, threshold)) return { kind: "holds", value };
  const isRecovered = !compares(value, comparison, recoveryThreshold);
  return { kind: isRecovered ? "clears" : "between", value };
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
