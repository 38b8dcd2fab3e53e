import { TypeThresholdBuilder } from "@grafana/grafana-foundation-sdk/expr";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import type { Comparison, Rule } from "../../src/alerts/rule.ts";
import { valueExpression } from "./alert-expression.ts";
import { alertName } from "./alerting-rules.ts";
import { DOCS_URL_LINES } from "./docs-address.ts";
import { duration } from "./promql.ts";
import { opposite, ruleQuery, type RuleQuery } from "./rule-query.ts";
import { ruleTexts, summaryTemplate } from "./rule-texts.ts";
import { MADE_BY, yamlText } from "./yaml-text.ts";

/** The data source of provisioning/datasources; another one's uid takes its place by `sed`. */
const DATA_SOURCE_UID = "tachograph-prometheus";

/** How Grafana calls the data source that holds values against thresholds. */
const EXPRESSION_UID = "__expr__";

const EVALUATORS = { ">=": "gte", ">": "gt", "<=": "lte", "<": "lt" } as const satisfies Readonly<
  Record<Comparison, string>
>;

/** How far back an instant query is told to look: it looks at one moment, whatever this says. */
const RANGE_S = 600;

/** The text of grafana/alerting/rules.yaml: Grafana's own alerting, as it is provisioned from files. */
export function grafanaAlertsText(rules: readonly Rule[]): string {
  return yamlText(
    [
      MADE_BY,
      "",
      "Tachograph's default rules for Grafana 11.6 and later: copy to provisioning/alerting. They ask",
      `the Prometheus whose uid is ${DATA_SOURCE_UID}; for another one put its uid in that place.`,
      "Prometheus itself needs none of these: use one of both, or people are told twice.",
      "",
      ...DOCS_URL_LINES,
    ],
    {
      apiVersion: 1,
      groups: [
        {
          orgId: 1,
          name: "tachograph",
          folder: "Tachograph",
          interval: "1m",
          rules: rules.map(grafanaRule),
        },
      ],
    },
  );
}

function grafanaRule(rule: Rule): object {
  const query = ruleQuery(rule);
  const texts = ruleTexts(rule);
  return {
    ...(query.note !== undefined && { comment: query.note }),
    uid: `tachograph-${rule.name}`,
    title: alertName(rule.name),
    condition: "B",
    data: [valueQuery(query), thresholdQuery(query)],
    // As in Prometheus: where there is nothing to measure, nothing fires.
    noDataState: "OK",
    execErrState: "Error",
    for: duration(rule.forMs),
    keepFiringFor: duration(rule.keepFiringForMs),
    annotations: {
      summary: summaryTemplate(rule, texts, "$values.A.Value", query.tellsValue),
      action: texts.action.en,
      acao: texts.action["pt-BR"],
      runbook_url: texts.runbookUrl,
    },
    labels: { severity: rule.severity.toLowerCase(), rule: rule.name },
    isPaused: false,
  };
}

function valueQuery(query: RuleQuery): object {
  return {
    refId: "A",
    relativeTimeRange: { from: RANGE_S, to: 0 },
    datasourceUid: DATA_SOURCE_UID,
    model: new DataqueryBuilder().refId("A").expr(valueExpression(query)).instant().build(),
  };
}

/** An alert that fires goes on until its value is past the recovery threshold. */
function thresholdQuery({ comparison, threshold, recoveryThreshold }: RuleQuery): object {
  const recovers = threshold !== recoveryThreshold && {
    unloadEvaluator: {
      type: EVALUATORS[opposite(comparison)],
      params: [recoveryThreshold],
    },
  };
  const evaluator = { type: EVALUATORS[comparison], params: [threshold] };
  return {
    refId: "B",
    relativeTimeRange: { from: RANGE_S, to: 0 },
    datasourceUid: EXPRESSION_UID,
    model: new TypeThresholdBuilder()
      .refId("B")
      .expression("A")
      .datasource({ type: EXPRESSION_UID, uid: EXPRESSION_UID })
      .conditions([{ evaluator, ...recovers }])
      .build(),
  };
}
