import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { median } from "../lib/statistics.ts";
import { type PillarsSystem, startPillars } from "./pillars-system.ts";

const GOAL_NS = 1_000;
const CALLERS = 1_000;

/** What a hit costs, and how often a key that nobody has is loaded. */
export async function measureCache({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const system = await startPillars();
  try {
    progress("cache: hits in the isolate");
    const hits = await hitRow(system, quick);
    progress("cache: misses at once");
    return [hits, await missRow(system, quick)];
  } finally {
    await system.stop();
  }
}

async function hitRow(system: PillarsSystem, quick: boolean): Promise<BenchRow> {
  const path = `/hit?rounds=${quick ? 50_000 : 200_000}`;
  await system.measure(path);
  const ns: number[] = [];
  for (let round = 0; round < (quick ? 3 : 9); round++) {
    const { nsPerCall = Number.NaN, loads = Number.NaN } = await system.measure(path);
    if (loads > 1) throw new Error(`a hit loaded ${loads} times`);
    ns.push(nsPerCall);
  }
  return {
    what: "A cache hit in the isolate, awaited and recorded",
    goal: `< ${figure(GOAL_NS)} ns`,
    measured: `${figure(median(ns))} ns`,
    verdict: verdictOf(median(ns) < GOAL_NS),
    spread: spread(ns),
    note: "one key; with the report that every thousandth begins",
    data: { ns },
  };
}

async function missRow(system: PillarsSystem, quick: boolean): Promise<BenchRow> {
  const loads: number[] = [];
  for (let round = 0; round < (quick ? 3 : 20); round++) {
    const measured = await system.measure(`/misses?callers=${CALLERS}`);
    if (measured["distinct"] !== 1) throw new Error(`${measured["distinct"]} values for one key`);
    loads.push(measured["loads"] ?? Number.NaN);
  }
  const most = Math.max(...loads);
  return {
    what: `${figure(CALLERS)} at once ask for a key that nobody has: loads`,
    goal: "1",
    measured: figure(most),
    verdict: verdictOf(most === 1),
    spread: spread(loads),
    note: "the most of all repetitions; a loader that takes 20 ms, KV asked first",
    data: { loads },
  };
}
