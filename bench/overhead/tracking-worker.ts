import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, skippedRow, verdictOf } from "../lib/bench-row.ts";
import type { BenchTable } from "../lib/bench-table.ts";
import { type ComparisonSystem, startComparison } from "../lib/comparison-system.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, percentile, ratios } from "../lib/statistics.ts";
import { startInfluxdb } from "../peers/influxdb.ts";
import { isMissing, type MissingPeer, type Peer } from "../peers/peer.ts";
import { startVictoriaMetrics } from "../peers/victoria-metrics.ts";
import { TrackingLoad, type TrackingRun, type Way } from "./tracking-load.ts";

const GOAL_RATIO = 0.97;

const NAMES: Readonly<Record<Way, string>> = {
  plain: "nothing",
  tachograph: "Tachograph, nobody looks",
  watched: "Tachograph, somebody looks",
  do: "a Durable Object call per timing",
  d1: "a D1 row per timing, a batch per event",
  "victoria-metrics": "a `fetch` per event to VictoriaMetrics",
  influxdb: "a `fetch` per event to InfluxDB",
};

/** A way that was measured, and how often nothing was right beside it. */
interface Compared {
  readonly runs: readonly TrackingRun[];
  readonly ratio: readonly number[];
  readonly p99Ratio: readonly number[];
  readonly cpuRatio: readonly number[];
}

/** A tracking Worker that forwards each event to three platforms, and tells of the calls or not. */
export async function measureTrackingWorker(context: BenchContext): Promise<BenchOutcome> {
  const victoriaMetrics = await startVictoriaMetrics();
  const influxdb = await startInfluxdb();
  const missing = [victoriaMetrics, influxdb].filter(isMissing);
  const urls = {
    ...(!isMissing(victoriaMetrics) && { victoriaMetricsUrl: victoriaMetrics.url }),
    ...(!isMissing(influxdb) && { influxdbUrl: influxdb.url }),
  };
  const system = await startComparison(urls);
  try {
    const peers: Way[] = [];
    if (urls.victoriaMetricsUrl !== undefined) peers.push("victoria-metrics");
    if (urls.influxdbUrl !== undefined) peers.push("influxdb");
    const compared = await measureWays(system, peers, context);
    return { rows: [goalRow(compared), ...missingRows(missing)], tables: [toTable(compared)] };
  } finally {
    await system.stop();
    await Promise.all([victoriaMetrics, influxdb].map(stopIfRunning));
  }
}

async function measureWays(
  system: ComparisonSystem,
  peers: readonly Way[],
  { quick, progress }: BenchContext,
): Promise<ReadonlyMap<Way, Compared>> {
  const load = new TrackingLoad(system);
  const compared = new Map<Way, Compared>();
  const durationMs = quick ? 500 : 2_500;
  const compare = async (ways: readonly Way[], rounds: number): Promise<void> => {
    const runs = new Map<Way, TrackingRun[]>(["plain" as const, ...ways].map((way) => [way, []]));
    const variants = [...runs].map(([way, list]) => {
      const variant = async (): Promise<number> => {
        const run = await load.run(way, durationMs);
        list.push(run);
        return run.perSecond;
      };
      return [way, variant] as const;
    });
    await interleaved(Object.fromEntries(variants), rounds);
    for (const [way, list] of runs) {
      if (way !== "plain" || !compared.has(way))
        compared.set(way, relative(list, runs.get("plain")));
    }
  };
  try {
    progress("warming up");
    for (const way of [
      "plain",
      "tachograph",
      "plain",
      "tachograph",
      "do",
      "d1",
      ...peers,
    ] as const) {
      await load.run(way, quick ? 300 : 1_000);
    }
    progress("with the client and without, in turns");
    await compare(["tachograph"], quick ? 4 : 11);
    progress("each other way");
    await compare(["do", "d1", ...peers], quick ? 2 : 3);
    progress("with the client while somebody looks");
    await compare(["watched"], quick ? 1 : 2);
    return compared;
  } finally {
    load.close();
  }
}

/** The rounds run backwards every other time, but each way has one run a round, in order. */
function relative(runs: readonly TrackingRun[], plain: readonly TrackingRun[] = []): Compared {
  const p99 = ({ latenciesMs }: TrackingRun): number => percentile(latenciesMs, 99);
  const over = (of: (run: TrackingRun) => number): number[] => ratios(runs.map(of), plain.map(of));
  return {
    runs,
    ratio: over(({ perSecond }) => perSecond),
    p99Ratio: over(p99),
    cpuRatio: over(({ cpuUsPerEvent }) => cpuUsPerEvent),
  };
}

function goalRow(compared: ReadonlyMap<Way, Compared>): BenchRow {
  const { ratio = [], p99Ratio = [], cpuRatio = [], runs = [] } = compared.get("tachograph") ?? {};
  return {
    what: "A tracking Worker with the client against the same without, requests/s",
    goal: `≥ ${GOAL_RATIO}`,
    measured: figure(median(ratio)),
    verdict: verdictOf(median(ratio) >= GOAL_RATIO),
    spread: spread(ratio),
    note:
      `p99 of an answer ${figure(median(p99Ratio))} ×, CPU an event ${figure(median(cpuRatio))} × of ` +
      `nothing; ${figure(median(runs.map(({ perSecond }) => perSecond)))} events/s to three platforms ` +
      "that answer at once; all of Tachograph works on the same thread, which it does not when deployed",
    data: { ratio, p99Ratio, cpuRatio },
  };
}

function toTable(compared: ReadonlyMap<Way, Compared>): BenchTable {
  const data: Record<string, readonly number[]> = {};
  const rows = [...compared].map(([way, { runs, ratio, p99Ratio, cpuRatio }]) => {
    data[`${way} ratio`] = ratio;
    data[`${way} p99 ratio`] = p99Ratio;
    data[`${way} CPU ratio`] = cpuRatio;
    const events = runs.reduce((sum, run) => sum + run.events, 0);
    const per1000 = (of: (run: TrackingRun) => number): string =>
      figure((runs.reduce((sum, run) => sum + of(run), 0) / events) * 1_000);
    return [
      NAMES[way],
      figure(median(runs.map(({ perSecond }) => perSecond))),
      figure(median(ratio)),
      figure(median(p99Ratio)),
      figure(median(cpuRatio)),
      per1000(({ objectRequests }) => objectRequests),
      per1000(({ rowsWritten }) => rowsWritten),
    ];
  });
  return {
    title: "Three calls an event, told of after the answer in each way",
    columns: [
      "Told to",
      "events/s",
      "of nothing",
      "p99, of nothing",
      "CPU an event, of nothing",
      "requests to objects per 1,000 events",
      "rows written per 1,000 events",
    ],
    rows,
    notes: [
      "Events/s until everything was told of. CPU is workerd's: the peers' own is not in it, and what they wait for is nowhere billed.",
      "Rows of Durable Objects and of D1, indexes and alarms included.",
      "A `fetch` per event also takes one of the six connections that a request may have open at once.",
    ],
    data,
  };
}

function missingRows(missing: readonly MissingPeer[]): BenchRow[] {
  return missing.map(({ name, missing: why }) => skippedRow(`Told to ${name}`, "shown", why));
}

async function stopIfRunning(peer: Peer | MissingPeer): Promise<void> {
  if (!isMissing(peer)) await peer.stop();
}
