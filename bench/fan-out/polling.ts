import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { skippedRow } from "../lib/bench-row.ts";
import type { BenchTable } from "../lib/bench-table.ts";
import { Candidate } from "../lib/candidate.ts";
import { figure, spread } from "../lib/format.ts";
import { median, percentile } from "../lib/statistics.ts";
import { processCpuMs, startSystem, type System } from "../lib/workerd.ts";
import { isMissing, type Peer } from "../peers/peer.ts";
import { stopIfRunning } from "../peers/stop-if-running.ts";
import { startVictoriaMetrics } from "../peers/victoria-metrics.ts";
import { Crowd } from "./crowd.ts";
import { Pollers } from "./pollers.ts";
import { startTraffic, TRAFFIC } from "./traffic.ts";
import { checkPanel, panelUrl, VictoriaFeed } from "./victoria-dashboard.ts";

const SIZES = [10, 100, 1_000] as const;
const QUICK_SIZES = [1_000] as const;
const TOKEN = "bench-crowd";

interface Timing {
  readonly settleMs: number;
  readonly windows: number;
  readonly windowMs: number;
}

const FULL: Timing = { settleMs: 1_500, windows: 3, windowMs: 1_000 };
const QUICK: Timing = { settleMs: 500, windows: 1, windowMs: 1_000 };

/** Somebody who gives pages their figures, for so many of them. */
interface Watched {
  /** CPU of the server per second, by window, in milliseconds. */
  readonly cpuMs: readonly number[];
  /** Updates that arrived, of all pages a second. */
  readonly perSecond: number;
  /** Until an update was there. */
  readonly p99Ms: number;
  /** Processors that all pages took, which are in this process. */
  readonly clientShare: number;
}

interface Way {
  readonly name: string;
  /** @returns undefined if nothing came of it, which is told of elsewhere. */
  measure(pages: number): Promise<Watched | undefined>;
}

/** Pages that are sent each tick, and pages that ask every second, ours and somebody else's. */
export async function measurePolling({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const sizes = quick ? QUICK_SIZES : SIZES;
  const system = await startSystem();
  const peer = await startVictoriaMetrics();
  const victoria = new Candidate(peer.name, isMissing(peer) ? peer.missing : undefined);
  const feed = isMissing(peer) ? undefined : new VictoriaFeed(peer);
  const traffic = startTraffic(system, 600_000);
  try {
    const timing = quick ? QUICK : FULL;
    const ways = [
      ...ourWays(system, timing),
      await victoriaWay(victoria, isMissing(peer) ? undefined : peer, feed, timing),
    ];
    const measured = new Map<string, Watched[]>(ways.map(({ name }) => [name, []]));
    for (const pages of sizes) {
      for (const way of ways) {
        progress(`polling: ${figure(pages)} pages, ${way.name}`);
        const watched = await way.measure(pages);
        if (watched !== undefined) measured.get(way.name)?.push(watched);
      }
    }
    const { why } = victoria;
    const rows = why === undefined ? [] : [skippedRow("Pages that ask VictoriaMetrics", "–", why)];
    return { rows, tables: [tableOf(measured, victoria, sizes)] };
  } finally {
    traffic.abort();
    feed?.stop();
    await stopIfRunning(peer);
    await system.stop();
  }
}

function ourWays(system: System, timing: Timing): Way[] {
  const live = `${system.tachograph}/v1/live`;
  const authorized = { authorization: `Bearer ${TOKEN}` };
  return [
    {
      name: "Tachograph, each tick sent (2 a second)",
      measure: (pages) => measurePushed(system, pages, timing),
    },
    {
      name: "Tachograph, `GET /v1/live` every second",
      measure: (pages) => measureAsked(system.pid, live, authorized, pages, timing),
    },
  ];
}

/** Measures nothing if it is missing, and nothing more once it has failed. */
async function victoriaWay(
  candidate: Candidate,
  peer: Peer | undefined,
  feed: VictoriaFeed | undefined,
  timing: Timing,
): Promise<Way> {
  const name = "VictoriaMetrics, a query every second";
  if (peer === undefined || feed === undefined) {
    return { name, measure: () => Promise.resolve(undefined) };
  }
  await candidate.try(async () => {
    await feed.start();
    await sleep(1_500);
    await checkPanel(peer);
  });
  const measure: Way["measure"] = (pages) =>
    candidate.try(async () => {
      const watched = await measureAsked(peer.pid, panelUrl(peer), {}, pages, timing);
      feed.check();
      return watched;
    });
  return { name, measure };
}

async function measurePushed(system: System, pages: number, timing: Timing): Promise<Watched> {
  const crowd = new Crowd(system.tachograph, TOKEN);
  try {
    await crowd.growTo(pages);
    return await measureWindows(system.pid, timing, () => crowd.takeArrivals().delaysMs);
  } finally {
    crowd.close();
    // Until the server has noticed that they have gone.
    await sleep(timing.settleMs);
  }
}

async function measureAsked(
  pid: number,
  url: string,
  headers: Readonly<Record<string, string>>,
  count: number,
  timing: Timing,
): Promise<Watched> {
  const pollers = new Pollers({ url, headers, count });
  try {
    return await measureWindows(pid, timing, () => pollers.takeAnswers().latenciesMs);
  } finally {
    await pollers.stop();
  }
}

/** @param take what arrived since it was last called: how long each update took. */
async function measureWindows(
  pid: number,
  { settleMs, windows, windowMs }: Timing,
  take: () => readonly number[],
): Promise<Watched> {
  await sleep(settleMs);
  take();
  const cpuMs: number[] = [];
  const delaysMs: number[] = [];
  const [startedAt, clientBefore] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < windows; i++) {
    const [beganAt, before] = [performance.now(), processCpuMs(pid)];
    await sleep(windowMs);
    cpuMs.push(((processCpuMs(pid) - before) / (performance.now() - beganAt)) * 1_000);
    for (const delayMs of take()) delaysMs.push(delayMs);
  }
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(clientBefore);
  return {
    cpuMs,
    perSecond: (delaysMs.length / elapsedMs) * 1_000,
    p99Ms: percentile(delaysMs, 99),
    clientShare: (user + system) / 1_000 / elapsedMs,
  };
}

