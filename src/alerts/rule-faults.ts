import type { ConfigFault } from "../config-schema-parts.ts";
import { compares } from "./judge.ts";
import { type Metric, type MetricName, type Rule, UNITS } from "./rule.ts";

/** Metrics that are known of single operations, too. */
const OF_OPERATIONS: readonly MetricName[] = ["latency", "meanLatency", "errorRate", "hitRate"];

/** Metrics without a volume: their threshold is one. */
const WITHOUT_VOLUME: readonly MetricName[] = ["consecutiveErrors"];

/** What is wrong with a rule whose fields are right each by itself. Paths are the input's. */
export function ruleFaults(rule: Rule): readonly ConfigFault[] {
  const { metric } = rule.measure;
  const faults = [...windowFaults(rule), ...thresholdFaults(rule)];
  if (rule.scope.operations !== "whole" && !OF_OPERATIONS.includes(metric)) {
    const reason = `must be "whole": ${metric} is known of whole targets only`;
    faults.push({ path: "operations", reason });
  }
  if (rule.minCount > 0 && WITHOUT_VOLUME.includes(metric)) {
    faults.push({ path: "minCount", reason: `must be 0: ${metric} has no volume` });
  }
  if (rule.inhibits.includes(rule.name)) {
    faults.push({ path: "inhibits", reason: "must not name the rule itself" });
  }
  return faults;
}

function windowFaults({ measure, threshold, forMs }: Rule): ConfigFault[] {
  if (measure.metric === "budgetBurn" && measure.shortWindowMs >= measure.longWindowMs) {
    const reason = `must be less than longWindowMs (${measure.longWindowMs}), got ${measure.shortWindowMs}`;
    return [{ path: "shortWindowMs", reason }];
  }
  if (measure.metric === "noData" && threshold + forMs >= measure.lookbackMs) {
    const reason =
      `must be more than thresholdMs and forMs together (${threshold + forMs}), got ` +
      `${measure.lookbackMs}: what was silent for longer is not missed any more`;
    return [{ path: "lookbackMs", reason }];
  }
  return [];
}

function thresholdFaults(rule: Rule): ConfigFault[] {
  const { measure, comparison, threshold, recoveryThreshold } = rule;
  const name = `threshold${UNITS[measure.metric]}`;
  const largest = largestValue(measure);
  const isOf = (value: number, limit: number): boolean => compares(value, comparison, limit);
  if (isOf(0, threshold) && isOf(largest, threshold)) {
    return [{ path: name, reason: `always holds: no value is not ${comparison} ${threshold}` }];
  }
  if (!isOf(0, threshold) && !isOf(largest, threshold)) {
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
  if (isOf(0, recoveryThreshold) && isOf(largest, recoveryThreshold)) {
    const reason = `never lets the alert end: every value is ${comparison} ${recoveryThreshold}`;
    return [{ path, reason }];
  }
  return [];
}

/** The largest value that a metric can have; the smallest of each is 0. */
function largestValue(measure: Metric): number {
  if (measure.metric === "budgetBurn") return 1 / (1 - measure.objective);
  return UNITS[measure.metric] === "Rate" ? 1 : Infinity;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
