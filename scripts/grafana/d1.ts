import type { DashboardText } from "./dashboard.ts";
import { table, timeSeries } from "./panels.ts";
import { mean, ofOperation, ofTarget, perSecond, quantile, RATE } from "./series.ts";
import type { Steps } from "./thresholds.ts";

const KIND = { kind: "d1" };
const BY = ["target", "operation"];
const LEGEND = "{{target}} {{operation}}";

/** What a mean costs in points, seconds: 0.5 costs two, 1 three. */
const MEAN_STEPS: Steps = [
  { color: "green" },
  { from: 0.5, color: "orange" },
  { from: 1, color: "red" },
];

function byCall(counter: string): string {
  const calls = perSecond(ofTarget("tachograph_calls_total", KIND), ["target"]);
  return `${perSecond(ofTarget(counter, KIND), ["target"])}\n  / ${calls}`;
}

function counted(counter: string): string {
  return perSecond(ofOperation(counter, KIND), BY);
}

/** What the databases do. */
export const D1: DashboardText = {
  name: "d1",
  title: "D1",
  description: "Which queries are slow, how long statements wait, and what they read.",
  choices: ["target", "operation"],
  kind: "d1",
  rows: [
    {
      title: "Queries",
      panels: [
        table({
          title: "Ten slowest by mean",
          height: 10,
          rows: { target: "Database", operation: "Query" },
          columns: [
            {
              expr: `topk(10, ${mean(KIND, BY)})`,
              legend: "Mean",
              unit: "s",
              steps: MEAN_STEPS,
            },
          ],
          span: 12,
        }),
        timeSeries({
          title: "Mean by query",
          height: 10,
          unit: "s",
          exemplars: true,
          steps: MEAN_STEPS,
          queries: [{ expr: mean(KIND, BY), legend: LEGEND }],
        }),
        timeSeries({
          title: "p95 by query",
          unit: "s",
          exemplars: true,
          queries: [{ expr: quantile(0.95, KIND, BY), legend: LEGEND }],
        }),
        timeSeries({
          title: "Executions a second",
          unit: "cps",
          queries: [{ expr: counted("tachograph_calls_total"), legend: LEGEND }],
        }),
      ],
    },
    {
      title: "Databases",
      panels: [
        timeSeries({
          title: "Waiting by statement, mean",
          description: "Wall time less what the engine itself took. Told above 200 ms.",
          unit: "s",
          steps: [{ color: "green" }, { from: 0.1, color: "yellow" }, { from: 0.2, color: "red" }],
          queries: [{ expr: byCall("tachograph_wait_seconds_total"), legend: "{{target}} waits" }],
        }),
        timeSeries({
          title: "The engine's own time by statement, mean",
          unit: "s",
          queries: [{ expr: byCall("tachograph_sql_seconds_total"), legend: "{{target}} works" }],
        }),
        timeSeries({
          title: "Rows read a second",
          unit: "rowsps",
          queries: [{ expr: counted("tachograph_rows_read_total"), legend: LEGEND }],
        }),
        timeSeries({
          title: "Rows written a second",
          unit: "rowsps",
          queries: [{ expr: counted("tachograph_rows_written_total"), legend: LEGEND }],
        }),
        timeSeries({
          title: "Size",
          unit: "bytes",
          steps: [{ color: "green" }, { from: 500e6, color: "orange" }],
          queries: [
            {
              expr: `max by (target) (${ofTarget("tachograph_size_bytes", KIND)})`,
              legend: "{{target}}",
            },
          ],
        }),
        timeSeries({
          title: "Calls above their threshold",
          description: "By the threshold that whoever makes the call gave it.",
          unit: "cps",
          queries: [
            {
              expr: `sum by (target) (rate(${ofTarget("tachograph_slow_calls_total", KIND)}[${RATE}]))`,
              legend: "{{target}}",
            },
          ],
        }),
      ],
    },
  ],
};
