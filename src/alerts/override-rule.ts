import * as v from "valibot";
import { fieldsOf, isPlainObject } from "../config-schema-parts.ts";
import { METRICS } from "./metrics.ts";
import { THRESHOLDS } from "./rule-fields.ts";
import { type ParsedRule, parseRule, ruleBody } from "./rule-schema.ts";
import type { Rule } from "./rule.ts";

/**
 * A rule with some fields replaced. Another metric makes it a whole new rule, as nothing of the old
 * one could be right. Where the threshold is replaced and the recovery threshold is not, it moves
 * along: it stays as far off, in proportion. With another comparison it is the threshold again.
 * Never throws.
 */
export function overrideRule(rule: Rule, input: unknown): ParsedRule {
  if (!isPlainObject(input)) return parseRule(input, rule.name);
  const given = fieldsOf(input);
  if (given["metric"] !== undefined && given["metric"] !== rule.measure.metric) {
    return parseRule(given, rule.name);
  }
  const { unit } = METRICS[rule.measure.metric];
  if (isTurned(rule, given["comparison"]) && given[`threshold${unit}`] === undefined) {
    const reason = `turns the default (${rule.comparison}) around; give its threshold${unit} as well`;
    return { ok: false, faults: [{ path: "comparison", reason }] };
  }
  const recovery = movedRecovery(rule, given[`threshold${unit}`], given["comparison"]);
  const body = { ...ruleBody(rule), [`recoveryThreshold${unit}`]: recovery };
  return parseRule({ ...body, ...given }, rule.name);
}

/** Whether what was too high is to be too low, or the other way round. */
function isTurned({ comparison }: Rule, given: unknown): boolean {
  return typeof given === "string" && given !== "" && given[0] !== comparison[0];
}

function movedRecovery(rule: Rule, threshold: unknown, comparison: unknown): number | undefined {
  if (comparison !== undefined && comparison !== rule.comparison) return undefined;
  const { unit } = METRICS[rule.measure.metric];
  // A threshold that is refused is one fault, not two.
  if (typeof threshold !== "number" || !v.is(THRESHOLDS[unit], threshold))
    return rule.recoveryThreshold;
  const { comparison: own, threshold: old, recoveryThreshold } = rule;
  if (unit === "Count") {
    return Math.min(Math.max(Math.round((threshold * recoveryThreshold) / old), 1), threshold);
  }
  // A rate that is too low gets better towards 1, so it is the way to there that keeps its proportion.
  const isShare = unit === "Rate" && (own === "<" || own === "<=");
  const moved = isShare
    ? 1 - ((1 - threshold) * (1 - recoveryThreshold)) / (1 - old)
    : (threshold * recoveryThreshold) / old;
  // In binary, 0.55 / 0.5 * 0.8 is 0.8800000000000001.
  return Number(moved.toPrecision(12));
}
