import type { DashboardText } from "./dashboard.ts";
import { timeSeries } from "./panels.ts";
import { ofOperation, ofTarget, perSecond, wholeWindow } from "./series.ts";
import { ERROR_GRADES } from "./thresholds.ts";

const CALLS = "tachograph_calls_total";
const FAILED = { outcome: { matcher: '=~"error|timeout"' } };

/** Of an objective of 99.5 %. */
const ALLOWED = 0.005;

function burn(window: string): { expr: string; legend: string } {
  const failed = `sum by (target) (increase(${ofTarget(CALLS, FAILED)}[${window}]))`;
  const all = `sum by (target) (increase(${ofTarget(CALLS)}[${window}]))`;
  return { expr: `${failed} / ${all} / ${ALLOWED}`, legend: `{{target}} over ${window}` };
}

/** What fails. */
export const ERRORS: DashboardText = {
  name: "errors",
  title: "Errors",
  description: "Errors and timeouts; calls that were refused for being made too often stand apart.",
  choices: ["target", "operation"],
  rows: [
    {
      title: "Whole targets",
      panels: [
        timeSeries({
          title: "Error rate, rolling 5 minutes: exact",
          unit: "percentunit",
          steps: ERROR_GRADES,
          queries: [
            { expr: wholeWindow("tachograph_window_error_ratio", "5m"), legend: "{{target}}" },
          ],
        }),
        timeSeries({
          title: "Error budget of 99.5 %: how many times too fast it burns",
          description: "Told from 14.4 on over 1 h and 5 min, and from 6 on over 6 h and 30 min.",
          steps: [{ color: "green" }, { from: 6, color: "orange" }, { from: 14.4, color: "red" }],
          queries: [burn("1h"), burn("6h")],
        }),
      ],
    },
    {
      title: "Outcomes",
      panels: [
        timeSeries({
          title: "Calls a second by outcome",
          unit: "cps",
          isStacked: true,
          queries: [{ expr: perSecond(ofOperation(CALLS), ["outcome"]), legend: "{{outcome}}" }],
        }),
        timeSeries({
          title: "What did not go well, by operation",
          unit: "cps",
          queries: [
            {
              expr: perSecond(ofOperation(CALLS, { outcome: { matcher: '!~"ok|hit|miss"' } }), [
                "target",
                "operation",
                "outcome",
              ]),
              legend: "{{target}} {{operation}} {{outcome}}",
            },
          ],
        }),
        timeSeries({
          title: "Share that the platform refused (429)",
          description: "No error. It closes the target's bucket: see the dashboard of limits.",
          unit: "percentunit",
          span: 24,
          queries: [
            {
              expr:
                `${perSecond(ofTarget(CALLS, { outcome: "rate_limited" }), ["target"])}\n` +
                `  / ${perSecond(ofTarget(CALLS), ["target"])}`,
              legend: "{{target}}",
            },
          ],
        }),
      ],
    },
  ],
};
