import { UNUSED_EXPORT } from "../../../src/coordinator/otlp-export-health.ts";
import { tenantFamilies } from "../../../src/export/tenant-families.ts";
import type { MetricFamily } from "../../../src/export/metric-family.ts";
import type { MetricsSource } from "../../../src/export/metrics-source.ts";
import { FINEST_SCHEMA } from "../../../src/histogram/native-counts.ts";
import { emptyLedger } from "../../../src/merge/intake-ledger.ts";
import { defaultTargetKind } from "../../../src/target-kind.ts";
import { PillarWorld } from "../pillar-world.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 30);

/** A metric that `GET /metrics` exposes. */
interface Exposed {
  readonly type: MetricFamily["type"];
  readonly help: string;
  readonly labels: ReadonlySet<string>;
  /** Every value of each label that was seen. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Everything that can be exposed, by the names of families, without `_total`. */
export function exposedFamilies(): ReadonlyMap<string, Exposed> {
  const families = new Map<string, Exposed>();
  for (const { name, type, help, samples } of tenantFamilies(wholeSource(), {
    schema: FINEST_SCHEMA,
  })) {
    const values = new Map<string, Set<string>>();
    for (const { labels } of samples) {
      for (const [label, value] of labels)
        values.set(label, (values.get(label) ?? new Set()).add(value));
    }
    families.set(name, { type, help, labels: new Set(values.keys()), values });
  }
  return families;
}

/** The names that queries use, with their labels. */
export function exposedSeries(): ReadonlyMap<string, Exposed> {
  const series = new Map<string, Exposed>();
  for (const [name, family] of exposedFamilies()) {
    if (family.type === "gauge") series.set(name, family);
    if (family.type === "counter") series.set(`${name}_total`, family);
    if (family.type !== "histogram") continue;
    // The native histogram has the family's own name.
    for (const end of ["", "_sum", "_count"]) series.set(`${name}${end}`, family);
    const labels = new Set([...family.labels, "le"]);
    series.set(`${name}_bucket`, { ...family, labels });
  }
  return series;
}

/** A tenant that has something of everything. */
function wholeSource(): MetricsSource {
  const world = new PillarWorld(NOW_MS);
  const d1 = { rowsRead: 3, rowsWritten: 1, sqlMs: 2, waitMs: 1, slow: 1, sizeBytes: 4_096 };
  world.add(
    { target: "meta", operation: "purchase", durationMs: 120, count: 30 },
    { target: "meta", operation: "purchase", durationMs: 900, outcome: "error" },
    { target: "worker", operation: "track", durationMs: 12 },
    { target: "d1", operation: "select", durationMs: 4, measures: d1 },
    { target: "cache", operation: "l1", durationMs: 1, outcome: "hit", measures: { keys: 9 } },
    { target: "cache", operation: "l3", durationMs: 3, outcome: "miss" },
    { target: "queue", operation: "process", durationMs: 30, measures: { retries: 1 } },
    { target: "probe", operation: "lost", durationMs: 5, measures: { value: 2, failing: 1 } },
  );
  const { snapshot } = world.make();
  const ledger = { ...emptyLedger(), offered: 1, accepted: 1 };
  const limit = {
    target: "meta",
    capacity: 10,
    refillPerMinute: 60,
    refillRate: 1,
    available: 4,
    outstanding: 1,
    blockedUntil: NOW_MS + 1_000,
    granted: 7,
    denied: 2,
  };
  const alert = {
    rule: "no-data",
    target: "meta",
    operation: "*",
    severity: "HIGH",
    state: "firing",
  };
  const health = {
    missing: [],
    tickMs: 1_000,
    checkpointAt: NOW_MS,
    startedAt: NOW_MS,
    subscribers: 0,
    outbox: { backlog: 0, dropped: 0 },
    otlpExport: UNUSED_EXPORT,
    alerts: { overflow: 0 },
    archive: { queued: 0, lost: { records: 0 } },
  };
  const channel = { channel: "slack", state: "ok", queued: 0, delivered: 1, dead: 0, dropped: 0 };
  const told = { at: NOW_MS, channels: [channel] };
  return {
    version: "0",
    nowMs: NOW_MS,
    snapshot,
    health: health as unknown as MetricsSource["health"],
    delivery: { isUp: true, waiting: 0, told } as unknown as MetricsSource["delivery"],
    limits: [limit] as unknown as MetricsSource["limits"],
    alerts: [alert] as unknown as MetricsSource["alerts"],
    totals: world.state.totals(),
    exemplars: () => [],
    shards: [
      { name: "default/meta#0", target: "meta", ledger, merged: 1, pending: 0, addedAt: NOW_MS },
    ],
    refused: emptyLedger(),
    countsSince: NOW_MS,
    untoldTargets: new Set(),
    kindOf: defaultTargetKind,
  };
}
