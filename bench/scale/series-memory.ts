import { parseConfig } from "../../src/config.ts";
import { TickWorld } from "../lib/tick-world.ts";
import { usedBytes } from "./used-bytes.ts";

/** What the coordinator holds for one series, in bytes. */
export interface SeriesMemory {
  /** Timings a second in each series. */
  readonly perSecond: number;
  /** With a minute's gains that are not stored yet. */
  readonly beforeCheckpoint: number;
  readonly afterCheckpoint: number;
}

const TARGETS = 4;
const OPERATIONS = 3;
const STEP_MS = 10_000;
/** Seven minutes, and the clock 10 s before the end of one. */
const FILL_STEPS = 44;

/** Nothing is kept for subscribers who resume: that has a limit of its own. */
const config = parseConfig({ stream: { replayTicks: 0 } });

/** Fills a tenant's windows at each of some rates and looks at what its coordinator holds. */
export async function measureSeriesMemory(
  ratesPerSecond: readonly number[],
): Promise<SeriesMemory[]> {
  const empty = await heldBytes(1, 0);
  const results: SeriesMemory[] = [];
  for (const perSecond of ratesPerSecond) {
    const held = await heldBytes(TARGETS, perSecond);
    const series = TARGETS * (OPERATIONS + 1);
    results.push({
      perSecond,
      beforeCheckpoint: (held.before - empty.before) / series,
      afterCheckpoint: (held.after - empty.after) / series,
    });
  }
  return results;
}

async function heldBytes(
  targets: number,
  perSecond: number,
): Promise<{ before: number; after: number }> {
  const world = new TickWorld({ shards: targets, seriesPerShard: OPERATIONS, config });
  const step = { stepMs: STEP_MS, timingsPerSeries: (perSecond * STEP_MS) / 1_000 };
  for (let i = 0; i < FILL_STEPS; i++) await world.tick(step);
  const beforeBytes = usedBytes();
  const { isCheckpoint } = await world.tick(step);
  if (!isCheckpoint) throw new Error("the minute was to end");
  const afterBytes = usedBytes();
  world.dropCoordinator();
  const without = usedBytes();
  return { before: beforeBytes - without, after: afterBytes - without };
}
