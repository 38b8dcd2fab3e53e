import type {
  AlertFrame,
  AlertView,
  ContentFrame,
  HelloFrame,
  LimitView,
  SeriesView,
  WindowStats,
} from "../../src/stream/stream-frame.ts";
import { encodeHdrV2Base64 } from "../../src/histogram/hdr-v2.ts";
import { PagedCounts } from "../../src/histogram/paged-counts.ts";
import { defaultTargetKind } from "../../src/target-kind.ts";

export const EPOCH = "e9f0a1b2";

type Content = Partial<Omit<ContentFrame, "type" | "epoch" | "seq">>;

/** The first frame of a connection. */
export function hello(seq: number, resumed = false): HelloFrame {
  return { type: "hello", protocol: "tachograph.v1", epoch: EPOCH, seq, resumed, tickMs: 500 };
}

/** All there is. */
export function snapshot(seq: number, content: Content = {}): ContentFrame {
  const pillars = { latency: null, errors: null, throughput: null, d1: null, cache: null };
  return { ...frame("snapshot", seq), alerts: [], pillars, ...content };
}

/** What changed. */
export function tick(seq: number, content: Content = {}): ContentFrame {
  return { ...frame("tick", seq), ...content };
}

function frame(type: "snapshot" | "tick", seq: number): ContentFrame {
  return {
    type,
    epoch: EPOCH,
    seq,
    tenant: "default",
    at: Date.now(),
    staleMs: 12,
    status: "HEALTHY",
    score: 9,
    coverage: { shards: 1, answered: 1, missing: [] },
    series: [],
    limits: [],
    ledger: {
      offered: 1,
      accepted: 1,
      duplicates: 0,
      rejected: {},
      givenUp: 0,
      capped: 0,
      permits: { denied: 0, allowedUnreached: 0, deniedUnreached: 0 },
      merged: 1,
      pending: 0,
      isBalanced: true,
    },
  };
}

/** @param salt - another one gives other numbers. */
export function seriesOf(target: string, operation: string, salt = 0): SeriesView {
  const count = 300 + (salt % 97);
  const stats: WindowStats = {
    count,
    ok: count,
    error: 0,
    timeout: 0,
    rateLimited: 0,
    hit: 0,
    miss: 0,
    perSecond: count / 60,
    errorRate: 0,
    minMs: 10,
    meanMs: 20 + (salt % 89) / 10,
    maxMs: 30 + (salt % 83),
    p50Ms: 20 + (salt % 7),
    p90Ms: 30 + (salt % 11),
    p95Ms: 31 + (salt % 13),
    p99Ms: 32 + (salt % 17),
    p999Ms: 33 + (salt % 19),
    measures: {},
  };
  return {
    target,
    operation,
    kind: defaultTargetKind(target),
    windows: { "1m": stats, "5m": stats, "1h": stats },
    grades: {
      latency: { grade: "EXCELLENT", color: "green", score: 10 },
      errors: { grade: "EXCELLENT", color: "green", score: 10 },
    },
  };
}

/** What the stream that follows the histogram of a target sends: that target, with histograms. */
export function withHistograms(content: ContentFrame, target: string, salt = 0): ContentFrame {
  const histogram = HISTOGRAMS[salt % HISTOGRAMS.length];
  const series = content.series
    .filter((view) => view.target === target)
    .map((view) => {
      const stats = { ...view.windows["1m"], histogram };
      return { ...view, windows: { "1m": stats, "5m": stats, "1h": stats } };
    });
  return { ...content, series, limits: [] };
}

/** Some in their canonical form, each of another shape. */
export const HISTOGRAMS: readonly string[] = Array.from({ length: 5 }, (_, salt) => {
  const counts = new PagedCounts();
  for (let bucket = 6_000; bucket < 9_000; bucket += 7 + salt) {
    counts.add(bucket, 1 + ((bucket * 31 + salt) % 40));
  }
  return encodeHdrV2Base64(counts);
});

export function limitOf(target: string): LimitView {
  return {
    target,
    capacity: 200,
    refillPerMinute: 10,
    available: 120,
    outstanding: 30,
    blockedUntil: null,
    blockedReason: null,
    refillRate: 1,
    granted: 80,
    denied: 3,
    returned: 0,
    expired: 0,
    waiting: 0,
    allowedUnreached: 0,
    deniedUnreached: 0,
    isOverridden: false,
  };
}

/** One that fires. */
export function alertOf(id: string, alert: Partial<AlertView> = {}): AlertView {
  const at = Date.now();
  return {
    id,
    rule: "error-rate-critical",
    target: "meta",
    operation: "*",
    severity: "HIGH",
    state: "firing",
    metric: "errorRate",
    value: 0.2,
    comparison: ">=",
    threshold: 0.1,
    unit: "Rate",
    since: at - 60_000,
    firedAt: at - 30_000,
    resolvedAt: null,
    resolvedReason: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    inhibitedBy: null,
    silencedBy: null,
    summary: "meta: 20 % of the calls of the last 5 min fail",
    action: "Check its token.",
    ...alert,
  };
}

/** A change of an alert. */
export function alertFrame(seq: number, alert: AlertView): AlertFrame {
  return { ...alert, type: "alert", epoch: EPOCH, seq };
}
