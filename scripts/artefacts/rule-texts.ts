import { measureOf, METRICS, percentileOf } from "../../src/alerts/metrics.ts";
import type { Rule } from "../../src/alerts/rule.ts";
import { describeAlert } from "../../src/notify/describe-alert.ts";
import { runbookUrl } from "./docs-address.ts";

/** What alerts of a rule say of it, whatever the series. */
interface RuleTexts {
  /** `p95 ≥ 1,000 ms`. */
  readonly condition: string;
  readonly action: Readonly<Record<"en" | "pt-BR", string>>;
  /** Where the runbook has it. */
  readonly runbookUrl: string;
}

/** The texts of a rule: those that Tachograph's own messages have. */
export function ruleTexts(rule: Rule): RuleTexts {
  const { condition } = describeAlert(
    {
      alertId: "",
      event: "firing",
      rule: rule.name,
      target: "",
      operation: "",
      severity: rule.severity,
      metric: rule.measure.metric,
      percentile: percentileOf(rule.measure),
      measure: measureOf(rule.measure),
      comparison: rule.comparison,
      unit: METRICS[rule.measure.metric].unit,
      threshold: rule.threshold,
      value: null,
      since: 0,
      firedAt: 0,
      resolvedAt: null,
      resolvedReason: null,
      acknowledgedBy: null,
      repeats: 0,
      action: rule.action,
    },
    {
      language: "en",
      timeZone: "UTC",
      dashboardUrl: null,
      tenant: "default",
      idempotencyKey: rule.name,
      nowMs: 0,
    },
  );
  return { condition, action: rule.action, runbookUrl: runbookUrl(`alerts.md#${rule.name}`) };
}

/**
 * A template's text for where an alert is and what was measured.
 * @param value how templates name the value: `$value`, or `$values.A.Value` in Grafana
 */
export function summaryTemplate(
  rule: Rule,
  { condition }: RuleTexts,
  value: string,
  tellsValue: boolean,
): string {
  const operation = rule.scope.operations === "whole" ? "" : " {{ $labels.operation }}";
  const measured = tellsValue ? `, measured ${valueTemplate(rule, value)}` : "";
  return `{{ $labels.target }}${operation}: ${condition}${measured}`;
}

function valueTemplate(rule: Rule, value: string): string {
  const { metric } = rule.measure;
  const { unit } = METRICS[metric];
  if (unit === "Rate") return `{{ ${value} | humanizePercentage }}`;
  if (unit === "Ratio") return `{{ printf "%.2f" ${value} }} ×`;
  return unit === "Ms" || metric === "meanMeasure"
    ? `{{ ${value} | humanizeDuration }}`
    : `{{ ${value} | humanize }}`;
}
