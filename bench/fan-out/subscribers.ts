import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import type { BenchTable } from "../lib/bench-table.ts";
import { figure, spread } from "../lib/format.ts";
import { median, percentile } from "../lib/statistics.ts";
import { processCpuMs, startSystem, type System } from "../lib/workerd.ts";
import { Crowd } from "./crowd.ts";
import type { Ending } from "./crowd-member.ts";
import { residentKb } from "./resident-kb.ts";
import { serialisationRow } from "./serialisations.ts";
import { startTraffic, TRAFFIC } from "./traffic.ts";

/** The last of them is as many as a tenant may have by default. */
const SIZES = [10, 100, 1_000, 5_000] as const;
const QUICK_SIZES = [10, 1_000] as const;
const GOAL_SIZE = 1_000;
const GOAL_MS = 300;
/** From here on, the process with the clients is too busy for its figures to be the server's. */
const BUSY_SHARE = 0.8;
const PATIENCE_MS = 5_000;

/** One number of subscribers, measured. */
interface Step {
  readonly size: number;
  readonly ticksPerSecond: number;
  /** CPU of workerd a tick, by window. */
  readonly tickCpuMs: readonly number[];
  readonly delaysMs: readonly number[];
  /** The p99 of each window. */
  readonly p99Ms: readonly number[];
  readonly frameCharacters: number;
  readonly frameBytes: number;
  readonly compressed: number;
  readonly residentMb: number;
  /** Of one core. */
  readonly clientShare: number;
}

interface Timing {
  readonly settleMs: number;
  readonly windows: number;
  readonly windowMs: number;
}

const FULL: Timing = { settleMs: 1_500, windows: 5, windowMs: 2_000 };
const QUICK: Timing = { settleMs: 800, windows: 2, windowMs: 1_000 };

