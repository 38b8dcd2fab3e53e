import type { DashboardText } from "./dashboard.ts";
import { stat, timeSeries } from "./panels.ts";
import { ofTarget, ofTenant, perSecond } from "./series.ts";
import { NONE_IS_GOOD, ONE_IS_GOOD } from "./thresholds.ts";

const TIMINGS = "tachograph_timings";

function timings(what: string): { expr: string; legend: string } {
  return { expr: perSecond(ofTarget(`${TIMINGS}_${what}_total`), []), legend: what };
}

/** Whether the numbers of all the others can be relied upon. */
export const ITSELF: DashboardText = {
  name: "itself",
  title: "Tachograph itself",
  description: "Whether the numbers of all the other dashboards can be relied upon.",
  choices: ["target"],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Ledger balanced",
          steps: ONE_IS_GOOD,
          queries: [{ expr: `min(${ofTenant("tachograph_ledger_balanced")})`, legend: "balanced" }],
        }),
        stat({
          title: "Shards that do not answer",
          steps: NONE_IS_GOOD,
          queries: [
            {
              expr: `sum(${ofTenant("tachograph_shards")}) - sum(${ofTenant("tachograph_shards_answered")})`,
              legend: "missing",
            },
          ],
        }),
        stat({
          title: "Age of the numbers",
          unit: "s",
          queries: [{ expr: `max(${ofTenant("tachograph_staleness_seconds")})`, legend: "age" }],
        }),
        stat({
          title: "Version",
          showsName: true,
          queries: [{ expr: "tachograph_build_info", legend: "{{version}}" }],
        }),
      ],
    },
    {
      title: "Books",
      panels: [
        timeSeries({
          title: "Timings a second",
          unit: "cps",
          queries: ["offered", "accepted", "duplicates", "merged"].map(timings),
        }),
        timeSeries({
          title: "What is not counted, a second",
          description: "Refused, given up by those who send, capped to another operation.",
          unit: "cps",
          queries: [
            {
              expr: perSecond(ofTarget(`${TIMINGS}_rejected_total`), ["reason"]),
              legend: "rejected: {{reason}}",
            },
            timings("given_up"),
            timings("capped"),
          ],
        }),
        timeSeries({
          title: "Accepted and not yet counted",
          queries: [{ expr: ofTarget(`${TIMINGS}_pending`), legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Shards",
          queries: [
            { expr: ofTenant("tachograph_shards"), legend: "there" },
            { expr: ofTenant("tachograph_shards_answered"), legend: "answer" },
          ],
        }),
      ],
    },
    {
      title: "Times and queues",
      panels: [
        timeSeries({
          title: "Age of the numbers, and time between two ticks",
          unit: "s",
          queries: [
            { expr: ofTenant("tachograph_staleness_seconds"), legend: "age" },
            { expr: ofTenant("tachograph_tick_interval_seconds"), legend: "tick" },
          ],
        }),
        timeSeries({
          title: "Age of the last checkpoint",
          unit: "s",
          queries: [
            {
              expr: `${ofTenant("tachograph_snapshot_timestamp_seconds")} - ${ofTenant("tachograph_checkpoint_timestamp_seconds")}`,
              legend: "age",
            },
          ],
        }),
        timeSeries({
          title: "What waits",
          queries: [
            {
              expr: ofTenant("tachograph_history_backlog_stretches"),
              legend: "history for D1, stretches",
            },
            {
              expr: ofTenant("tachograph_otlp_export_queue_pushes"),
              legend: "OTLP, pushes",
            },
          ],
        }),
        timeSeries({
          title: "Watching, and history that was dropped within an hour",
          queries: [
            { expr: ofTenant("tachograph_stream_subscribers"), legend: "subscribers" },
            {
              expr: `increase(${ofTenant("tachograph_history_dropped_stretches_total")}[1h])`,
              legend: "dropped stretches",
            },
          ],
        }),
        timeSeries({
          title: "Restarts",
          description: "Each step is one. Counters go on where they were.",
          span: 12,
          queries: [
            {
              expr: `changes(${ofTenant("tachograph_started_timestamp_seconds")}[1h])`,
              legend: "starts within an hour",
            },
          ],
        }),
        timeSeries({
          title: "What a scrape takes",
          description: "As Prometheus sees it: the network is in it.",
          unit: "s",
          queries: [
            {
              expr: 'scrape_duration_seconds{job=~"tachograph.*"}',
              legend: "{{job}}",
            },
          ],
        }),
      ],
    },
  ],
};
