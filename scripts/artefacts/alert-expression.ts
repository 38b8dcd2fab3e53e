import type { Comparison } from "../../src/alerts/rule.ts";
import { selector } from "./promql.ts";
import type { RuleQuery } from "./rule-query.ts";

/**
 * When an alert begins, and when one that fires goes on: it does until its value is past the recovery
 * threshold, which Prometheus knows by the alert that it keeps itself.
 * @param alertName what the alert is called in Prometheus
 */
export function alertExpression(query: RuleQuery, alertName: string): string {
  const { threshold, recoveryThreshold, neededToBegin, excludedToBegin } = query;
  const begins = lines(query, query.threshold, {
    needed: [...query.needed, ...neededToBegin],
    excluded: [...query.excluded, ...excludedToBegin],
  });
  const goesOnByItself =
    threshold === recoveryThreshold && neededToBegin.length + excludedToBegin.length === 0;
  if (goesOnByItself) return begins.join("\n");
  const fires = selector("ALERTS", { alertname: alertName, alertstate: "firing" });
  const goesOn = lines(query, recoveryThreshold, {
    needed: [...query.needed, fires],
    excluded: query.excluded,
  });
  return ["(", ...begins.map(indented), ")", "or", "(", ...goesOn.map(indented), ")"].join("\n");
}

/**
 * The value alone, where it counts and an alert may begin with it: for Grafana, which holds it against
 * threshold and recovery threshold itself.
 */
export function valueExpression(query: RuleQuery): string {
  const { values, comparison, recoveryThreshold, on } = query;
  const [value, ...others] = values;
  return [
    value,
    ...others.map((other) => `and ${on} ${held(other, comparison, recoveryThreshold)}`),
    ...query.needed.map((one) => `and ${on} ${one}`),
    ...query.neededToBegin.map((one) => `and ${on} ${one}`),
    ...[...query.excluded, ...query.excludedToBegin].map((one) => `unless ${on} ${one}`),
  ].join("\n");
}

function lines(
  { values, comparison, on }: RuleQuery,
  threshold: number,
  others: { readonly needed: readonly string[]; readonly excluded: readonly string[] },
): string[] {
  const [value, ...further] = values.map((one) => held(one, comparison, threshold));
  return [
    value ?? "",
    ...[...further, ...others.needed].map((one) => `and ${on} ${one}`),
    ...others.excluded.map((one) => `unless ${on} ${one}`),
  ].flatMap((part) => part.split("\n"));
}

function held(value: string, comparison: Comparison, threshold: number): string {
  return `${value} ${comparison} ${threshold}`;
}

function indented(line: string): string {
  return `  ${line}`;
}
