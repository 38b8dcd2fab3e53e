import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import type { BenchTable } from "../lib/bench-table.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, percentile, ratios } from "../lib/statistics.ts";
import { TickWorld } from "../lib/tick-world.ts";
import {
  type CellBudget,
  type CellCost,
  type CellSize,
  measureCell,
  TIMINGS_PER_TICK,
} from "./grid-cell.ts";
import { coordinatorMs, defaultsExceeded, nearnessOf } from "./grid-limits.ts";
import { measureSeriesMemory, type SeriesMemory } from "./series-memory.ts";

/** Sixteen times the shards may cost at most so much more than sixteen times. */
const LINEAR_WITHIN = 1.5;
const FEW_SHARDS = 4;
const MANY_SHARDS = 64;
const MB = 1e6;

const BUDGETS: Readonly<Record<"full" | "quick", CellBudget>> = {
  full: { fillMs: 5_000, ticksMs: 1_500, maxTicks: 40, maxBytes: 400 * MB },
  quick: { fillMs: 400, ticksMs: 300, maxTicks: 10, maxBytes: 200 * MB },
};
/** Of cells so large that they break anyhow: enough to see at what. */
const BRIEF: CellBudget = { fillMs: 1_500, ticksMs: 1_000, maxTicks: 10, maxBytes: 400 * MB };
const LARGE_SERIES = 1_000;

