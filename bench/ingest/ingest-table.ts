import type { BenchTable } from "../lib/bench-table.ts";
import { figure } from "../lib/format.ts";
import { median } from "../lib/statistics.ts";
import type { RateRun, RatesBySystem } from "./measure-rates.ts";
import type { Stored } from "./measure-stored.ts";
import { CONNECTIONS } from "./sender.ts";
import { type MeasuredSystem, SIZES, type SystemName } from "./systems.ts";

const LARGEST = 1_000;
const MILLION = 1e6;
/** From so many processors on, who sends holds back who is measured. */
const BUSY_CLIENT_CPUS = 0.8;

/**
 * Every system with its rates, and what it keeps.
 * @param whyNot why somebody has no figures.
 */
export function ingestTable(
  systems: ReadonlyMap<SystemName, MeasuredSystem>,
  rates: ReadonlyMap<number, RatesBySystem>,
  stored: ReadonlyMap<SystemName, Stored>,
  whyNot: readonly string[],
): BenchTable {
  return {
    title: `Timings/s by timings a request, ${CONNECTIONS} senders with a request at a time each`,
    columns: [
      "System",
      ...SIZES.map((size) => `${figure(size)} a request`),
      "CPU µs a timing at 1",
      "at 1,000",
      "Rows written per million at 1",
      "Stored: timings at 1,000",
      "rows written",
      "MB",
      "Stored when it answers",
    ],
    rows: [...systems].map(([name, system]) => {
      const runs = (size: number): readonly RateRun[] => rates.get(size)?.get(name)?.runs ?? [];
      const kept = stored.get(name);
      return [
        system.title,
        ...SIZES.map((size) => rateCell(rates.get(size)?.get(name))),
        figure(median(runs(1).map(({ cpuUs }) => cpuUs))),
        figure(median(runs(LARGEST).map(({ cpuUs }) => cpuUs))),
        figure(median(runs(1).map(({ rows }) => rows * MILLION))),
        figure(kept?.timings ?? Number.NaN),
        figure(kept?.rows ?? Number.NaN),
        figure((kept?.bytes ?? Number.NaN) / MILLION),
        system.durable,
      ];
    }),
    notes: [...notesOf(systems, rates, stored), ...whyNot],
    data: dataOf(rates, stored),
  };
}

function rateCell(rates: { encoding: string; runs: readonly RateRun[] } | undefined): string {
  if (rates === undefined) return "–";
  const perSecond = median(rates.runs.map(({ timingsPerSecond }) => timingsPerSecond));
  return `${figure(perSecond)} (${rates.encoding})`;
}

function notesOf(
  systems: ReadonlyMap<SystemName, MeasuredSystem>,
  rates: ReadonlyMap<number, RatesBySystem>,
  stored: ReadonlyMap<SystemName, Stored>,
): string[] {
  const ours = stored.get("binding");
  const parts = Object.entries(ours?.parts ?? {}).map(
    ([part, bytes]) => `${part} ${figure(bytes / MILLION)} MB`,
  );
  const busy = [...rates].flatMap(([size, bySystem]) =>
    [...bySystem].flatMap(([name, { runs }]) => {
      const cpus = median(runs.map(({ clientCpus }) => clientCpus));
      const title = systems.get(name)?.title ?? name;
      return cpus < BUSY_CLIENT_CPUS ? [] : `${title} at ${figure(size)} (${figure(cpus)})`;
    }),
  );
  return [
    "Three operations, four outcomes, log-normal durations; requests are of one platform, as a full buffer of the client is, and all of the same one: one object takes them. Numbered reports, so that a repeat is not counted twice; VictoriaMetrics and InfluxDB get a label for each sender and distinct times, so that nothing is overwritten.",
    "Senders are keep-alive connections of one Node process on the same processors; those of the service binding are callers in a Worker in the same workerd, whose CPU time is in its figure. workerd runs all its Workers and objects in one thread; VictoriaMetrics and InfluxDB use all processors.",
    "Of VictoriaMetrics' remote write, JSON lines and native format the quickest in the warm-up of each size is taken; its text formats were behind them. InfluxDB takes gzip more slowly than plain lines over loopback.",
    "Stored: Tachograph has histograms of 5 seconds, minutes, hours and days instead of timings, so that more timings of these series in this time hardly add to it, while all others grow with each; databases as SQLite pages, VictoriaMetrics after a forced merge, InfluxDB after a full compaction.",
    ...(parts.length > 0 ? [`Of Tachograph's: ${parts.join(", ")}.`] : []),
    ...(busy.length > 0
      ? [`The sender is what bounds it (its processors): ${busy.join(", ")}.`]
      : []),
    "A Durable Object call per timing is no quicker in batches: a request makes as many calls.",
    "Redis is not here: it keeps values, and no percentiles of them.",
  ];
}

function dataOf(
  rates: ReadonlyMap<number, RatesBySystem>,
  stored: ReadonlyMap<SystemName, Stored>,
): Record<string, number | readonly number[]> {
  const data: Record<string, number | readonly number[]> = {};
  for (const [size, bySystem] of rates) {
    for (const [name, { runs }] of bySystem) {
      data[`${name}/${size}/timingsPerSecond`] = runs.map((run) => run.timingsPerSecond);
      data[`${name}/${size}/cpuUs`] = runs.map((run) => run.cpuUs);
      data[`${name}/${size}/clientCpus`] = runs.map((run) => run.clientCpus);
    }
  }
  for (const [name, { timings, bytes, rows, parts }] of stored) {
    data[`${name}/stored/timings`] = timings;
    data[`${name}/stored/bytes`] = bytes;
    if (Number.isFinite(rows)) data[`${name}/stored/rows`] = rows;
    for (const [part, partBytes] of Object.entries(parts)) {
      data[`${name}/stored/${part}`] = partBytes;
    }
  }
  return data;
}
