import { build } from "hdr-histogram-js";
import { acceptingBinding } from "../lib/accepting-binding.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { httpLoad } from "../lib/http-load.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, ratios } from "../lib/statistics.ts";
import { processCpuMs, startSystem, type System } from "../lib/workerd.ts";
import { tachograph } from "../../src/client/index.ts";

const GOAL_NS = 200;
const GOAL_RATIO = 0.97;
const CONNECTIONS = 16;
const EVENT = JSON.stringify({ event: "purchase", value: 12.5, currency: "EUR", id: "e-1" });

/** What timing its calls costs a tracking Worker. */
export async function measureClientCost(context: BenchContext): Promise<BenchRow[]> {
  const system = await startSystem();
  try {
    return [...(await recordRows(system, context)), ...(await workerRows(system, context))];
  } finally {
    await system.stop();
  }
}

async function recordRows(system: System, { quick, progress }: BenchContext): Promise<BenchRow[]> {
  const calls = quick ? 150_000 : 450_000;
  const inWorkerd = async (path: string): Promise<number> => {
    const response = await fetch(`${system.tracking}/${path}?rounds=${calls}`);
    const { nsPerCall, kept, rounds } = await response.json<Record<string, number>>();
    if (path === "record" && kept !== rounds) throw new Error(`${kept} of ${rounds} were kept`);
    return nsPerCall ?? Number.NaN;
  };
  progress("client: record()");
  await inWorkerd("record");
  const ns = await interleaved(
    {
      workerd: () => inWorkerd("record"),
      empty: () => inWorkerd("record-empty"),
      node: () => recordInNode(calls),
      peer: () => peerInNode(calls),
    },
    quick ? 3 : 7,
  );
  return [
    {
      what: "`record()`, in workerd",
      goal: `< ${GOAL_NS} ns`,
      measured: `${figure(median(ns.workerd))} ns`,
      verdict: verdictOf(median(ns.workerd) < GOAL_NS),
      spread: spread(ns.workerd),
      note:
        `with the sending that every thousandth begins; the loop alone ${figure(median(ns.empty))} ns; ` +
        `in Node ${figure(median(ns.node))} ns; hdr-histogram-js \`recordValue\` in Node ` +
        `${figure(median(ns.peer))} ns (which keeps no outcome, operation or time)`,
      data: ns,
    },
  ];
}

async function recordInNode(calls: number): Promise<number> {
  const tacho = tachograph(acceptingBinding, { waitUntil: () => undefined });
  let spentMs = 0;
  for (let done = 0; done < calls; done += 9_000) {
    const startedAt = performance.now();
    for (let i = 0; i < 9_000; i++) tacho.record("bench", "events", 40 + (i % 977) * 0.37, "ok");
    spentMs += performance.now() - startedAt;
    await tacho.flush();
  }
  return (spentMs * 1e6) / calls;
}

function peerInNode(calls: number): number {
  const histogram = build({
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  const startedAt = performance.now();
  for (let i = 0; i < calls; i++) histogram.recordValue(40_000 + (i % 977) * 370);
  return ((performance.now() - startedAt) * 1e6) / calls;
}

async function workerRows(system: System, { quick, progress }: BenchContext): Promise<BenchRow[]> {
  const durationMs = quick ? 500 : 1_500;
  const cpuUs: Record<string, number[]> = { plain: [], client: [], inline: [] };
  const serve = (path: string) => async (): Promise<number> => {
    const cpuMs = processCpuMs(system.pid);
    const { perSecond: rate } = await httpLoad({
      url: `${system.tracking}/${path}`,
      headers: { "content-type": "application/json" },
      connections: CONNECTIONS,
      durationMs,
      body: () => EVENT,
    });
    const requests = rate * (durationMs / 1_000);
    cpuUs[path]?.push(((processCpuMs(system.pid) - cpuMs) * 1_000) / requests);
    return rate;
  };
  progress("client: warming up a tracking Worker");
  for (const path of ["plain", "client", "plain", "client"]) await serve(path)();
  for (const samples of Object.values(cpuUs)) samples.length = 0;
  progress("client: a tracking Worker with and without it");
  const rates = await interleaved(
    { plain: serve("plain"), client: serve("client") },
    quick ? 4 : 12,
  );
  const cpu = { plain: median(cpuUs.plain ?? []), client: median(cpuUs.client ?? []) };
  progress("client: a tracking Worker that waits for an RPC per timing");
  const inline = await interleaved(
    { plain: serve("plain"), inline: serve("inline") },
    quick ? 2 : 4,
  );
  return [clientRow(rates, cpu), inlineRow(inline)];
}

function clientRow(
  { plain, client }: Record<"plain" | "client", readonly number[]>,
  cpuUs: { readonly plain: number; readonly client: number },
): BenchRow {
  const ratio = ratios(client, plain);
  return {
    what: "A tracking Worker with the client against the same without, requests/s",
    goal: `≥ ${GOAL_RATIO}`,
    measured: figure(median(ratio)),
    verdict: verdictOf(median(ratio) >= GOAL_RATIO),
    spread: spread(ratio),
    note:
      `${figure(median(client))}/s of ${figure(median(plain))}/s; an event to three platforms that ` +
      "answer at once, all of Tachograph on the same thread; CPU a request " +
      `${figure(cpuUs.client)} against ${figure(cpuUs.plain)} µs`,
    data: { ratio, plain, client },
  };
}

function inlineRow({ plain, inline }: Record<"plain" | "inline", readonly number[]>): BenchRow {
  const ratio = ratios(inline, plain);
  return {
    what: "The same with an awaited RPC per timing instead of the client",
    goal: "shown",
    measured: figure(median(ratio)),
    verdict: "info",
    spread: spread(ratio),
    note:
      `${figure(median(inline))}/s of ${figure(median(plain))}/s: every request waits for three group ` +
      "commits, lingers included",
    data: { ratio, plain, inline },
  };
}
