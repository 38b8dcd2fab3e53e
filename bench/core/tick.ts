import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { median, percentile } from "../lib/statistics.ts";
import { SERIES, TickWorld, TIMINGS_PER_SERIES } from "../lib/tick-world.ts";

const SHARDS = [1, 4, 16, 64] as const;
const GOAL_MS = 100;
/** Doubling the shards may cost at most so much more than twice. */
const LINEAR_WITHIN = 1.5;

interface TickCost {
  /** CPU of whole ticks: collecting in the shards, merging, publishing, checkpoints. */
  readonly wholeMs: readonly number[];
  /** The part of it that is spent in the shards' `collect`. */
  readonly shardsMs: readonly number[];
}

/** Ticks over more and more shards, each with new timings in every series. */
export async function measureTick({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const ticks = quick ? 12 : 70;
  await costOf(4, 20);
  const costs = new Map<number, TickCost>();
  for (const shards of SHARDS) {
    progress(`tick: ${shards} shards`);
    costs.set(shards, await costOf(shards, ticks));
  }
  return [costRow(costs), linearRow(costs)];
}

async function costOf(shards: number, ticks: number): Promise<TickCost> {
  const world = new TickWorld({ shards });
  // The windows fill before anything is measured: an empty one costs less.
  for (let i = 0; i < 24; i++) await world.tick();
  const wholeMs: number[] = [];
  const shardsMs: number[] = [];
  for (let i = 0; i < ticks; i++) {
    const cost = await world.tick();
    wholeMs.push(cost.wholeMs);
    shardsMs.push(cost.shardsMs);
  }
  return { wholeMs, shardsMs };
}

function costRow(costs: ReadonlyMap<number, TickCost>): BenchRow {
  const { wholeMs = [], shardsMs = [] } = costs.get(64) ?? {};
  return {
    what: `A tick over 64 shards with ${SERIES} series each, ${TIMINGS_PER_SERIES} new timings in each`,
    goal: `< ${GOAL_MS} ms of CPU`,
    measured: `${figure(median(wholeMs))} ms`,
    verdict: verdictOf(median(wholeMs) < GOAL_MS),
    spread: `p95 ${figure(percentile(wholeMs, 95))}, longest ${figure(Math.max(...wholeMs))} ms (with a checkpoint), n = ${wholeMs.length}`,
    note:
      `CPU of the process in Node, all 64 shards in it: ${figure(median(shardsMs))} ms of it are their ` +
      "`collect`; 64 targets, so 384 series with `*`; real SQL in memory; one subscriber",
    data: { wholeMs, shardsMs },
  };
}

function linearRow(costs: ReadonlyMap<number, TickCost>): BenchRow {
  const medians = SHARDS.map((shards) => median(costs.get(shards)?.wholeMs ?? []));
  const perShard = medians.map((ms, i) => ms / (SHARDS[i] ?? 1));
  const growth = (perShard[3] ?? Number.NaN) / (perShard[1] ?? Number.NaN);
  return {
    what: "The same over 1, 4, 16, 64 shards: CPU a shard at 64 against at 4",
    goal: `linear (≤ ${LINEAR_WITHIN}×)`,
    measured: `${figure(growth)}×`,
    verdict: verdictOf(growth <= LINEAR_WITHIN),
    spread: "–",
    note: SHARDS.map((shards, i) => `${shards}: ${figure(medians[i] ?? Number.NaN)} ms`).join(", "),
    data: { medians },
  };
}
