import type { DashboardText } from "./dashboard.ts";
import { stat, timeSeries } from "./panels.ts";
import { ofOperation, ofTarget, perSecond, wholeWindow } from "./series.ts";
import { THROUGHPUT_GRADES } from "./thresholds.ts";

const CALLS = wholeWindow("tachograph_window_calls", "5m");

function total(range: string): string {
  return `sum(increase(${ofTarget("tachograph_calls_total")}[${range}]))`;
}

/** How many calls there are, and whether that is as usual. */
export const THROUGHPUT: DashboardText = {
  name: "throughput",
  title: "Throughput",
  description: "How many calls there are, and whether that is as usual.",
  choices: ["target", "operation"],
  rows: [
    {
      title: "Counts",
      panels: [
        stat({
          title: "Calls a second",
          unit: "cps",
          span: 8,
          queries: [{ expr: `sum(${CALLS}) / 300`, legend: "calls" }],
        }),
        stat({
          title: "In the last hour",
          span: 8,
          decimals: 0,
          queries: [{ expr: total("1h"), legend: "calls" }],
        }),
        stat({
          title: "In the last day",
          span: 8,
          decimals: 0,
          queries: [{ expr: total("1d"), legend: "calls" }],
        }),
      ],
    },
    {
      title: "Over time",
      panels: [
        timeSeries({
          title: "Calls a second by target",
          unit: "cps",
          queries: [{ expr: `${CALLS} / 300`, legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Calls a second by operation",
          unit: "cps",
          isStacked: true,
          queries: [
            {
              expr: perSecond(ofOperation("tachograph_calls_total"), ["target", "operation"]),
              legend: "{{target}} {{operation}}",
            },
          ],
        }),
      ],
    },
    {
      title: "As usual?",
      panels: [
        timeSeries({
          title: "Last 5 minutes by the mean of 24 hours",
          description: "Told above 2 as a surge, below 0.5 as a drop.",
          steps: [{ color: "orange" }, { from: 0.5, color: "green" }, { from: 2, color: "red" }],
          queries: [{ expr: `${CALLS} / avg_over_time(${CALLS}[1d:5m])`, legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Mean of 6 hours by the mean of 24 hours",
          description: "What the pillar is graded by.",
          steps: THROUGHPUT_GRADES,
          queries: [
            {
              expr: `avg_over_time(${CALLS}[6h:5m]) / avg_over_time(${CALLS}[1d:5m])`,
              legend: "{{target}}",
            },
          ],
        }),
      ],
    },
  ],
};
