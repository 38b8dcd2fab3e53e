import type { DashboardText } from "./dashboard.ts";
import { bars, stat, table, timeSeries } from "./panels.ts";
import { ofTarget, ofTenant, wholeWindow } from "./series.ts";
import { selector } from "../artefacts/promql.ts";
import { ERROR_GRADES, NONE_IS_GOOD, P95_GRADES, SCORE_GRADES } from "./thresholds.ts";

const P95 = wholeWindow("tachograph_window_latency_seconds", "5m", { percentile: "p95" });
const CALLS = wholeWindow("tachograph_window_calls", "5m");
const ERRORS = wholeWindow("tachograph_window_error_ratio", "5m");
const FIRING = { state: "firing" };
const OPEN = ofTenant("tachograph_alert_active", FIRING);
const WINDOW_OF_ALL = selector("tachograph_window_calls", { operation: "*", window: "5m" });

/** How everything stands, and which target to look at. */
export const OVERVIEW: DashboardText = {
  name: "overview",
  title: "Overview",
  description: "How everything stands, and which target to look at.",
  choices: ["target"],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Status",
          description: "Never better than WARNING while a CRITICAL alert fires.",
          queries: [{ expr: `${ofTenant("tachograph_status")} == 1`, legend: "{{status}}" }],
          showsName: true,
        }),
        stat({
          title: "Health score",
          decimals: 1,
          steps: SCORE_GRADES,
          queries: [{ expr: ofTenant("tachograph_health_score"), legend: "{{tenant}}" }],
        }),
        stat({
          title: "Alerts firing",
          steps: NONE_IS_GOOD,
          queries: [{ expr: `count(${OPEN}) or vector(0)`, legend: "firing" }],
        }),
        stat({
          title: "Calls a second",
          unit: "cps",
          queries: [{ expr: `sum(${CALLS}) / 300`, legend: "calls" }],
        }),
      ],
    },
    {
      title: "Pillars and targets",
      panels: [
        bars({
          title: "Pillars",
          description: "Scores up to 10; those without data are missing.",
          span: 8,
          max: 10,
          steps: SCORE_GRADES,
          queries: [{ expr: ofTenant("tachograph_pillar_score"), legend: "{{pillar}}" }],
        }),
        table({
          title: "Targets, last 5 minutes",
          span: 16,
          height: 8,
          rows: { target: "Target", kind: "Kind" },
          columns: [
            { expr: CALLS, legend: "Calls", decimals: 0 },
            {
              expr: wholeWindow("tachograph_window_latency_seconds", "5m", { percentile: "p50" }),
              legend: "p50",
              unit: "s",
            },
            { expr: P95, legend: "p95", unit: "s", steps: P95_GRADES },
            {
              expr: wholeWindow("tachograph_window_latency_seconds", "5m", { percentile: "p99" }),
              legend: "p99",
              unit: "s",
            },
            { expr: ERRORS, legend: "Errors", unit: "percentunit", steps: ERROR_GRADES },
          ],
        }),
      ],
    },
    {
      title: "Over time",
      panels: [
        timeSeries({
          title: "p95 by target, 5 minutes",
          unit: "s",
          steps: P95_GRADES,
          queries: [{ expr: P95, legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Error rate by target, 5 minutes",
          unit: "percentunit",
          steps: ERROR_GRADES,
          queries: [{ expr: ERRORS, legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Calls a second by target",
          unit: "cps",
          queries: [{ expr: `${CALLS} / 300`, legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Grades by target and aspect",
          description: "10 is the best, 2 the worst.",
          max: 10,
          queries: [
            {
              expr: ofTarget("tachograph_grade_score", { operation: "*" }),
              legend: "{{target}} {{aspect}}",
            },
          ],
        }),
      ],
    },
    {
      title: "Every tenant",
      panels: [
        table({
          title: "Tenants",
          description: "All of them, whichever is chosen: everything else shows the chosen one.",
          height: 6,
          rows: { tenant: "Tenant" },
          columns: [
            {
              expr: "max by (tenant) (tachograph_health_score)",
              legend: "Health score",
              decimals: 1,
              steps: SCORE_GRADES,
            },
            {
              expr: `count by (tenant) (${selector("tachograph_alert_active", FIRING)})`,
              legend: "Alerts firing",
              steps: NONE_IS_GOOD,
            },
            { expr: `sum by (tenant) (${WINDOW_OF_ALL}) / 300`, legend: "Calls", unit: "cps" },
            {
              expr: "max by (tenant) (tachograph_staleness_seconds)",
              legend: "Age of the numbers",
              unit: "s",
            },
          ],
        }),
      ],
    },
  ],
};
