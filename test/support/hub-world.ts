import type { AlertView } from "../../src/alerts/alert-view.ts";
import { EMPTY_AGGREGATE } from "../../src/histogram/aggregate.ts";
import { emptyLedger } from "../../src/merge/intake-ledger.ts";
import { aggregateStats } from "../../src/merge/window-stats.ts";
import type { FrameContent } from "../../src/stream/frames.ts";
import type { Gone } from "../../src/stream/stream-frame.ts";
import type { PillarViews } from "../../src/pillars/pillar-views.ts";
import type { SeriesView } from "../../src/pillars/series-view.ts";
import { type StreamFilter, streamFilter } from "../../src/stream/stream-filter.ts";
import { StreamHub } from "../../src/stream/stream-hub.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import { FakeFrameSink } from "./fake-frame-sink.ts";

export const EPOCH = "epoch-1";
export const TICK_MS = 500;

/** A series without timings; `padding` makes its frames long. */
export function viewOf(target: string, padding = ""): SeriesView {
  const stats = aggregateStats(EMPTY_AGGREGATE, 60_000);
  return {
    target,
    kind: "platform",
    operation: `events${padding}`,
    windows: { "1m": stats, "5m": stats, "1h": stats },
    grades: { latency: null, errors: null },
  };
}

export const NO_PILLARS: PillarViews = {
  latency: null,
  errors: null,
  throughput: null,
  d1: null,
  cache: null,
};

/** An alert that fires on meta. */
export function alertOf(id: string): AlertView {
  return {
    id,
    rule: "error-rate-high",
    target: "meta",
    operation: "*",
    severity: "HIGH",
    state: "firing",
    metric: "errorRate",
    value: 0.07,
    comparison: ">=",
    threshold: 0.05,
    unit: "Rate",
    since: 1,
    firedAt: 2,
    resolvedAt: null,
    resolvedReason: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    inhibitedBy: null,
    silencedBy: null,
    summary: "",
    action: "",
  };
}

/** A hub that is told to tick, and notes which histograms it was asked to encode. */
export class HubWorld {
  nowMs = 1_000_000;
  seq = 0;
  histograms = 0;
  /** Ids of the alerts that a snapshot shows. */
  readonly open = new Set<string>();
  readonly hub: StreamHub;
  readonly all: readonly SeriesView[];
  #pillars = NO_PILLARS;

  constructor(
    replayTicks = 10,
    all: readonly SeriesView[] = ["google", "meta"].map((t) => viewOf(t)),
  ) {
    this.all = all;
    this.hub = new StreamHub(
      EPOCH,
      () => {
        this.histograms += 1;
        return { "1m": "HISTFAAA", "5m": "HISTFAAA", "1h": "HISTFAAA" };
      },
      replayTicks,
    );
  }

  join(filter: StreamFilter = streamFilter({}), resumeSeq?: number, epoch = EPOCH): FakeFrameSink {
    return this.joinAs(filter, resumeSeq === undefined ? undefined : { epoch, seq: resumeSeq })
      .sink;
  }

  joinAs(filter: StreamFilter, resume?: { epoch: string; seq: number }) {
    const sink = new FakeFrameSink();
    const subscriber = new Subscriber(sink, filter);
    this.hub.join(subscriber, resume, TICK_MS);
    return { sink, subscriber };
  }

  /**
   * @param news the pillars, if any of them changed.
   * @param gone what was there before.
   */
  tick(changed: readonly SeriesView[] = this.all, news?: PillarViews, gone?: Gone): void {
    this.#pillars = news ?? this.#pillars;
    this.seq += 1;
    this.nowMs += TICK_MS;
    const snapshot: FrameContent["snapshot"] = {
      at: this.nowMs,
      staleMs: 0,
      status: "HEALTHY",
      score: 10,
      pillars: this.#pillars,
      coverage: { shards: 1, answered: 1, missing: [] },
      series: this.all,
      ledger: { ...emptyLedger(), merged: 0, pending: 0, isBalanced: true },
    };
    const about = { tenant: "acme", epoch: EPOCH, seq: this.seq, snapshot };
    const all = {
      series: this.all,
      limits: [],
      pillars: this.#pillars,
      alerts: (): readonly AlertView[] => [...this.open].map(alertOf),
    };
    const content = { ...about, series: changed, limits: [], pillars: news, gone };
    this.hub.publish(content, all, this.nowMs);
  }

  /** Changes of alerts, told after the latest tick. */
  alerts(...ids: string[]): void {
    this.seq += ids.length;
    for (const id of ids) this.open.add(id);
    this.hub.publishAlerts(ids.map(alertOf));
  }

  ticks(count: number): void {
    for (let i = 0; i < count; i++) this.tick();
  }
}
