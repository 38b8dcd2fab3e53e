import { parseConfig } from "../../src/config.ts";
import { TickWorld } from "../lib/tick-world.ts";
import { usedBytes } from "./used-bytes.ts";

/** What one cell of the grid is about. */
export interface CellSize {
  readonly shards: number;
  /** Distinct targets; as many as shards, unless several shards share one. */
  readonly targets: number;
  /** Operations that each shard reports. */
  readonly seriesPerShard: number;
}

/** How much a cell may take. */
export interface CellBudget {
  /** Of filling the windows, and of the ticks after it. */
  readonly fillMs: number;
  readonly ticksMs: number;
  readonly maxTicks: number;
  /** Filling ends when the process holds so much more than at first. */
  readonly maxBytes: number;
}

/** What one cell came to. */
export interface CellCost extends CellSize {
  /** Series that the coordinator holds, `*` of each target among them. */
  readonly heldSeries: number;
  /** CPU of ticks every 500 ms, with all that their shards spent in `collect`. */
  readonly wholeMs: readonly number[];
  readonly shardsMs: readonly number[];
  /** The coordinator's share of ticks that stored a minute. */
  readonly checkpointMs: readonly number[];
  /** Minutes of timings that the memory holds, of the 7 after which it hardly grows. */
  readonly filledMinutes: number;
  readonly coordinatorBytes: number;
  /** Of all shards. */
  readonly shardBytes: number;
  readonly liveBytes: number;
  readonly largestAnswerBytes: number;
  readonly requestsPerTick: number;
  /** Why not everything was measured; undefined if it was. */
  readonly stopped?: string | undefined;
}

const FILL_STEP = { stepMs: 10_000, timingsPerSeries: 100 } as const;
/** Seven minutes and the rest of one, so that the measured ticks begin 10 s before its end. */
const FILL_STEPS = 44;
const FILLED_MINUTES = 7;
/** New timings of a series at each measured tick. */
export const TIMINGS_PER_TICK = 20;
const MIN_TICKS = 3;

/** More targets and operations than are allowed by default, to see what breaks after that. */
const config = parseConfig({ maxTargets: 1_000, maxOperationsPerTarget: 255 });

/**
 * Fills a tenant's windows at 10 timings a second in each series, then ticks every 500 ms with new
 * timings in every series. What takes too long or too much is broken off and says so.
 */
export async function measureCell(size: CellSize, budget: CellBudget): Promise<CellCost> {
  const { shards, targets, seriesPerShard } = size;
  const beforeBytes = usedBytes();
  const world = new TickWorld({ shards, targets, seriesPerShard, config });
  const filled = await fill(world, budget, beforeBytes);
  const ticks = await run(world, budget);
  const liveBytes = Buffer.byteLength(await world.liveBody());
  const { largestAnswerBytes } = world;
  const bothBytes = usedBytes();
  world.dropCoordinator();
  const shardBytes = usedBytes() - beforeBytes;
  return {
    ...size,
    ...ticks,
    checkpointMs: filled.checkpointMs,
    filledMinutes: filled.minutes,
    stopped: filled.stopped,
    heldSeries: targets * (seriesPerShard + 1),
    coordinatorBytes: bothBytes - beforeBytes - shardBytes,
    shardBytes,
    liveBytes,
    largestAnswerBytes,
  };
}

interface Filled {
  readonly minutes: number;
  readonly checkpointMs: readonly number[];
  readonly stopped?: string;
}

async function fill(world: TickWorld, budget: CellBudget, beforeBytes: number): Promise<Filled> {
  const startedAt = performance.now();
  const checkpointMs: number[] = [];
  for (let step = 1; step <= FILL_STEPS; step++) {
    const { wholeMs, shardsMs, isCheckpoint } = await world.tick(FILL_STEP);
    if (isCheckpoint) checkpointMs.push(wholeMs - shardsMs);
    const minutes = Math.min((step * FILL_STEP.stepMs) / 60_000, FILLED_MINUTES);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    // Looked at closely only where even garbage would be too much: to collect it takes its time.
    if (heapUsed + arrayBuffers - beforeBytes > budget.maxBytes) {
      const held = usedBytes() - beforeBytes;
      if (held > budget.maxBytes) return { minutes, checkpointMs, stopped: "memory" };
    }
    if (performance.now() - startedAt > budget.fillMs && step < FILL_STEPS) {
      return { minutes, checkpointMs, stopped: "time" };
    }
  }
  return { minutes: FILLED_MINUTES, checkpointMs };
}

async function run(
  world: TickWorld,
  { ticksMs, maxTicks }: CellBudget,
): Promise<Pick<CellCost, "wholeMs" | "shardsMs" | "requestsPerTick">> {
  const startedAt = performance.now();
  const before = world.collects;
  const wholeMs: number[] = [];
  const shardsMs: number[] = [];
  const isTimeLeft = (): boolean => performance.now() - startedAt < ticksMs;
  while (wholeMs.length < maxTicks && (wholeMs.length < MIN_TICKS || isTimeLeft())) {
    const cost = await world.tick({ timingsPerSeries: TIMINGS_PER_TICK });
    // Those that store a minute are told of apart.
    if (cost.isCheckpoint) continue;
    wholeMs.push(cost.wholeMs);
    shardsMs.push(cost.shardsMs);
  }
  const requestsPerTick = (world.collects - before) / wholeMs.length;
  return { wholeMs, shardsMs, requestsPerTick: Math.round(requestsPerTick) };
}
