import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, ratios } from "../lib/statistics.ts";
import { type PillarsSystem, startPillars } from "./pillars-system.ts";

const GOAL_TIMES = 20;
const ROWS = 10_000;

/** A batch insert against as many inserts one by one. */
export async function measureInserts({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const system = await startPillars();
  try {
    progress(`inserts: ${ROWS} rows`);
    await insert(system, "many");
    const ms = await interleaved(
      { many: () => insert(system, "many"), single: () => insert(system, "single") },
      quick ? 1 : 3,
    );
    const times = ratios(ms.single, ms.many);
    return [
      {
        what: `\`insertMany\` of ${figure(ROWS)} rows against one by one`,
        goal: `≥ ${GOAL_TIMES} × faster`,
        measured: `${figure(median(times))} ×`,
        verdict: verdictOf(median(times) >= GOAL_TIMES),
        spread: spread(times),
        note:
          `${figure(median(ms.many))} against ${figure(median(ms.single))} ms, four columns, a local ` +
          "D1; a deployed one adds a round trip to each insert",
        data: { times, ...ms },
      },
    ];
  } finally {
    await system.stop();
  }
}

async function insert(system: PillarsSystem, way: "many" | "single"): Promise<number> {
  const figures = await system.measure(`/insert?way=${way}&rows=${ROWS}`);
  const { durationMs = Number.NaN, stored, sum } = figures;
  const expected = (ROWS * (ROWS - 1) * 0.25) / 2;
  if (stored !== ROWS || sum !== expected) throw new Error(`${stored} rows, sum ${sum}`);
  return durationMs;
}
