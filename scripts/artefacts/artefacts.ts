import { DEFAULT_RULES } from "../../src/alerts/default-rules.ts";
import { dashboard } from "../grafana/dashboard.ts";
import { DASHBOARDS } from "../grafana/dashboards.ts";
import { alertingRulesText } from "./alerting-rules.ts";
import { alertmanagerText } from "./alertmanager-text.ts";
import { grafanaAlertsText } from "./grafana-alerts.ts";
import { recordingRulesText } from "./recording-rules.ts";

/** Every file that is made and committed, as path below the repository and text. */
export function artefacts(): ReadonlyMap<string, string> {
  return new Map([
    ["prometheus/alerting-rules.yml", alertingRulesText(DEFAULT_RULES)],
    ["prometheus/recording-rules.yml", recordingRulesText(DEFAULT_RULES)],
    ["prometheus/alertmanager.yml", alertmanagerText(DEFAULT_RULES)],
    ["grafana/alerting/rules.yaml", grafanaAlertsText(DEFAULT_RULES)],
    ...DASHBOARDS.map((text): [string, string] => [
      `grafana/dashboards/${text.name}.json`,
      `${JSON.stringify(dashboard(text), null, 2)}\n`,
    ]),
  ]);
}
