import type { ConfigFault } from "../config-schema-parts.ts";
import { compares } from "./judge.ts";
import { largestValue, measureFaults, METRICS, smallestValue } from "./metrics.ts";
import type { Rule } from "./rule.ts";

/** What is wrong with a rule whose fields are right each by itself. Paths are the input's. */
export function ruleFaults(rule: Rule): readonly ConfigFault[] {
  const { metric } = rule.measure;
  const faults = [...measureFaults(rule.measure, rule), ...thresholdFaults(rule)];
  if (rule.scope.operations !== "whole" && !METRICS[metric].isOfOperations) {
    const reason = `must be "whole": ${metric} is known of whole targets only`;
    faults.push({ path: "operations", reason });
  }
  if (rule.minCount > 0 && !METRICS[metric].hasVolume) {
    faults.push({ path: "minCount", reason: `must be 0: ${metric} has no volume` });
  }
  if (rule.inhibits.includes(rule.name)) {
    faults.push({ path: "inhibits", reason: "must not name the rule itself" });
  }
  return faults;
}

function thresholdFaults(rule: Rule): ConfigFault[] {
  const { measure, comparison, threshold, recoveryThreshold } = rule;
  const name = `threshold${METRICS[measure.metric].unit}`;
  const largest = largestValue(measure);
  const smallest = smallestValue(measure);
  const isOf = (value: number, limit: number): boolean => compares(value, comparison, limit);
  if (isOf(smallest, threshold) && isOf(largest, threshold)) {
    return [{ path: name, reason: `always holds: no value is not ${comparison} ${threshold}` }];
  }
  if (!isOf(smallest, threshold) && !isOf(largest, threshold)) {
    const most = Number.isFinite(largest) ? ` (the largest is ${round(largest)})` : "";
    return [{ path: name, reason: `never holds: no value is ${comparison} ${threshold}${most}` }];
  }
  const path = `recoveryT${name.slice(1)}`;
  const isUpper = comparison === ">=" || comparison === ">";
  if (isUpper ? recoveryThreshold > threshold : recoveryThreshold < threshold) {
    const side = isUpper ? "at most" : "at least";
    const reason =
      `must be ${side} ${name} (${threshold}), got ${recoveryThreshold}: the alert ends where ` +
      `the value is no more ${comparison} it`;
    return [{ path, reason }];
  }
  if (isOf(smallest, recoveryThreshold) && isOf(largest, recoveryThreshold)) {
    const reason = `never lets the alert end: every value is ${comparison} ${recoveryThreshold}`;
    return [{ path, reason }];
  }
  return [];
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
