import type { DashboardText } from "./dashboard.ts";
import { stat, table, timeSeries } from "./panels.ts";
import { ofTarget } from "./series.ts";
import { NONE_IS_GOOD } from "./thresholds.ts";

const OPEN = "tachograph_alert_active";

function firing(severity: string): string {
  return `count(${ofTarget(OPEN, { severity, state: "firing" })}) or vector(0)`;
}

/** What Tachograph itself has found; Prometheus's own rules are in its list of alerts. */
export const ALERTS: DashboardText = {
  name: "alerts",
  title: "Alerts and probes",
  description:
    "What Tachograph itself has found; what Prometheus finds is in Grafana's alert list.",
  choices: ["target"],
  rows: [
    {
      title: "Open",
      panels: [
        ...["CRITICAL", "HIGH", "MEDIUM"].map((severity) =>
          stat({
            title: severity,
            span: 8,
            steps: NONE_IS_GOOD,
            queries: [{ expr: firing(severity), legend: severity }],
          }),
        ),
        table({
          title: "Every open alert",
          description: "docs/alerts.md has what each rule means and what to do.",
          rows: {
            severity: "Severity",
            state: "State",
            rule: "Rule",
            target: "Target",
            operation: "Operation",
          },
          columns: [{ expr: ofTarget(OPEN), legend: "Open" }],
        }),
        timeSeries({
          title: "Open alerts by rule",
          span: 24,
          isStacked: true,
          queries: [
            {
              expr: `count by (rule) (${ofTarget(OPEN, { state: "firing" })})`,
              legend: "{{rule}}",
            },
          ],
        }),
      ],
    },
    {
      title: "Probes",
      panels: [
        timeSeries({
          title: "Failing",
          max: 1,
          queries: [
            { expr: ofTarget("tachograph_probe_failing"), legend: "{{target}} {{operation}}" },
          ],
        }),
        timeSeries({
          title: "What they found",
          queries: [
            { expr: ofTarget("tachograph_probe_value"), legend: "{{target}} {{operation}}" },
          ],
        }),
      ],
    },
  ],
};
