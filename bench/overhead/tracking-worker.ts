import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, failedRow, skippedRow, verdictOf } from "../lib/bench-row.ts";
import type { BenchTable } from "../lib/bench-table.ts";
import { Candidate } from "../lib/candidate.ts";
import { startComparison } from "../lib/comparison-system.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, percentile, ratios } from "../lib/statistics.ts";
import { startInfluxdb } from "../peers/influxdb.ts";
import { isMissing } from "../peers/peer.ts";
import { stopIfRunning } from "../peers/stop-if-running.ts";
import { startVictoriaMetrics } from "../peers/victoria-metrics.ts";
import { type Counters, countersOf, type OtherWay } from "./count-told.ts";
import { CALLS, TrackingLoad, type TrackingRun, type Way } from "./tracking-load.ts";

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

const COLUMNS = [
  "Told to",
  "events/s",
  "of nothing",
  "p99, of nothing",
  "CPU an event, of nothing",
  "requests to objects per 1,000 events",
  "rows written per 1,000 events",
];

/** A way that was measured, and how often nothing was right beside it. */
interface Compared {
  readonly runs: readonly TrackingRun[];
  readonly ratio: readonly number[];
  readonly p99Ratio: readonly number[];
  readonly cpuRatio: readonly number[];
}

type Candidates = ReadonlyMap<OtherWay, Candidate>;

/** A tracking Worker that forwards each event to three platforms, and tells of the calls or not. */
export async function measureTrackingWorker(context: BenchContext): Promise<BenchOutcome> {
  const victoriaMetrics = await startVictoriaMetrics();
  const influxdb = await startInfluxdb();
  const missing = [victoriaMetrics, influxdb].filter(isMissing);
  const system = await startComparison({
    ...(!isMissing(victoriaMetrics) && { victoriaMetricsUrl: victoriaMetrics.url }),
    ...(!isMissing(influxdb) && { influxdbUrl: influxdb.url }),
  });
  const load = new TrackingLoad(system);
  try {
    const counters = countersOf(system, victoriaMetrics, influxdb);
    const others = new Map([...counters.keys()].map((way) => [way, new Candidate(NAMES[way])]));
    const compared = await measureWays(load, others, context);
    await checkTold(load, others, counters, context);
    const rows = [
      goalRow(compared),
      ...[...others.values()].flatMap(({ name, why }) =>
        why === undefined ? [] : failedRow(`Told to ${name}`, why),
      ),
      ...missing.map(({ name, missing: why }) => skippedRow(`Told to ${name}`, "shown", why)),
    ];
    return { rows, tables: [toTable(compared, others)] };
  } finally {
    load.close();
    await system.stop();
    await Promise.all([victoriaMetrics, influxdb].map(stopIfRunning));
  }
}

async function measureWays(
  load: TrackingLoad,
  others: Candidates,
  { quick, progress }: BenchContext,
): Promise<ReadonlyMap<Way, Compared>> {
  const compared = new Map<Way, Compared>();
  const durationMs = quick ? 400 : 2_500;
  const warmUpMs = quick ? 200 : 1_000;
  const compare = async (ways: readonly Way[], rounds: number): Promise<void> => {
    const runs = new Map<Way, TrackingRun[]>(["plain" as const, ...ways].map((way) => [way, []]));
    const variants = [...runs].map(([way, list]) => {
      const measure = async (): Promise<number> => {
        const run = await load.run(way, durationMs);
        list.push(run);
        return run.perSecond;
      };
      const other = isOther(way) ? others.get(way) : undefined;
      const variant = async (): Promise<number> =>
        other === undefined ? measure() : ((await other.try(measure)) ?? Number.NaN);
      return [way, variant] as const;
    });
    await interleaved(Object.fromEntries(variants), rounds);
    for (const [way, list] of runs) {
      if (way !== "plain" || !compared.has(way))
        compared.set(way, relative(list, runs.get("plain")));
    }
  };
  progress("warming up");
  for (const way of ["plain", "tachograph", "plain", "tachograph"] as const)
    await load.run(way, warmUpMs);
  for (const [way, other] of others) await other.try(() => load.run(way, warmUpMs));
  progress("with the client and without, in turns");
  await compare(["tachograph"], quick ? 4 : 11);
  progress("each other way");
  await compare([...others.keys()], quick ? 2 : 3);
  progress("with the client while somebody looks");
  await compare(["watched"], quick ? 1 : 2);
  return compared;
}

/** Who was told of each call, but has not all of them, has no figures. */
async function checkTold(
  load: TrackingLoad,
  others: Candidates,
  counters: Counters,
  { progress }: BenchContext,
): Promise<void> {
  progress("counting what was told of");
  for (const [way, count] of counters) {
    await others.get(way)?.try(async () => {
      const [told, kept] = [CALLS * load.events(way), await count()];
      if (kept !== told) throw new Error(`has ${kept} of ${told} calls that it was told of`);
    });
  }
}

function isOther(way: Way): way is OtherWay {
  return way !== "plain" && way !== "tachograph" && way !== "watched";
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

function toTable(compared: ReadonlyMap<Way, Compared>, others: Candidates): BenchTable {
  const data: Record<string, readonly number[]> = {};
  const whyNot = (way: Way): string | undefined =>
    isOther(way) ? others.get(way)?.why : undefined;
  const rows = [...compared].map(([way, { runs, ratio, p99Ratio, cpuRatio }]) => {
    if (whyNot(way) !== undefined) return [NAMES[way], ...COLUMNS.slice(1).map(() => "–")];
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
    columns: COLUMNS,
    rows,
    notes: [
      "Events/s until everything was told of. CPU is workerd's: the peers' own is not in it, and what they wait for is nowhere billed.",
      "Rows of Durable Objects and of D1, indexes and alarms included.",
      "A `fetch` per event also takes one of the six connections that a request may have open at once.",
      "At the end D1, objects and peers were asked how many calls they have: who has not all has no figures.",
      ...[...others.values()].flatMap(({ name, why }) =>
        why === undefined ? [] : `${name}: ${why}.`,
      ),
    ],
    data,
  };
}
