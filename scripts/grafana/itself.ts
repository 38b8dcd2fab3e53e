import { matching } from "../artefacts/promql.ts";
import type { DashboardText } from "./dashboard.ts";
import { bars, type Query, stat, timeSeries } from "./panels.ts";
import { ofTarget, ofTenant, perSecond } from "./series.ts";
import { NONE_IS_GOOD, ONE_IS_GOOD } from "./thresholds.ts";

const TIMINGS = "tachograph_timings";

function timings(what: string): Query {
  return { expr: perSecond(ofTarget(`${TIMINGS}_${what}_total`), []), legend: what };
}

function gained(counter: string, by: string, legend: string): Query {
  return { expr: `sum by (${by}) (increase(${ofTenant(counter)}[1h]))`, legend };
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
          queries: [{ expr: ofTenant("tachograph_build_info"), legend: "{{version}}" }],
        }),
      ],
    },
    {
      title: "Books",
      panels: [
        timeSeries({
          title: "Timings a second",
          description: "Offered ones are those of the whole tenant, whichever targets are chosen.",
          unit: "cps",
          queries: [
            { expr: perSecond(ofTenant(`${TIMINGS}_offered_total`), []), legend: "offered" },
            ...["accepted", "duplicates", "merged"].map(timings),
          ],
        }),
        timeSeries({
          title: "What is not counted, a second",
          description:
            "Refused (of the whole tenant), given up by those who send, capped to another operation.",
          unit: "cps",
          queries: [
            {
              expr: perSecond(ofTenant(`${TIMINGS}_rejected_total`), ["reason"]),
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
      title: "Messages",
      panels: [
        stat({
          title: "Dispatcher",
          description: "1 if it answers; nothing where nobody is told anything.",
          steps: ONE_IS_GOOD,
          queries: [{ expr: ofTenant("tachograph_dispatcher_up"), legend: "answers" }],
        }),
        stat({
          title: "Waiting for the dispatcher",
          steps: NONE_IS_GOOD,
          queries: [{ expr: ofTenant("tachograph_notifications_waiting"), legend: "waiting" }],
        }),
        stat({
          title: "Since it told how it stands",
          unit: "s",
          queries: [
            {
              expr: `time() - ${ofTenant("tachograph_dispatcher_told_timestamp_seconds")}`,
              legend: "age",
            },
          ],
        }),
        bars({
          title: "Channels that work",
          height: 4,
          span: 6,
          max: 1,
          steps: ONE_IS_GOOD,
          queries: [{ expr: ofTenant("tachograph_channel_up"), legend: "{{channel}}" }],
        }),
        timeSeries({
          title: "Waiting by channel",
          queries: [{ expr: ofTenant("tachograph_notifications_queued"), legend: "{{channel}}" }],
        }),
        timeSeries({
          title: "Delivered and lost within an hour",
          description: "Dead: given up after every attempt. Dropped: too many waited.",
          queries: [
            gained("tachograph_notifications_delivered_total", "channel", "{{channel}} delivered"),
            gained("tachograph_notifications_dead_total", "channel", "{{channel}} dead"),
            gained("tachograph_notifications_dropped_total", "channel", "{{channel}} dropped"),
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
            {
              expr: ofTenant("tachograph_archive_queue_records"),
              legend: "alerts and audit for D1, records",
            },
          ],
        }),
        timeSeries({
          title: "Lost within an hour",
          description: "Nothing, unless something was away for long. OTLP: totals are cumulative.",
          queries: [
            gained("tachograph_history_dropped_stretches_total", "", "stretches of history"),
            gained("tachograph_archive_lost_records_total", "", "records for D1"),
            gained("tachograph_alerts_overflow_total", "", "alerts beyond the most that are kept"),
            gained(
              "tachograph_otlp_export_dropped_pushes_total",
              "reason",
              "OTLP pushes: {{reason}}",
            ),
            gained("tachograph_otlp_export_rejected_points_total", "", "OTLP points"),
          ],
        }),
        timeSeries({
          title: "Watching the live stream",
          span: 8,
          queries: [{ expr: ofTenant("tachograph_stream_subscribers"), legend: "subscribers" }],
        }),
        timeSeries({
          title: "Restarts",
          description: "Each step is one. Counters go on where they were.",
          span: 8,
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
          span: 8,
          queries: [
            {
              expr: ofTenant("scrape_duration_seconds", { job: matching("tachograph.*") }),
              legend: "{{job}}",
            },
          ],
        }),
      ],
    },
  ],
};
