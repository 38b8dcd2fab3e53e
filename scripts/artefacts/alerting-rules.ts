import { lookbackOf } from "../../src/alerts/metrics.ts";
import type { Rule } from "../../src/alerts/rule.ts";
import { HOUR_MS } from "../../src/merge/slot-time.ts";
import { alertExpression } from "./alert-expression.ts";
import { duration } from "./promql.ts";
import { ruleQuery } from "./rule-query.ts";
import { ruleTexts, summaryTemplate } from "./rule-texts.ts";
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
    ],
    {
      groups: [
        { name: "tachograph", interval: "15s", rules: soon.map(alertingRule) },
        { name: "tachograph-hours", interval: "1m", rules: slowly.map(alertingRule) },
        { name: "tachograph-itself", interval: "30s", rules: OF_ITSELF },
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
      runbook: texts.runbook,
    },
  };
}

const RUNBOOK = "docs/observability.md#when-prometheus-says-that-tachograph-is-not-well";

/** Whether what all the others are made of can be relied upon. */
const OF_ITSELF: readonly AlertingRule[] = [
  ofItself("scrape-fails", 'up{job=~"tachograph.*"} == 0', "5m", "critical", {
    summary: "{{ $labels.job }} at {{ $labels.instance }} cannot be scraped",
    action:
      "Read the error on Prometheus's page of targets: 401 is the token, 503 the coordinator.",
    acao: "Leia o erro na página de alvos do Prometheus: 401 é o token, 503 é o coordenador.",
  }),
  ofItself("stale", "tachograph_staleness_seconds > 120", "5m", "high", {
    summary: "Tachograph's numbers are {{ $value | humanizeDuration }} old",
    action: "Ask GET /health/deep: is coordinator.detail.tickedAt recent?",
    acao: "Consulte GET /health/deep: coordinator.detail.tickedAt é recente?",
  }),
  ofItself("shard-missing", "tachograph_shard_up == 0", "5m", "high", {
    summary:
      "Shard {{ $labels.shard }} of {{ $labels.target }} does not answer: its numbers are missing",
    action: "Ask GET /health/deep: shards.detail.missing says which, and since when.",
    acao: "Consulte GET /health/deep: shards.detail.missing diz quais e desde quando.",
  }),
  ofItself("ledger-unbalanced", "tachograph_ledger_balanced == 0", "5m", "critical", {
    summary: "Accepted timings and counted ones do not add up",
    action: "This is a defect: keep what GET /health/deep says of the ledger, and report it.",
    acao: "Isto é um defeito: guarde o que GET /health/deep diz do livro-razão e relate-o.",
  }),
  ofItself(
    "history-lost",
    "increase(tachograph_history_dropped_stretches_total[1h]) > 0",
    undefined,
    "high",
    {
      summary: "{{ $value | humanize }} stretches of history were dropped within an hour",
      action:
        "D1 has not taken history for long: look at its status, and at d1 in GET /health/deep.",
      acao: "O D1 não aceita histórico há muito tempo: veja o estado dele e d1 em GET /health/deep.",
    },
  ),
];

function ofItself(
  rule: string,
  expr: string,
  forText: string | undefined,
  severity: string,
  texts: Readonly<Record<"summary" | "action" | "acao", string>>,
): AlertingRule {
  return {
    alert: alertName(rule),
    expr,
    ...(forText !== undefined && { for: forText }),
    labels: { severity, rule },
    annotations: { ...texts, runbook: RUNBOOK },
  };
}
