import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { cpuMs } from "../lib/cpu-ms.ts";
import { figure } from "../lib/format.ts";
import { median, percentile } from "../lib/statistics.ts";
import { AlertsWorld, TIMINGS_A_MINUTE } from "./alerts-world.ts";

const PAIRS = 10_000;
const GOAL_MS = 50;
const TICK_MS = 500;
const MINUTE_MS = 60_000;
const TIMINGS_A_TICK = 3;
const WARM_UP_ROUNDS = 8;

/** One evaluation of every rule on every series in its scope, in CPU milliseconds, by what came before. */
interface Costs {
  /** Every series has new timings. */
  readonly changed: number[];
  /** Nothing is new, not even the time. */
  readonly same: number[];
  /** The first one in a minute: sums over hours and days of minutes are made anew. */
  readonly newMinute: number[];
}

/** The real engine on the real state of a tenant; only storing what it finds is left out. */
export function measureEvaluations({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  progress(`evaluations: a day of ${PAIRS} pairs`);
  const world = new AlertsWorld(PAIRS);
  for (let round = 0; round < WARM_UP_ROUNDS; round++) oneRound(world);
  progress("evaluations: measuring");
  const costs: Costs = { changed: [], same: [], newMinute: [] };
  for (let round = 0; round < (quick ? 12 : 60); round++) {
    const { changed, same, newMinute } = oneRound(world);
    costs.changed.push(changed);
    costs.same.push(same);
    costs.newMinute.push(newMinute);
  }
  const open = [...world.engine.alerts].length;
  const about =
    `${world.targets.length} targets of every kind with the default rules, a day of minutes each, ` +
    `${open} open alerts; CPU of the process in Node, \`TenantState\` and facts as in the coordinator`;
  return Promise.resolve([
    rowOf("every series changed since the last", costs.changed, about),
    rowOf("nothing changed since the last", costs.same, "percentiles are remembered"),
    rowOf(
      "the first one in a minute",
      costs.newMinute,
      "every series changed, and each target's sums over 5 min, 30 min, 1 h, 6 h and 24 h are added up anew",
    ),
  ]);
}

function oneRound(world: AlertsWorld): Record<keyof Costs, number> {
  world.pass(MINUTE_MS);
  world.change(TIMINGS_A_MINUTE - TIMINGS_A_TICK);
  const newMinute = cpuMs(() => evaluate(world));
  world.pass(TICK_MS);
  world.change(TIMINGS_A_TICK);
  const changed = cpuMs(() => evaluate(world));
  const same = cpuMs(() => evaluate(world));
  return { changed, same, newMinute };
}

function evaluate(world: AlertsWorld): void {
  const result = world.engine.evaluate(world.facts());
  world.engine.accept(result, world.nowMs);
}

function rowOf(what: string, costs: readonly number[], note: string): BenchRow {
  const cost = median(costs);
  return {
    what: `${PAIRS.toLocaleString("en-US")} rule × series evaluations, ${what}`,
    goal: `< ${GOAL_MS} ms of CPU`,
    measured: `${figure(cost)} ms`,
    verdict: verdictOf(cost < GOAL_MS),
    spread: `p95 ${figure(percentile(costs, 95))}, longest ${figure(Math.max(...costs))} ms, n = ${costs.length}`,
    note,
    data: { costs },
  };
}
