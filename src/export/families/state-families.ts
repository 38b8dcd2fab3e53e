import { parseShardName } from "../../merge/shard-name.ts";
import type { MetricFamily, NumberFamily, NumberSample } from "../metric-family.ts";
import type { MetricsSource, ShardBooks } from "../metrics-source.ts";

/** How many shards a page speaks for. */
export function* coverageFamilies(
  { snapshot: { coverage }, health }: Pick<MetricsSource, "snapshot" | "health">,
  shards: readonly ShardBooks[],
): Generator<MetricFamily> {
  const missing = new Set(health.missing.map(({ name }) => name));
  yield gauge("tachograph_shards", "Shards that ever announced themselves.", coverage.shards);
  yield gauge(
    "tachograph_shards_answered",
    "Shards that answered when they were last asked, or rest because they have nothing to tell.",
    coverage.answered,
  );
  yield {
    name: "tachograph_shard_up",
    help: "1 for a shard that answered when it was last asked, or rests, 0 for one that did not.",
    type: "gauge",
    samples: shards.map(({ name, target }) => ({
      labels: [
        ["target", target],
        ["shard", parseShardName(name).k],
      ],
      value: Number(!missing.has(name)),
    })),
  };
}

/** How fresh a page is, and how those stand who make it. */
export function* freshnessFamilies(source: MetricsSource): Generator<MetricFamily> {
  const { snapshot, health, nowMs } = source;
  yield seconds(
    "tachograph_snapshot_timestamp_seconds",
    "When the snapshot was made that windows, grades and coverage are from.",
    snapshot.at,
  );
  yield seconds(
    "tachograph_staleness_seconds",
    "How old the oldest part of the page is.",
    snapshot.staleMs + Math.max(nowMs - snapshot.at, 0),
  );
  yield seconds(
    "tachograph_tick_interval_seconds",
    "How often shards are collected at present.",
    health.tickMs,
  );
  yield seconds(
    "tachograph_checkpoint_timestamp_seconds",
    "When what is merged was last stored; absent before the first time since the start.",
    health.checkpointAt,
  );
  yield seconds(
    "tachograph_started_timestamp_seconds",
    "When the coordinator woke with an empty memory.",
    health.startedAt,
  );
  yield* backlogFamilies(source);
  yield* otlpFamilies(source);
  yield {
    name: "tachograph_build_info",
    help: "Always 1; the label says which version of this software speaks.",
    type: "gauge",
    samples: [{ labels: [["version", source.version]], value: 1 }],
  };
}

function* backlogFamilies({ health }: MetricsSource): Generator<MetricFamily> {
  yield gauge(
    "tachograph_history_backlog_stretches",
    "Stretches of history that are due to be carried to D1.",
    health.outbox.backlog,
  );
  yield {
    name: "tachograph_history_dropped_stretches",
    help: "Stretches of history that were given up, as D1 was away for as long as it would keep them.",
    type: "counter",
    samples: [{ labels: [], value: health.outbox.dropped, createdAt: health.startedAt }],
  };
  yield gauge(
    "tachograph_stream_subscribers",
    "Who watches the live stream, by WebSocket or Server-Sent Events.",
    health.subscribers,
  );
}

/** How the way to an OTLP collector stands; nothing if none is configured. */
function* otlpFamilies({ health }: MetricsSource): Generator<MetricFamily> {
  const { otlpExport, startedAt: createdAt } = health;
  if (otlpExport === null) return;
  const { queuedPushes, sentPushes, droppedPushes, rejectedPoints } = otlpExport;
  yield gauge(
    "tachograph_otlp_export_queue_pushes",
    "Pushes that wait for the OTLP collector.",
    queuedPushes,
  );
  yield {
    name: "tachograph_otlp_export_sent_pushes",
    help: "Pushes that the OTLP collector took.",
    type: "counter",
    samples: [{ labels: [], value: sentPushes, createdAt }],
  };
  yield {
    name: "tachograph_otlp_export_dropped_pushes",
    help: "Pushes that were lost: refused by the OTLP collector, too many, or a day old.",
    type: "counter",
    samples: Object.entries(droppedPushes).map(([reason, value]) => ({
      labels: [["reason", reason]],
      value,
      createdAt,
    })),
  };
  yield {
    name: "tachograph_otlp_export_rejected_points",
    help: "Data points that the OTLP collector rejected out of pushes that it took.",
    type: "counter",
    samples: [{ labels: [], value: rejectedPoints, createdAt }],
  };
}

function gauge(name: string, help: string, value: number | null | undefined): NumberFamily {
  const isKnown = value !== null && value !== undefined;
  const samples: NumberSample[] = isKnown ? [{ labels: [], value }] : [];
  return { name, help, type: "gauge", samples };
}

function seconds(name: string, help: string, ms: number | null): NumberFamily {
  return { ...gauge(name, help, ms === null ? null : ms / 1_000), unit: "seconds" };
}
