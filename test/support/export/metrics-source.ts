import type { AlertView } from "../../../src/alerts/alert-view.ts";
import { UNUSED_EXPORT } from "../../../src/coordinator/otlp-export-health.ts";
import type { Exemplar } from "../../../src/exemplar.ts";
import type { MetricsSource } from "../../../src/export/metrics-source.ts";
import { emptyLedger } from "../../../src/merge/intake-ledger.ts";
import { defaultTargetKind } from "../../../src/target-kind.ts";
import type { ChannelHealth } from "../../../src/wire/dispatcher-rpc.ts";
import type { LimitView } from "../../../src/wire/permits.ts";
import { PillarWorld } from "../pillar-world.ts";

export const SCRAPED_AT = Date.UTC(2026, 10, 20, 12, 0, 30);

/** Text that ends a label early, or a line, where it is not escaped. */
export const NASTY = 'a "quoted" \\ backslash\\\n# line, {brace="1"} 1\r\u2028ü';

const EXEMPLAR: Exemplar = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  durationUs: 180_000,
  at: SCRAPED_AT - 1_500,
};

const BLOCKED: LimitView = {
  target: "meta",
  capacity: 200,
  refillPerMinute: 30,
  available: 0,
  outstanding: 12,
  blockedUntil: SCRAPED_AT + 30_000,
  blockedReason: "it answered 429",
  refillRate: 0.5,
  granted: 1_200,
  denied: 34,
  returned: 5,
  expired: 1,
  waiting: 0,
  allowedUnreached: 0,
  deniedUnreached: 0,
  isOverridden: false,
};

const SLACK: ChannelHealth = {
  channel: "slack",
  type: "slack",
  state: "ok",
  queued: 0,
  delivered: 40,
  dead: 1,
  dropped: 2,
  superseded: 0,
  refused: 0,
  oldestQueuedAt: null,
  lastDeliveredAt: null,
  lastError: null,
};

const ALERT: AlertView = {
  id: "a-1",
  rule: NASTY,
  target: "meta",
  operation: "*",
  severity: "CRITICAL",
  state: "firing",
  metric: "errorRate",
  value: 0.2,
  comparison: ">",
  threshold: 0.1,
  unit: "Rate",
  since: SCRAPED_AT - 60_000,
  firedAt: SCRAPED_AT,
  resolvedAt: null,
  resolvedReason: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  inhibitedBy: null,
  silencedBy: null,
  summary: "errors",
  action: "look",
};

/** A tenant of which there is something to say in every family. */
export function metricsSource(changes: Partial<MetricsSource> = {}): MetricsSource {
  const world = new PillarWorld(SCRAPED_AT - 3_600_000);
  world.add({ target: "meta", operation: "events", durationMs: 90, count: 100 });
  world.pass(3_600_000);
  fill(world);
  const { snapshot } = world.make(true);
  const { state } = world;
  const google: LimitView = { ...BLOCKED, target: "google", blockedUntil: null, refillRate: 1 };
  const ledger = { ...emptyLedger(), offered: 260, accepted: 250, duplicates: 8, capped: 3 };
  const books = { ...ledger, givenUp: 4, rejected: { too_old: 2 } };
  return {
    version: "1.2.3",
    nowMs: SCRAPED_AT + 400,
    snapshot,
    health: {
      startedAt: SCRAPED_AT - 7_200_000,
      tickMs: 10_000,
      checkpointAt: SCRAPED_AT - 30_000,
      subscribers: 2,
      missing: [{ name: "acme/google#0", error: "timed out" }],
      outbox: {
        backlog: 4,
        oldestAt: null,
        behindSince: null,
        failures: 0,
        lastError: null,
        lastWrittenAt: null,
        dropped: 1,
      },
      otlpExport: { ...UNUSED_EXPORT, queuedPushes: 3 },
      alerts: {
        rules: 9,
        pending: 1,
        firing: 2,
        nodata: 0,
        silences: 0,
        overflow: 5,
        outgoing: 6,
      },
      archive: {
        queued: 8,
        failures: 0,
        failingSince: null,
        lastError: null,
        lastWrittenAt: null,
        lost: { notifications: 0, records: 3, unreadable: 0 },
        retention: { lastRunAt: null, deleted: 0, lastError: null },
      },
    },
    delivery: {
      isUp: true,
      waiting: 6,
      told: {
        at: SCRAPED_AT - 20_000,
        channels: [SLACK, { ...SLACK, channel: "mail", state: "failing", queued: 2, dead: 4 }],
      },
    },
    limits: [google, BLOCKED],
    alerts: [ALERT, { ...ALERT, id: "a-2" }, { ...ALERT, id: "a-3", state: "pending" }],
    totals: state.totals(),
    exemplars: ({ target, operation }) =>
      target === "meta" && operation === "events" ? [EXEMPLAR] : [],
    shards: [...state.shards.values()].map(({ name, target }) => ({
      name,
      target,
      ledger: target === "meta" ? books : ledger,
      merged: 250,
      pending: 0,
      addedAt: SCRAPED_AT - 86_400_000,
    })),
    refused: { ...emptyLedger(), offered: 7, rejected: { too_many_targets: 7 } },
    countsSince: SCRAPED_AT - 90_000_000,
    untoldTargets: new Set(),
    kindOf: defaultTargetKind,
    ...changes,
  };
}

function fill(world: PillarWorld): void {
  world.add(
    { target: "meta", operation: "events", durationMs: 180, count: 200 },
    { target: "meta", operation: "events", durationMs: 900, outcome: "error", count: 3 },
    { target: "meta", operation: "lookup", durationMs: 0.001, outcome: "rate_limited" },
    { target: "google", durationMs: 70_000, outcome: "timeout" },
    { target: "worker", operation: "fetch", durationMs: 0, count: 5 },
    {
      target: "d1.orders",
      operation: "select",
      durationMs: 12,
      measures: {
        rowsRead: 9,
        rowsWritten: 1,
        sqlMs: 3.25,
        waitMs: 0.5,
        slow: 1,
        sizeBytes: 8_192,
      },
    },
    { target: "cache.pages", operation: "l1", durationMs: 0.2, outcome: "hit", count: 30 },
    {
      target: "cache.pages",
      operation: "l2",
      durationMs: 2,
      outcome: "miss",
      count: 10,
      measures: { keys: 400 },
    },
    { target: "queue", operation: "wait", durationMs: 3_000, measures: { retries: 2 } },
    { target: "probe", operation: "orphans", durationMs: 4, measures: { value: 2.5, failing: 1 } },
  );
}
