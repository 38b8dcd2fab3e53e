import { DEFAULT_RULES } from "../../src/alerts/default-rules.ts";
import { parseConfig } from "../../src/config.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchRow } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, ratios } from "../lib/statistics.ts";
import { TickWorld } from "../lib/tick-world.ts";

const SHARDS = 64;
const WARM_UP_TICKS = 24;
/** Few, so that a busy machine is as busy for both. */
const TICKS_A_ROUND = 2;

/** The ticks of `core/tick`, with the default rules and with none, in turn. */
export async function measureTickCost({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  progress("tick: with rules and without");
  const none = Object.fromEntries(DEFAULT_RULES.map(({ name }) => [name, false] as const));
  const worlds = {
    rules: new TickWorld({ shards: SHARDS }),
    none: new TickWorld({ shards: SHARDS, config: parseConfig({ alerts: { rules: none } }) }),
  };
  for (const world of Object.values(worlds)) await ticksOf(world, WARM_UP_TICKS);
  const costs = await interleaved(
    {
      rules: () => ticksOf(worlds.rules, TICKS_A_ROUND),
      none: () => ticksOf(worlds.none, TICKS_A_ROUND),
    },
    quick ? 8 : 80,
  );
  const ratio = ratios(costs.rules, costs.none);
  return [
    {
      what: `A tick over ${SHARDS} shards with the default rules, against none`,
      goal: "–",
      measured: `${figure(median(ratio))}×`,
      verdict: "info",
      spread: spread(ratio),
      note:
        `${figure(median(costs.rules))} ms of CPU against ${figure(median(costs.none))} ms; ` +
        `medians of ${TICKS_A_ROUND} ticks in turn; 384 series, all with new timings`,
      data: { ratio, ...costs },
    },
  ];
}

/** @returns the median of the ticks, CPU milliseconds. */
async function ticksOf(world: TickWorld, ticks: number): Promise<number> {
  const costs: number[] = [];
  for (let i = 0; i < ticks; i++) costs.push((await world.tick()).wholeMs);
  return median(costs);
}
