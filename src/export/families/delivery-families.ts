import type { ChannelHealth } from "../../wire/dispatcher-rpc.ts";
import type { Labels, MetricFamily, NumberFamily, NumberSample } from "../metric-family.ts";
import type { MetricsSource } from "../metrics-source.ts";

interface ChannelFamily extends Pick<NumberFamily, "name" | "help" | "type"> {
  readonly valueOf: (channel: ChannelHealth) => number;
}

const CHANNEL_FAMILIES: readonly ChannelFamily[] = [
  {
    name: "tachograph_channel_up",
    help: "1 for a channel that delivers, 0 for one that fails, was turned off by its receiver, or lacks a secret.",
    type: "gauge",
    valueOf: ({ state }) => Number(state === "ok"),
  },
  {
    name: "tachograph_notifications_queued",
    help: "Notifications that the dispatcher has and has not delivered yet.",
    type: "gauge",
    valueOf: ({ queued }) => queued,
  },
  {
    name: "tachograph_notifications_delivered",
    help: "Notifications that a channel's receiver took.",
    type: "counter",
    valueOf: ({ delivered }) => delivered,
  },
  {
    name: "tachograph_notifications_dead",
    help: "Notifications that were given up: refused for good, or too old.",
    type: "counter",
    valueOf: ({ dead }) => dead,
  },
  {
    name: "tachograph_notifications_dropped",
    help: "Notifications that were dropped, as too many waited.",
    type: "counter",
    valueOf: ({ dropped }) => dropped,
  },
];

/** Whether alerts are followed, reach people, and are kept. */
export function* deliveryFamilies({
  delivery,
  health: { alerts, archive, startedAt: createdAt },
}: Pick<MetricsSource, "delivery" | "health">): Generator<MetricFamily> {
  if (delivery !== null) yield* dispatcherFamilies(delivery);
  yield {
    name: "tachograph_alerts_overflow",
    help: "How often a condition held and was not followed, since the start: there were too many alerts.",
    type: "counter",
    samples: [{ labels: [], value: alerts.overflow, createdAt }],
  };
  yield {
    name: "tachograph_archive_queue_records",
    help: "Alerts and entries of the audit trail that wait for D1.",
    type: "gauge",
    samples: [{ labels: [], value: archive.queued }],
  };
  yield {
    name: "tachograph_archive_lost_records",
    help: "Alerts and entries of the audit trail that were dropped since the start: too many waited for D1.",
    type: "counter",
    samples: [{ labels: [], value: archive.lost.records, createdAt }],
  };
}

/** What the dispatcher last said; it says so with every hand-over, and nobody asks it for a page. */
function* dispatcherFamilies({
  isUp,
  waiting,
  told,
}: NonNullable<MetricsSource["delivery"]>): Generator<MetricFamily> {
  yield {
    name: "tachograph_dispatcher_up",
    help: "1 if the dispatcher took what it was last handed and does its work, else 0; absent where nobody is told anything.",
    type: "gauge",
    samples: isUp === null ? [] : [{ labels: [], value: Number(isUp) }],
  };
  yield {
    name: "tachograph_dispatcher_told_timestamp_seconds",
    help: "When the dispatcher last told what is shown of its channels and notifications.",
    type: "gauge",
    unit: "seconds",
    samples: told === null ? [] : [{ labels: [], value: told.at / 1_000 }],
  };
  yield {
    name: "tachograph_notifications_waiting",
    help: "Notifications that the dispatcher has not taken yet.",
    type: "gauge",
    samples: [{ labels: [], value: waiting }],
  };
  for (const { valueOf, ...head } of CHANNEL_FAMILIES) {
    yield { ...head, samples: (told?.channels ?? []).map((one) => sampleOf(one, valueOf)) };
  }
}

function sampleOf(channel: ChannelHealth, valueOf: ChannelFamily["valueOf"]): NumberSample {
  const labels: Labels = [["channel", channel.channel]];
  return { labels, value: valueOf(channel) };
}
