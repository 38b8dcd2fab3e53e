import type { DashboardText } from "./dashboard.ts";
import { heatMap, timeSeries } from "./panels.ts";
import {
  mean,
  ofOperation,
  perSecond,
  quantile,
  RATE,
  shareWithin,
  wholeWindow,
} from "./series.ts";
import { P95_GRADES } from "./thresholds.ts";

const HISTOGRAM = "tachograph_call_duration_seconds";
const NATIVE = `sum(rate(${ofOperation(HISTOGRAM)}[${RATE}]))`;
const CLASSIC = perSecond(ofOperation(`${HISTOGRAM}_bucket`), ["le"]);

/** Where the grades of a 95th percentile end, seconds. */
const BOUNDS = [0.1, 0.2, 0.5, 1];

function ofWindow(percentile: string): { expr: string; legend: string } {
  return {
    expr: wholeWindow("tachograph_window_latency_seconds", "5m", { percentile }),
    legend: `{{target}} ${percentile}`,
  };
}

/** How long calls take. */
export const LATENCY: DashboardText = {
  name: "latency",
  title: "Latency",
  description: "How long calls take: exact rolling windows, and histograms for any range.",
  choices: ["target", "operation"],
  rows: [
    {
      title: "Whole targets, rolling 5 minutes: exact",
      panels: [
        timeSeries({
          title: "p95",
          unit: "s",
          steps: P95_GRADES,
          exemplars: true,
          queries: [{ ...ofWindow("p95"), legend: "{{target}}" }],
        }),
        timeSeries({
          title: "p50, p90, p99, p99.9",
          unit: "s",
          exemplars: true,
          queries: ["p50", "p90", "p99", "p999"].map(ofWindow),
        }),
        timeSeries({
          title: "Slowest call",
          unit: "s",
          span: 24,
          height: 6,
          queries: [
            {
              expr: wholeWindow("tachograph_window_latency_max_seconds", "5m"),
              legend: "{{target}}",
            },
          ],
        }),
      ],
    },
    {
      title: "Operations",
      panels: [
        heatMap({
          title: "How many calls took how long",
          description:
            "From the native histogram; from classic buckets where Prometheus does not scrape native ones.",
          queries: [
            { expr: NATIVE, legend: "calls" },
            { expr: `${CLASSIC} unless on () ${NATIVE}`, legend: "{{le}}" },
          ],
        }),
        timeSeries({
          title: "p95 by operation",
          unit: "s",
          exemplars: true,
          steps: P95_GRADES,
          queries: [
            {
              expr: quantile(0.95, {}, ["target", "operation"]),
              legend: "{{target}} {{operation}}",
            },
          ],
        }),
        timeSeries({
          title: "Mean by operation",
          unit: "s",
          exemplars: true,
          queries: [
            { expr: mean({}, ["target", "operation"]), legend: "{{target}} {{operation}}" },
          ],
        }),
        timeSeries({
          title: "Share of calls within the grades' bounds",
          description:
            "The bounds are those of classic buckets: right to the 0.1 % of Tachograph's own.",
          unit: "percentunit",
          max: 1,
          span: 24,
          queries: BOUNDS.map((seconds) => ({
            expr: shareWithin(seconds, []),
            legend: `≤ ${seconds * 1_000} ms`,
          })),
        }),
      ],
    },
  ],
};
