import { not } from "../artefacts/promql.ts";
import type { DashboardText } from "./dashboard.ts";
import { stat, timeSeries } from "./panels.ts";
import { ofOperation, ofTarget, perSecond, wholeWindow } from "./series.ts";
import { THROUGHPUT_GRADES } from "./thresholds.ts";

const CALLS = wholeWindow("tachograph_window_calls", "5m");

function total(range: string): string {
  return `sum(increase(${ofTarget("tachograph_calls_total")}[${range}]))`;
}

/** Probes run by a timetable: how often says nothing. */
const COUNTED = ofTarget("tachograph_calls_total", { kind: not("probe") });

/**
 * Calls of a range by those of a day, each by the second. `rate` divides by the whole range, silence
 * included, as Tachograph does; and like it this says nothing of a target that is not a day old.
 */
function asUsual(range: string): string {
  const [newer, day] = [range, "1d"].map((one) => `sum by (target) (rate(${COUNTED}[${one}]))`);
  const there = `sum by (target) (present_over_time(${COUNTED}[1h] offset 1d))`;
  return `${newer} / (${day} > 0)\n  and on (target) ${there}`;
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
          queries: [{ expr: asUsual("5m"), legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Mean of 6 hours by the mean of 24 hours",
          description: "What a target is graded by, and all of them together the pillar.",
          steps: THROUGHPUT_GRADES,
          queries: [{ expr: asUsual("6h"), legend: "{{target}}" }],
        }),
      ],
    },
  ],
};
