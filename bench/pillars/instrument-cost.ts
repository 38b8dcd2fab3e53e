import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median } from "../lib/statistics.ts";
import { type PillarsSystem, startPillars } from "./pillars-system.ts";

const GOAL_NS = 2_000;

const INSTRUMENTS = [
  { what: "d1", title: "A D1 query: `prepare`, `bind`, `all`" },
  { what: "kv", title: "A KV read" },
  { what: "handler", title: "A `fetch` handler" },
] as const;

/** What a wrapped binding costs more than the bare one. */
export async function measureInstruments(context: BenchContext): Promise<BenchRow[]> {
  const system = await startPillars();
  try {
    const rows: BenchRow[] = [];
    for (const instrument of INSTRUMENTS) {
      context.progress(`instruments: ${instrument.what}`);
      rows.push(await costRow(system, instrument, context.quick));
    }
    context.progress("instruments: against real D1 and KV");
    for (const what of ["d1-real", "kv-real"] as const) {
      rows.push(await realRow(system, what, context.quick));
    }
    return rows;
  } finally {
    await system.stop();
  }
}

/** On bindings that answer at once: a real one takes a hundred times as long, and hides the cost. */
async function costRow(
  system: PillarsSystem,
  { what, title }: (typeof INSTRUMENTS)[number],
  quick: boolean,
): Promise<BenchRow> {
  const rounds = quick ? 25_000 : 100_000;
  const path = `/overhead?what=${what}&rounds=${rounds}`;
  await system.measure(`${path}&wrapped=1`);
  const bare = await system.measure(path);
  const wrapped = await system.measure(`${path}&wrapped=1`);
  if (wrapped["recorded"] !== 1) throw new Error(`${what}: ${wrapped["recorded"]} timings a call`);
  const addedCalls = (wrapped["callsPerRound"] ?? 0) - (bare["callsPerRound"] ?? 0);
  const ns = await interleaved(
    {
      bare: async () => (await system.measure(path))["nsPerCall"] ?? Number.NaN,
      wrapped: async () => (await system.measure(`${path}&wrapped=1`))["nsPerCall"] ?? Number.NaN,
    },
    quick ? 3 : 9,
  );
  const more = ns.wrapped.map((value, i) => value - (ns.bare[i] ?? Number.NaN));
  return {
    what: `${title}, wrapped against bare`,
    goal: `≤ ${figure(GOAL_NS)} ns more, no added call`,
    measured: `${figure(median(more))} ns more, ${figure(addedCalls)} added`,
    verdict: verdictOf(median(more) <= GOAL_NS && addedCalls === 0),
    spread: spread(more),
    note:
      `${figure(median(ns.wrapped))} against ${figure(median(ns.bare))} ns on a binding that answers ` +
      "at once, with the report that every thousandth begins",
    data: { more, ...ns },
  };
}

async function realRow(
  system: PillarsSystem,
  what: "d1-real" | "kv-real",
  quick: boolean,
): Promise<BenchRow> {
  const path = `/overhead?what=${what}&rounds=5000`;
  await system.measure(path);
  const ns = await interleaved(
    {
      bare: async () => (await system.measure(path))["nsPerCall"] ?? Number.NaN,
      wrapped: async () => (await system.measure(`${path}&wrapped=1`))["nsPerCall"] ?? Number.NaN,
    },
    quick ? 2 : 5,
  );
  const ratio = ns.wrapped.map((value, i) => value / (ns.bare[i] ?? Number.NaN));
  return {
    what: `The same against a local ${what === "d1-real" ? "D1 database" : "KV namespace"}`,
    goal: "shown",
    measured: `${figure(median(ratio))} × bare`,
    verdict: "info",
    spread: spread(ratio),
    note: `${figure(median(ns.wrapped) / 1_000)} against ${figure(median(ns.bare) / 1_000)} µs`,
    data: { ratio, ...ns },
  };
}
