import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { Candidate } from "../lib/candidate.ts";
import { startComparison } from "../lib/comparison-system.ts";
import { startInfluxdb } from "../peers/influxdb.ts";
import { isMissing, type MissingPeer } from "../peers/peer.ts";
import { stopIfRunning } from "../peers/stop-if-running.ts";
import { startVictoriaMetrics } from "../peers/victoria-metrics.ts";
import { askAll, type Plan, type SystemFigures } from "./ask-all.ts";
import { d1RowsSystem } from "./d1-rows-system.ts";
import { influxdbSystem } from "./influxdb-system.ts";
import { queryRows } from "./query-rows.ts";
import type { QuerySystem } from "./query-system.ts";
import { queryTables } from "./query-tables.ts";
import { tachographSystem } from "./tachograph-system.ts";
import { dataEnd, makeTimings, type PlatformTimings, questionsUntil, TARGETS } from "./timings.ts";
import { victoriaMetricsSystem } from "./victoria-metrics-system.ts";
import { vmRangesSystem } from "./vm-ranges-system.ts";

/** Timings of each of five platforms. */
const PER_TARGET = { full: 2_000_000, quick: 40_000 };

/** What the family came to, before it is told. */
export interface QueryFigures {
  /** Ours first. */
  readonly systems: readonly SystemFigures[];
  readonly missing: readonly MissingPeer[];
  /** What failed was asked nothing more, and has no figures. */
  readonly failed: readonly FailedSystem[];
  /** Of all platforms together. */
  readonly timings: number;
  /** Whether it is a look, at fewer timings than the goals are about. */
  readonly isLook: boolean;
}

export interface FailedSystem {
  readonly name: string;
  readonly why: string;
}

/** p50–p99.9 of five platforms over a minute, a day and a month, asked of systems that hold the same. */
export async function measurePercentiles({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const to = dataEnd(Date.now());
  const perTarget = quick ? PER_TARGET.quick : PER_TARGET.full;
  progress(`making ${(perTarget * TARGETS.length).toLocaleString("en-US")} timings`);
  const all = makeTimings(to, perTarget);
  const peers = [
    await startInfluxdb({ compactsAtOnce: true }),
    await startVictoriaMetrics(),
  ] as const;
  const comparison = await startComparison();
  try {
    const [influxdb, victoriaMetrics] = peers;
    // The peers first: they go on sorting in the background what they were given.
    const systems = [
      ...(isMissing(influxdb) ? [] : [influxdbSystem(influxdb)]),
      ...(isMissing(victoriaMetrics)
        ? []
        : [victoriaMetricsSystem(victoriaMetrics.url), vmRangesSystem(victoriaMetrics.url)]),
      d1RowsSystem(comparison),
      tachographSystem(comparison, quick),
    ];
    const candidates = new Map(systems.map((system) => [system, new Candidate(system.name)]));
    const loadSeconds = new Map<QuerySystem, number>();
    for (const [system, candidate] of candidates) {
      const seconds = await candidate.try(() => load(system, all, progress));
      if (seconds !== undefined) loadSeconds.set(system, seconds);
    }
    const inOrder = new Map([...candidates].toReversed());
    const asked = await askAll(inOrder, all, plansFor(to, quick), progress);
    const figures = {
      systems: asked.map((one) => ({ ...one, loadSeconds: loadSeconds.get(one.system) ?? NaN })),
      missing: peers.filter(isMissing),
      failed: [...candidates.values()].flatMap(({ name, why }) =>
        why === undefined ? [] : { name, why },
      ),
      timings: perTarget * TARGETS.length,
      isLook: quick,
    };
    return { rows: queryRows(figures), tables: queryTables(figures) };
  } finally {
    await comparison.stop();
    await Promise.all(peers.map(stopIfRunning));
  }
}

/** A day or a month of all platforms takes some systems long: the first answer has to do. */
function plansFor(to: number, quick: boolean): Plan[] {
  const { minute, day, month } = questionsUntil(to);
  const [one, five] = [TARGETS.slice(0, 1), TARGETS];
  return [
    { question: minute, targets: one, rounds: 5 },
    { question: minute, targets: five, rounds: 5 },
    { question: day, targets: one, rounds: 3 },
    { question: day, targets: five, rounds: 0 },
    { question: month, targets: one, rounds: 3 },
    { question: month, targets: five, rounds: quick ? 1 : 0 },
  ];
}

/** @returns how many seconds it took. */
async function load(
  system: QuerySystem,
  all: readonly PlatformTimings[],
  progress: (text: string) => void,
): Promise<number> {
  const total = all.reduce((sum, { ats }) => sum + ats.length, 0);
  let told = -1;
  const startedAt = performance.now();
  await system.load(all, (count) => {
    const tenths = Math.floor((10 * count) / total);
    if (tenths > told) progress(`${system.name}: ${tenths * 10} % loaded`);
    told = Math.max(told, tenths);
  });
  return (performance.now() - startedAt) / 1_000;
}
