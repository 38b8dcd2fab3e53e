import { setTimeout as sleep } from "node:timers/promises";
import { type Frame, type FrameContent } from "../../src/stream/frames.ts";
import { streamFilter } from "../../src/stream/stream-filter.ts";
import { StreamHub } from "../../src/stream/stream-hub.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import { emptyLedger } from "../../src/merge/intake-ledger.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { percentile } from "../lib/statistics.ts";
import { NO_PILLARS } from "../../test/support/hub-world.ts";
import { openStream, type StreamClient } from "../lib/stream-client.ts";
import { processCpuMs, startSystem, type System } from "../lib/workerd.ts";

const SUBSCRIBERS = 1_000;
const WAVE = 50;
const PING_MS = 4_000;
const GOAL_MS = 300;
const TARGETS = ["meta", "google", "tiktok", "pinterest", "reddit"] as const;
const FILTERS = [
  {},
  { targets: ["meta"] },
  { windows: ["1m"] as const },
  { targets: ["google", "tiktok"], windows: ["1m", "5m"] as const },
];

/** A thousand subscribers of one tenant. */
export async function measureSubscribers(context: BenchContext): Promise<BenchRow[]> {
  return [serialisationRow(), await delayRow(context)];
}

/** Counts what the hub really makes: two subscribers who get one object share its serialisation. */
function serialisationRow(): BenchRow {
  const made = new Set<Frame>();
  const hub = new StreamHub("bench", () => ({ "1m": "", "5m": "", "1h": "" }), 10);
  for (let i = 0; i < SUBSCRIBERS; i++) {
    const sink = { unreadBytes: () => 0, send: (frame: Frame) => made.add(frame), close: () => {} };
    hub.join(new Subscriber(sink, streamFilter(FILTERS[i % FILTERS.length] ?? {})), undefined, 500);
  }
  const perTick: number[] = [];
  for (let seq = 1; seq <= 5; seq++) {
    made.clear();
    hub.publish(emptyTick(seq), { series: [], limits: [] }, seq);
    perTick.push(made.size);
  }
  const worst = Math.max(...perTick);
  return {
    what: `Serialisations a tick for ${SUBSCRIBERS} subscribers with ${FILTERS.length} distinct filters`,
    goal: `${FILTERS.length}`,
    measured: figure(worst),
    verdict: verdictOf(worst === FILTERS.length),
    spread: `n = ${perTick.length} ticks`,
    note: "distinct frames that the hub handed out, in Node",
    data: { perTick },
  };
}

function emptyTick(seq: number): FrameContent {
  const coverage = { shards: 0, answered: 0, missing: [] };
  const books = { ...emptyLedger(), merged: 0, pending: 0, isBalanced: true };
  const about = { at: seq, staleMs: 0, status: "HEALTHY" as const, score: null, coverage };
  const snapshot = { ...about, pillars: NO_PILLARS, series: [], ledger: books };
  return { tenant: "bench", epoch: "bench", seq, snapshot, series: [], limits: [] };
}

async function delayRow({ quick, progress }: BenchContext): Promise<BenchRow> {
  const system = await startSystem();
  const delaysMs: number[] = [];
  let isMeasuring = false;
  let characters = 0;
  const onFrame = (text: string): void => {
    const arrivedAt = Date.now();
    if (!isMeasuring || !text.startsWith('{"type":"tick"')) return;
    // `at` of a tick is when it was published, and comes before everything that could be long.
    const at = /"at":(\d+)/.exec(text)?.[1];
    delaysMs.push(arrivedAt - Number(at));
    characters += text.length;
  };
  const clients: StreamClient[] = [];
  let pings: ReturnType<typeof setInterval> | undefined;
  try {
    const durationMs = quick ? 3_000 : 10_000;
    const traffic = startTraffic(system, durationMs + 12_000);
    progress(`subscribers: opening ${SUBSCRIBERS} WebSockets`);
    await openAll(system, clients, onFrame);
    pings = setInterval(() => ping(clients), PING_MS);
    await sleep(1_500);
    progress("subscribers: measuring");
    const [serverMs, clientMs] = [processCpuMs(system.pid), processCpuMs(process.pid)];
    isMeasuring = true;
    await sleep(durationMs);
    isMeasuring = false;
    const ticks = delaysMs.length / SUBSCRIBERS;
    const cpuMs = {
      server: (processCpuMs(system.pid) - serverMs) / ticks,
      clients: (processCpuMs(process.pid) - clientMs) / ticks,
    };
    traffic.abort();
    return toRow(delaysMs, characters, cpuMs);
  } finally {
    clearInterval(pings);
    for (const client of clients) client.close();
    await system.stop();
  }
}

async function openAll(
  system: System,
  clients: StreamClient[],
  onFrame: (text: string) => void,
): Promise<void> {
  const base = `${system.tachograph.replace("http", "ws")}/v1/stream`;
  for (let opened = 0; opened < SUBSCRIBERS; opened += WAVE) {
    const wave = Array.from({ length: WAVE }, (_, i) => {
      const { targets, windows } = FILTERS[(opened + i) % FILTERS.length] ?? {};
      const query = new URLSearchParams();
      if (targets !== undefined) query.set("targets", targets.join(","));
      if (windows !== undefined) query.set("windows", windows.join(","));
      return openStream(`${base}?${query.toString()}`, "bench-crowd", onFrame);
    });
    clients.push(...(await Promise.all(wave)));
  }
}

/** Reports to every target all the time, so that every tick has something to say. */
function startTraffic(system: System, ms: number): AbortController {
  const stop = new AbortController();
  for (const target of TARGETS) {
    const query = `shard=crowd/${target}%230&callers=1&timings=20&pauseMs=100&ms=${ms}`;
    fetch(`${system.driver}/report?${query}`, { signal: stop.signal }).catch((cause: unknown) => {
      if (!stop.signal.aborted)
        process.stderr.write(`traffic to ${target} ended: ${String(cause)}\n`);
    });
  }
  return stop;
}

function ping(clients: readonly StreamClient[]): void {
  for (const { socket } of clients) if (socket.readyState === WebSocket.OPEN) socket.send("ping");
}

function toRow(
  delaysMs: readonly number[],
  characters: number,
  cpuMs: { readonly server: number; readonly clients: number },
): BenchRow {
  const p99 = percentile(delaysMs, 99);
  return {
    what: `${SUBSCRIBERS} WebSocket subscribers on one coordinator: publish to arrival`,
    goal: `p99 ≤ ${GOAL_MS} ms`,
    measured: `p99 ${figure(p99)} ms`,
    verdict: verdictOf(p99 <= GOAL_MS),
    spread: `p50 ${figure(percentile(delaysMs, 50))}, longest ${figure(Math.max(...delaysMs))} ms, n = ${delaysMs.length}`,
    note:
      `frames of ${figure(characters / delaysMs.length)} characters on average; CPU a tick: workerd ` +
      `${figure(cpuMs.server)} ms, all clients in one Node process ${figure(cpuMs.clients)} ms; ` +
      `each pings every ${PING_MS / 1_000} s`,
    data: { p99, frames: delaysMs.length, ...cpuMs },
  };
}
