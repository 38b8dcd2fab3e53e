import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { Candidate } from "../lib/candidate.ts";
import { type ComparisonSystem, startComparison } from "../lib/comparison-system.ts";
import { startInfluxdb } from "../peers/influxdb.ts";
import { isMissing, type MissingPeer, type Peer } from "../peers/peer.ts";
import { stopIfRunning } from "../peers/stop-if-running.ts";
import { startVictoriaMetrics } from "../peers/victoria-metrics.ts";
import { absencesOf } from "./absence.ts";
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
  binding: { full: 1_000_000, quick: 100_000 },
  victoriaMetrics: { full: 1_000_000, quick: 100_000 },
  influxdb: { full: 1_000_000, quick: 100_000 },
  d1: { full: 200_000, quick: 10_000 },
  objects: { full: 5_000, quick: 1_000 },
};

/** What was weighed, and why the rest was not. */
interface Weighed {
  readonly stored: ReadonlyMap<SystemName, Stored>;
  readonly failed: readonly Candidate[];
}

/** Timings into everybody who takes them: how many a second, and what is kept of them. */
export async function measureIngest(context: BenchContext): Promise<BenchOutcome> {
  const victoriaMetrics = await startVictoriaMetrics();
  const influxdb = await startInfluxdb();
  const comparison = await startComparison();
  try {
    const systems = candidatesOf(systemsOf(comparison, victoriaMetrics, influxdb));
    // First: what has been sent to be counted would be weighed, too.
    const weighed = await measureAllStored(comparison, victoriaMetrics, context);
    const rates = await measureAllRates(comparison, systems, context);
    const absences = new Map([
      ...(isMissing(victoriaMetrics)
        ? absencesOf(victoriaMetrics, ["victoriaMetrics", "vmRanges"])
        : []),
      ...(isMissing(influxdb) ? absencesOf(influxdb, ["influxdb"]) : []),
      ...[...systems].flatMap(
        ([
          system,
          {
            candidate: { name, why },
          },
        ]) => (why === undefined ? [] : [[system, { name, why, isMissing: false }] as const]),
      ),
    ]);
    const whyNot = [...absences.values(), ...weighed.failed].map(
      ({ name, why = "" }) => `${name}: ${why}.`,
    );
    return {
      rows: ingestRows(rates, absences),
      tables: [ingestTable(systems, rates, weighed.stored, [...new Set(whyNot)])],
    };
  } finally {
    await comparison.stop();
    await Promise.all([victoriaMetrics, influxdb].map(stopIfRunning));
  }
}

function candidatesOf(
  systems: ReadonlyMap<SystemName, MeasuredSystem>,
): ReadonlyMap<SystemName, MeasuredSystem & { readonly candidate: Candidate }> {
  return new Map(
    [...systems].map(([name, system]) => [
      name,
      { ...system, candidate: new Candidate(system.title) },
    ]),
  );
}

async function measureAllStored(
  comparison: ComparisonSystem,
  victoriaMetrics: Peer | MissingPeer,
  { quick, progress }: BenchContext,
): Promise<Weighed> {
  const tidyInfluxdb = await startInfluxdb({ compactsAtOnce: true });
  const stores = new Map<SystemName, Store>([
    ["binding", tachographStore(comparison)],
    ["d1", naiveStore(comparison, "d1")],
    ["objects", naiveStore(comparison, "objects")],
  ]);
  if (!isMissing(victoriaMetrics)) {
    stores.set("victoriaMetrics", victoriaMetricsStore(victoriaMetrics));
  }
  if (!isMissing(tidyInfluxdb)) stores.set("influxdb", influxdbStore(tidyInfluxdb));
  const stored = new Map<SystemName, Stored>();
  const failed: Candidate[] = [];
  try {
    for (const [name, system] of systemsOf(comparison, victoriaMetrics, tidyInfluxdb)) {
      const store = stores.get(name);
      const timings = STORED[name]?.[quick ? "quick" : "full"];
      if (store === undefined || timings === undefined) continue;
      progress(`${timings} timings into ${system.title}, to be weighed`);
      const candidate = new Candidate(`${system.title}, weighed`);
      const kept = await candidate.try(() => measureStored(system, store, timings));
      if (kept === undefined) failed.push(candidate);
      else stored.set(name, kept);
    }
    return { stored, failed };
  } finally {
    await stopIfRunning(tidyInfluxdb);
  }
}

async function measureAllRates(
  comparison: ComparisonSystem,
  systems: ReturnType<typeof candidatesOf>,
  { quick, progress }: BenchContext,
): Promise<ReadonlyMap<number, RatesBySystem>> {
  const options = quick
    ? { warmUpMs: 60, durationMs: 100, rounds: 2 }
    : { warmUpMs: 500, durationMs: 600, rounds: 5 };
  const rates = new Map<number, RatesBySystem>();
  for (const size of SIZES) {
    const measured = new Map([...systems].filter(([, { sizes = SIZES }]) => sizes.includes(size)));
    progress(`${size} timings a request, ${measured.size} systems in turn`);
    rates.set(size, await measureRates(comparison, measured, size, options));
  }
  return rates;
}
