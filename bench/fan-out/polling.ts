import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { figure, spread } from "../lib/format.ts";
import { median, percentile } from "../lib/statistics.ts";
import { processCpuMs, startSystem, type System } from "../lib/workerd.ts";
import { isMissing, type MissingPeer, type Peer } from "../peers/peer.ts";
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
const QUICK: Timing = { settleMs: 1_000, windows: 1, windowMs: 1_000 };

/** Somebody who gives pages their figures, for so many of them. */
interface Watched {
  /** CPU of the server per second, by window, in milliseconds. */
  readonly cpuMs: readonly number[];
  /** Updates that arrived, of all pages a second. */
  readonly perSecond: number;
  /** Until an update was there. */
  readonly p99Ms: number;
}

interface Way {
  readonly name: string;
  measure(pages: number, timing: Timing): Promise<Watched>;
}

/** Pages that are sent each tick, and pages that ask every second, ours and somebody else's. */
export async function measurePolling({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const system = await startSystem();
  const victoria = await startVictoriaMetrics();
  const feed = isMissing(victoria) ? undefined : new VictoriaFeed(victoria);
  const traffic = startTraffic(system, 600_000);
  try {
    if (!isMissing(victoria)) {
      await feed?.start();
      await sleep(1_500);
      await checkPanel(victoria);
    }
    const ways = waysOf(system, victoria);
    const measured = new Map<string, Watched[]>(ways.map(({ name }) => [name, []]));
    for (const pages of quick ? QUICK_SIZES : SIZES) {
      for (const way of ways) {
        progress(`polling: ${figure(pages)} pages, ${way.name}`);
        measured.get(way.name)?.push(await way.measure(pages, quick ? QUICK : FULL));
      }
    }
    return outcomeOf(measured, victoria, quick ? QUICK_SIZES : SIZES);
  } finally {
    traffic.abort();
    feed?.stop();
    if (!isMissing(victoria)) await victoria.stop();
    await system.stop();
  }
}

function waysOf(system: System, victoria: Peer | MissingPeer): Way[] {
  const live = `${system.tachograph}/v1/live`;
  const authorized = { authorization: `Bearer ${TOKEN}` };
  const ways: Way[] = [
    {
      name: "Tachograph, each tick sent (2 a second)",
      measure: (pages, timing) => measurePushed(system, pages, timing),
    },
    {
      name: "Tachograph, `GET /v1/live` every second",
      measure: (pages, timing) => measureAsked(system.pid, live, authorized, pages, timing),
    },
  ];
  if (isMissing(victoria)) return ways;
  const measureVictoria: Way["measure"] = (pages, timing) =>
    measureAsked(victoria.pid, panelUrl(victoria), {}, pages, timing);
  return [...ways, { name: "VictoriaMetrics, a query every second", measure: measureVictoria }];
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
  const startedAt = performance.now();
  for (let i = 0; i < windows; i++) {
    const [beganAt, before] = [performance.now(), processCpuMs(pid)];
    await sleep(windowMs);
    cpuMs.push(((processCpuMs(pid) - before) / (performance.now() - beganAt)) * 1_000);
    for (const delayMs of take()) delaysMs.push(delayMs);
  }
  const perSecond = (delaysMs.length / (performance.now() - startedAt)) * 1_000;
  return { cpuMs, perSecond, p99Ms: percentile(delaysMs, 99) };
}

function outcomeOf(
  measured: ReadonlyMap<string, readonly Watched[]>,
  victoria: Peer | MissingPeer,
  sizes: readonly number[],
): BenchOutcome {
  const rows = [...measured].map(([name, steps]) => {
    const largest = steps.at(-1);
    return [
      name,
      ...steps.map(({ cpuMs }) => `${figure(median(cpuMs))} (${spread(cpuMs)})`),
      largest === undefined ? "–" : figure(largest.perSecond),
      largest === undefined ? "–" : figure((median(largest.cpuMs) / largest.perSecond) * 1_000),
      largest === undefined ? "–" : figure(largest.p99Ms),
    ];
  });
  if (isMissing(victoria)) {
    rows.push(["VictoriaMetrics, a query every second", ...sizes.map(() => "–"), "–", "–", "–"]);
  }
  const most = figure(sizes.at(-1) ?? 0);
  const data = [...measured.values()].flatMap((steps, way) =>
    steps.map(({ cpuMs }, i) => [`cpuMs${way}At${sizes[i] ?? 0}`, cpuMs] as const),
  );
  const table = {
    title: "Pages that are told, and pages that ask: CPU of the server in ms a second",
    columns: [
      "How pages get their figures",
      ...sizes.map((pages) => `${figure(pages)} pages`),
      `updates a second at ${most}`,
      "CPU of each, µs",
      "p99 of an update, ms",
    ],
    rows,
    notes: [
      `The same traffic for ours: ${TRAFFIC}, its cost included. An update is late by what the last ` +
        "column says; who asks is late by up to a second more, before it asks.",
      "VictoriaMetrics is asked for p50, p95 and p99 of 5 targets over 1 min, from histograms of 20 " +
        "buckets with a sample a second; an update of ours has windows of 1 min, 5 min and 1 h, all " +
        "operations, grades, limits and the books.",
      ...(isMissing(victoria) ? [`VictoriaMetrics: ${victoria.missing}.`] : []),
    ],
    data: Object.fromEntries(data),
  };
  return { rows: [], tables: [table] };
}
