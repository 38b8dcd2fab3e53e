import { lookbackOf } from "../../src/alerts/metrics.ts";
import type { Rule } from "../../src/alerts/rule.ts";
import { HOUR_MS } from "../../src/merge/slot-time.ts";
import { alertExpression } from "./alert-expression.ts";
import { DOCS_URL_LINES, runbookUrl } from "./docs-address.ts";
import { duration } from "./promql.ts";
import { ruleQuery } from "./rule-query.ts";
import { ruleTexts, summaryTemplate } from "./rule-texts.ts";
import { RULES_OF_ITSELF, type RuleOfItself } from "./rules-of-itself.ts";
import { MADE_BY, yamlText } from "./yaml-text.ts";

/** An alerting rule as Prometheus reads it. */
interface AlertingRule {
  /** Written above it. */
  readonly comment?: string;
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Of the rules about Tachograph itself. */
const RUNBOOK = "observability.md#when-prometheus-says-that-tachograph-is-not-well";

/** How alerts of a rule are called: `TachographNoData` of `no-data`. */
export function alertName(rule: string): string {
  const words = rule.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `Tachograph${words.join("")}`;
}

/**
 * The text of prometheus/alerting-rules.yml. What looks back on hours is asked less often: it changes
 * slowly, and costs the more.
 */
export function alertingRulesText(rules: readonly Rule[]): string {
  const { soon = [], slowly = [] } = Object.groupBy(rules, ({ measure }) =>
    lookbackOf(measure) > HOUR_MS ? "slowly" : "soon",
  );
  return yamlText(
    [
      MADE_BY,
      "",
      "Tachograph's default rules, evaluated by Prometheus over GET /metrics: the same thresholds,",
      "windows, times and least volumes, and an alert that fires goes on until its value is past the",
      "recovery threshold. What differs is in docs/observability.md. For Prometheus 2.42 and later.",
      "",
      ...DOCS_URL_LINES,
    ],
    {
      groups: [
        { name: "tachograph", interval: "15s", rules: soon.map(alertingRule) },
        { name: "tachograph-hours", interval: "1m", rules: slowly.map(alertingRule) },
        { name: "tachograph-itself", interval: "30s", rules: RULES_OF_ITSELF.map(ruleOfItself) },
      ],
    },
  );
}

function alertingRule(rule: Rule): AlertingRule {
  const query = ruleQuery(rule);
  const texts = ruleTexts(rule);
  const name = alertName(rule.name);
  return {
    ...(query.note !== undefined && { comment: query.note }),
    alert: name,
    expr: alertExpression(query, name),
    ...(rule.forMs > 0 && { for: duration(rule.forMs) }),
    ...(rule.keepFiringForMs > 0 && { keep_firing_for: duration(rule.keepFiringForMs) }),
    labels: { severity: rule.severity.toLowerCase(), rule: rule.name },
    annotations: {
      summary: summaryTemplate(rule, texts, "$value", query.tellsValue),
      action: texts.action.en,
      acao: texts.action["pt-BR"],
      runbook_url: texts.runbookUrl,
    },
  };
}

function ruleOfItself({ name, expr, forMs, severity, ...texts }: RuleOfItself): AlertingRule {
  return {
    alert: alertName(name),
    expr,
    ...(forMs > 0 && { for: duration(forMs) }),
    labels: { severity: severity.toLowerCase(), rule: name },
    annotations: { ...texts, runbook_url: runbookUrl(RUNBOOK) },
  };
}