function tableOf(
  measured: ReadonlyMap<string, readonly Watched[]>,
  { name: peer, why }: Candidate,
  sizes: readonly number[],
): BenchTable {
  const most = figure(sizes.at(-1) ?? 0);
  const data = [...measured.values()].flatMap((steps, way) =>
    steps.flatMap(({ cpuMs, clientShare }, i) => [
      [`cpuMs${way}At${sizes[i] ?? 0}`, cpuMs] as const,
      [`clientShare${way}At${sizes[i] ?? 0}`, clientShare] as const,
    ]),
  );
  return {
    title: "Pages that are told, and pages that ask: CPU of the server in ms a second",
    columns: [
      "How pages get their figures",
      ...sizes.map((pages) => `${figure(pages)} pages`),
      `updates a second at ${most}`,
      "CPU of each, µs",
      "p99 of an update, ms",
      "CPU of all clients, of a core",
    ],
    rows: [...measured].map(([name, steps]) => [name, ...cellsOf(steps, sizes)]),
    notes: [
      `The same traffic for ours: ${TRAFFIC}, its cost included. An update is late by what its p99 ` +
        "says; who asks is late by up to a second more, before it asks. Windows of a second follow each " +
        "other, and who is measured takes no turns.",
      "VictoriaMetrics is asked for p50, p95 and p99 of 5 targets over 1 min, from histograms of 20 " +
        "buckets with a sample a second; an update of ours has windows of 1 min, 5 min and 1 h, all " +
        "operations, grades, limits and the books.",
      "All clients are in one Node process on the same processors: near 100 % of a core, how late an " +
        "update is, and how many there are, is theirs as well.",
      ...(why === undefined ? [] : [`${peer}: ${why}.`]),
    ],
    data: Object.fromEntries(data),
  };
}

function cellsOf(steps: readonly Watched[], sizes: readonly number[]): string[] {
  const cpuCells = sizes.map((_, i) => {
    const step = steps[i];
    return step === undefined ? "–" : `${figure(median(step.cpuMs))} (${spread(step.cpuMs)})`;
  });
  const largest = steps[sizes.length - 1];
  if (largest === undefined) return [...cpuCells, "–", "–", "–", "–"];
  const { cpuMs, perSecond, p99Ms, clientShare } = largest;
  return [
    ...cpuCells,
    figure(perSecond),
    figure((median(cpuMs) / perSecond) * 1_000),
    figure(p99Ms),
    `${figure(clientShare * 100)} %`,
  ];
}