/** What each subscriber of one tenant costs, from a few to as many as it may have. */
export async function measureSubscribers({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const timing = quick ? QUICK : FULL;
  const system = await startSystem();
  const crowd = new Crowd(system.tachograph, "bench-crowd");
  const traffic = startTraffic(system, 600_000);
  try {
    await sleep(timing.settleMs);
    const emptyMb = residentKb(system.pid) / 1_024;
    const steps: Step[] = [];
    for (const size of quick ? QUICK_SIZES : SIZES) {
      progress(`subscribers: ${figure(size)} WebSockets`);
      await crowd.growTo(size);
      await sleep(timing.settleMs);
      steps.push(await measureStep(system, crowd, timing));
    }
    const refusal = quick ? undefined : await crowd.oneTooMany(PATIENCE_MS);
    const notes = [...notesOf(steps, emptyMb), ...(quick ? [] : [refusalNote(crowd, refusal)])];
    return {
      rows: [serialisationRow(), delayRow(steps)],
      tables: [tableOf(steps, emptyMb, notes)],
    };
  } finally {
    traffic.abort();
    crowd.close();
    await system.stop();
  }
}

async function measureStep(system: System, crowd: Crowd, timing: Timing): Promise<Step> {
  crowd.takeArrivals();
  const cpuShares: number[] = [];
  const p99Ms: number[] = [];
  const all = { delaysMs: [] as number[], characters: 0, bytes: 0 };
  const startedAt = performance.now();
  const clientBefore = processCpuMs(process.pid);
  for (let i = 0; i < timing.windows; i++) {
    const [beganAt, cpuBefore] = [performance.now(), processCpuMs(system.pid)];
    await sleep(timing.windowMs);
    cpuShares.push((processCpuMs(system.pid) - cpuBefore) / (performance.now() - beganAt));
    const { delaysMs, characters, bytes } = crowd.takeArrivals();
    p99Ms.push(percentile(delaysMs, 99));
    for (const delayMs of delaysMs) all.delaysMs.push(delayMs);
    all.characters += characters;
    all.bytes += bytes;
  }
  const elapsedMs = performance.now() - startedAt;
  const frames = all.delaysMs.length;
  const ticksPerSecond = (frames / crowd.size / elapsedMs) * 1_000;
  return {
    size: crowd.size,
    ticksPerSecond,
    tickCpuMs: cpuShares.map((share) => (share * 1_000) / ticksPerSecond),
    delaysMs: all.delaysMs,
    p99Ms,
    frameCharacters: all.characters / frames,
    frameBytes: all.bytes / frames,
    compressed: crowd.compressedCount,
    residentMb: residentKb(system.pid) / 1_024,
    clientShare: (processCpuMs(process.pid) - clientBefore) / elapsedMs,
  };
}

function delayRow(steps: readonly Step[]): BenchRow {
  const step = steps.find(({ size }) => size === GOAL_SIZE);
  if (step === undefined) throw new Error(`${GOAL_SIZE} subscribers were not measured`);
  const p99 = percentile(step.delaysMs, 99);
  const { length: frames } = step.delaysMs;
  return {
    what: `${figure(GOAL_SIZE)} WebSocket subscribers on one coordinator: publish to arrival`,
    goal: `p99 ≤ ${GOAL_MS} ms`,
    measured: `p99 ${figure(p99)} ms`,
    verdict: verdictOf(p99 <= GOAL_MS),
    spread: `p50 ${figure(percentile(step.delaysMs, 50))}, longest ${figure(step.delaysMs.reduce((a, b) => Math.max(a, b)))} ms, p99 by window ${spread(step.p99Ms)}`,
    note:
      `${figure(frames)} frames; CPU a tick: workerd ${figure(median(step.tickCpuMs))} ms; all ` +
      "clients are in one Node process on the same two cores",
    data: { p99, frames, p99Ms: step.p99Ms, tickCpuMs: step.tickCpuMs },
  };
}

function tableOf(steps: readonly Step[], emptyMb: number, notes: readonly string[]): BenchTable {
  const rows = steps.map((step, i) => {
    const before = steps[i - 1];
    const joined = step.size - (before?.size ?? 0);
    const addedUs =
      before && ((median(step.tickCpuMs) - median(before.tickCpuMs)) / joined) * 1_000;
    const addedKb = before && ((step.residentMb - before.residentMb) / joined) * 1_024;
    return [
      figure(step.size),
      `${figure(median(step.tickCpuMs))} (${spread(step.tickCpuMs)})`,
      addedUs === undefined ? "–" : figure(addedUs),
      figure(percentile(step.delaysMs, 50)),
      figure(percentile(step.delaysMs, 99)),
      figure(step.ticksPerSecond),
      `${figure(step.frameCharacters)} / ${figure(step.frameBytes)}`,
      figure(step.residentMb),
      addedKb === undefined ? "–" : figure(addedKb),
      `${figure(step.clientShare * 100)} %`,
    ];
  });
  return {
    title: "Subscribers of one tenant, over WebSockets",
    columns: [
      "Subscribers",
      "CPU of workerd a tick, ms",
      "each added, µs a tick",
      "frame delay p50, ms",
      "p99, ms",
      "ticks a second",
      "a frame: characters / bytes on the wire",
      "workerd in memory, MB",
      "each added, kB",
      "CPU of all clients, of a core",
    ],
    rows,
    notes,
    data: {
      emptyMb,
      sizes: steps.map(({ size }) => size),
      ticksPerSecond: steps.map((step) => step.ticksPerSecond),
      p50Ms: steps.map(({ delaysMs }) => percentile(delaysMs, 50)),
      p99Ms: steps.map(({ delaysMs }) => percentile(delaysMs, 99)),
      residentMb: steps.map((step) => step.residentMb),
      clientShares: steps.map((step) => step.clientShare),
      ...Object.fromEntries(steps.map((step) => [`tickCpuMs${step.size}`, step.tickCpuMs])),
    },
  };
}

function notesOf(steps: readonly Step[], emptyMb: number): string[] {
  const largest = steps.at(-1);
  const busy = steps.filter(({ clientShare }) => clientShare >= BUSY_SHARE);
  const bounds = busy.map(({ size }) => figure(size)).join(", ");
  return [
    `CPU and memory are of the whole of workerd: the coordinator, the way of the frames through the ` +
      `entry Worker, and taking ${TRAFFIC} (${figure(emptyMb)} MB without subscribers). Memory is ` +
      "what the process has resident: an allocator keeps what it once needed.",
    `All clients offer compression, as browsers do; of ${figure(largest?.size ?? 0)} the first ` +
      `${largest?.compressed ?? 0} get it, as each would be compressed on its own. This traffic repeats itself, ` +
      "so that it packs better than others.",
    busy.length === 0
      ? "The clients never were what bounds the figures."
      : `With ${bounds} the clients were so busy that the delays are theirs as well.`,
  ];
}

function refusalNote(crowd: Crowd, ending: Ending | undefined): string {
  const who = `Subscriber ${figure(crowd.size + 1)}`;
  if (ending === undefined) return `${who} was NOT sent away.`;
  return `${who} was sent ${ending.lastMessage} and closed with ${ending.code}.`;
}
