import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type ComparisonSystem, startComparison } from "../lib/comparison-system.ts";
import { startInfluxdb } from "../peers/influxdb.ts";
import { isMissing, type MissingPeer, type Peer } from "../peers/peer.ts";
import { startVictoriaMetrics } from "../peers/victoria-metrics.ts";
import { ingestRows } from "./ingest-rows.ts";
import { ingestTable } from "./ingest-table.ts";
import { measureRates, type RatesBySystem } from "./measure-rates.ts";
import {
  influxdbStore,
  measureStored,
  naiveStore,
  type Store,
  type Stored,
  tachographStore,
  victoriaMetricsStore,
} from "./measure-stored.ts";
import { type MeasuredSystem, SIZES, type SystemName, systemsOf } from "./systems.ts";

/** Timings to weigh: fewer where each is a row, and all rows are alike. */
const STORED: Readonly<
  Partial<Record<SystemName, { readonly full: number; readonly quick: number }>>
> = {
  binding: { full: 1_000_000, quick: 200_000 },
  victoriaMetrics: { full: 1_000_000, quick: 200_000 },
  influxdb: { full: 1_000_000, quick: 200_000 },
  d1: { full: 200_000, quick: 20_000 },
  objects: { full: 5_000, quick: 1_000 },
};

/** Timings into everybody who takes them: how many a second, and what is kept of them. */
export async function measureIngest(context: BenchContext): Promise<BenchOutcome> {
  const victoriaMetrics = await startVictoriaMetrics();
  const influxdb = await startInfluxdb();
  const comparison = await startComparison();
  try {
    const systems = systemsOf(comparison, victoriaMetrics, influxdb);
    // First: what has been sent to be counted would be weighed, too.
    const stored = await measureAllStored(comparison, systems, victoriaMetrics, context);
    const rates = await measureAllRates(comparison, systems, context);
    return {
      rows: ingestRows(rates, [victoriaMetrics, influxdb].filter(isMissing)),
      tables: [ingestTable(systems, rates, stored)],
    };
  } finally {
    await comparison.stop();
    await Promise.all([victoriaMetrics, influxdb].map(stopIfRunning));
  }
}

async function measureAllStored(
  comparison: ComparisonSystem,
  systems: ReadonlyMap<SystemName, MeasuredSystem>,
  victoriaMetrics: Peer | MissingPeer,
  { quick, progress }: BenchContext,
): Promise<ReadonlyMap<SystemName, Stored>> {
  const tidyInfluxdb = await startInfluxdb({ compactsAtOnce: true });
  const measured = new Map([...systems, ...systemsOf(comparison, victoriaMetrics, tidyInfluxdb)]);
  const stores = new Map<SystemName, Store>([
    ["binding", tachographStore(comparison)],
    ["d1", naiveStore(comparison, "d1")],
    ["objects", naiveStore(comparison, "objects")],
  ]);
  if (!isMissing(victoriaMetrics)) {
    stores.set("victoriaMetrics", victoriaMetricsStore(victoriaMetrics));
  }
  if (!isMissing(tidyInfluxdb)) stores.set("influxdb", influxdbStore(tidyInfluxdb));
  try {
    const stored = new Map<SystemName, Stored>();
    for (const [name, store] of stores) {
      const system = measured.get(name);
      const timings = STORED[name]?.[quick ? "quick" : "full"];
      if (system === undefined || timings === undefined) continue;
      progress(`${timings} timings into ${system.title}, to be weighed`);
      stored.set(name, await measureStored(system, store, timings));
    }
    return stored;
  } finally {
    await stopIfRunning(tidyInfluxdb);
  }
}

async function measureAllRates(
  comparison: ComparisonSystem,
  systems: ReadonlyMap<SystemName, MeasuredSystem>,
  { quick, progress }: BenchContext,
): Promise<ReadonlyMap<number, RatesBySystem>> {
  const options = quick
    ? { warmUpMs: 120, durationMs: 120, rounds: 2 }
    : { warmUpMs: 500, durationMs: 600, rounds: 5 };
  const rates = new Map<number, RatesBySystem>();
  for (const size of SIZES) {
    const measured = new Map([...systems].filter(([, { sizes = SIZES }]) => sizes.includes(size)));
    progress(`${size} timings a request, ${measured.size} systems in turn`);
    rates.set(size, await measureRates(comparison, measured, size, options));
  }
  return rates;
}

async function stopIfRunning(peer: Peer | MissingPeer): Promise<void> {
  if (!isMissing(peer)) await peer.stop();
}