/** A tenant of more and more shards with more and more series each, ticking in simulated time. */
export async function measureGrid({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const cells: CellCost[] = [];
  // What runs first would pay for the compiler.
  await measureCell({ shards: 4, targets: 4, seriesPerShard: 10 }, BUDGETS.quick);
  for (const size of sizes(quick)) {
    progress(`grid: ${labelOf(size)}`);
    const series = size.shards * size.seriesPerShard;
    const full = series > LARGE_SERIES ? BRIEF : BUDGETS.full;
    cells.push(await measureCell(size, quick ? BUDGETS.quick : full));
  }
  progress("grid: memory of a series");
  const memory = await measureSeriesMemory(quick ? [10] : [1, 10, 100, 1_000]);
  progress("grid: few shards against many");
  return {
    rows: [await linearRow(quick), seriesRow(cells), memoryRow(memory)],
    tables: [tableOf(cells), memoryTable(memory)],
  };
}

function sizes(quick: boolean): CellSize[] {
  const shardCounts = quick ? [1, 64] : [1, 4, 16, 64, 256];
  const seriesCounts = quick ? [1, 10] : [1, 10, 100];
  const apart = shardCounts.flatMap((shards) =>
    seriesCounts.map((seriesPerShard) => ({ shards, targets: shards, seriesPerShard })),
  );
  const together = quick ? [] : [10, 100];
  return [
    ...apart,
    ...together.map((seriesPerShard) => ({ shards: 256, targets: 4, seriesPerShard })),
  ];
}

function labelOf({ shards, targets, seriesPerShard }: CellSize): string {
  const of = targets === shards ? "" : ` of ${targets} targets`;
  return `${shards}${of} × ${seriesPerShard}`;
}

function tableOf(cells: readonly CellCost[]): BenchTable {
  return {
    title: `One coordinator: a tick over shards × series of each, ${TIMINGS_PER_TICK} new timings in every series`,
    columns: [
      "Shards × series",
      "Series held",
      "Coordinator, ms CPU (p95)",
      "Shards' `collect`, ms",
      "Tick with checkpoint, ms",
      "Memory, MB",
      "`/v1/live`, MB",
      "Largest answer, kB",
      "Requests a tick",
      "Nearest limit",
    ],
    rows: cells.map((cell) => [
      labelOf(cell),
      figure(cell.heldSeries),
      `${figure(coordinatorMs(cell))} (${figure(percentile(partsMs(cell), 95))})`,
      figure(median(cell.shardsMs)),
      cell.checkpointMs.length === 0 ? "–" : figure(median(cell.checkpointMs)),
      memoryText(cell),
      figure(cell.liveBytes / MB),
      figure(cell.largestAnswerBytes / 1e3),
      figure(cell.requestsPerTick),
      nearestText(cell),
    ]),
    notes: [
      "Real coordinator and shards over real SQL in memory in one process of Node, simulated time, one subscriber; an RPC is a `structuredClone`. Ticks come every 500 ms, after 7 min with 10 timings/s in every series and a tick every 10 s; `checkpoint` is of those, and stores a minute.",
      "Memory is heap and buffers that collecting garbage leaves, of the coordinator alone. Where it says `after … min` the windows were not filled to the end, for time or memory: it would be more.",
      "A cell breaks where the nearest limit is beyond 100 %: memory is 128 MB, the interval 500 ms watched and 10 s unwatched, an RPC 32 MiB, a tick 10,000 subrequests. Caps of the default configuration are raised here and told of in the same column.",
    ],
    data: Object.fromEntries(
      cells.flatMap((cell) => [
        [`${labelOf(cell)}: coordinator ms`, partsMs(cell)],
        [`${labelOf(cell)}: shards ms`, cell.shardsMs],
        [`${labelOf(cell)}: memory bytes`, cell.coordinatorBytes],
        [`${labelOf(cell)}: memory of all shards, bytes`, cell.shardBytes],
      ]),
    ),
  };
}

function partsMs({ wholeMs, shardsMs }: CellCost): number[] {
  return wholeMs.map((whole, i) => whole - (shardsMs[i] ?? 0));
}

function memoryText({ coordinatorBytes, stopped, filledMinutes }: CellCost): string {
  const megabytes = figure(coordinatorBytes / MB);
  return stopped === undefined
    ? megabytes
    : `≥ ${megabytes} after ${figure(filledMinutes)} min (${stopped})`;
}

function nearestText(cell: CellCost): string {
  const all = nearnessOf(cell);
  const broken = all.filter(({ share }) => share >= 1);
  const shown = broken.length > 0 ? broken : all.slice(0, 1);
  const text = shown.map(({ limit, share }) => `${limit} ${figure(share * 100)} %`).join(", ");
  const caps = defaultsExceeded(cell);
  return [
    broken.length > 0 ? `breaks: ${text}` : text,
    ...(caps.length > 0 ? [`beyond the default: ${caps.join(", ")}`] : []),
  ].join("; ");
}

/** Two tenants, of few and of many shards, tick in turn: both have seen the same. */
async function linearRow(quick: boolean): Promise<BenchRow> {
  const worlds = {
    few: new TickWorld({ shards: FEW_SHARDS, seriesPerShard: 10 }),
    many: new TickWorld({ shards: MANY_SHARDS, seriesPerShard: 10 }),
  };
  const step = { timingsPerSeries: TIMINGS_PER_TICK };
  for (const world of Object.values(worlds)) {
    for (let i = 0; i < (quick ? 8 : 24); i++) await world.tick(step);
  }
  const costs = await interleaved(
    {
      few: async () => (await worlds.few.tick(step)).wholeMs / FEW_SHARDS,
      many: async () => (await worlds.many.tick(step)).wholeMs / MANY_SHARDS,
    },
    quick ? 8 : 24,
  );
  const [few, many] = [median(costs.few), median(costs.many)];
  return {
    what: `A tick over ${MANY_SHARDS} shards with 10 series each against one over ${FEW_SHARDS}: CPU a shard`,
    goal: `linear (≤ ${LINEAR_WITHIN}×)`,
    measured: `${figure(many / few)}×`,
    verdict: verdictOf(many / few <= LINEAR_WITHIN),
    spread: spread(ratios(costs.many, costs.few)),
    note: `medians of ticks in turn: ${figure(few)} and ${figure(many)} ms a shard, its \`collect\` included`,
    data: costs,
  };
}

function seriesRow(cells: readonly CellCost[]): BenchRow {
  const perSeries = cells
    .filter(({ shards, targets, heldSeries }) => shards === targets && heldSeries >= 100)
    .map((cell) => coordinatorMs(cell) / cell.heldSeries);
  return {
    what: `CPU of the coordinator for each series that changed, ${TIMINGS_PER_TICK} timings in it`,
    goal: "–",
    measured: `${figure(median(perSeries))} ms`,
    verdict: "info",
    spread: spread(perSeries),
    note:
      `so ${figure(500 / median(perSeries))} of them fill a tick every 500 ms and ` +
      `${figure(10_000 / median(perSeries))} one every 10 s; cells with 100 series and more`,
    data: { perSeries },
  };
}

function memoryRow(memory: readonly SeriesMemory[]): BenchRow {
  const busy = memory.find(({ perSecond }) => perSecond === 10);
  const bytes = busy?.beforeCheckpoint ?? Number.NaN;
  return {
    what: "Memory of the coordinator for a series with 10 timings a second",
    goal: "–",
    measured: `${figure(bytes / 1e3)} kB`,
    verdict: "info",
    spread: "–",
    note: `${figure(128e6 / bytes)} of them fill 128 MB; just before a checkpoint, when it is most`,
    data: { bytes },
  };
}

function memoryTable(memory: readonly SeriesMemory[]): BenchTable {
  return {
    title: "Memory of the coordinator for each series, by how busy it is",
    columns: ["Timings/s", "Before a checkpoint, kB", "After it, kB"],
    rows: memory.map(({ perSecond, beforeCheckpoint, afterCheckpoint }) => [
      figure(perSecond),
      figure(beforeCheckpoint / 1e3),
      figure(afterCheckpoint / 1e3),
    ]),
    notes: [
      "After 7 min, durations log-normal around 40 to 200 ms. Without what is kept for subscribers who resume: at most 8,000 views, some 16 MB however many series there are.",
    ],
  };
}
