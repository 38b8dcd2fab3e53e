import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type ComparisonSystem, startComparison } from "../lib/comparison-system.ts";
import { coefficientsOf } from "./coefficients.ts";
import { CountedRuns, type CountedLoad } from "./counted-run.ts";
import { FLEET, PACES, RATES, GOAL_RATE, WATCHED } from "./deployments.ts";
import { measureCpu } from "./measured-cpu.ts";
import { countNaive } from "./naive-designs.ts";
import { predictionRow } from "./predicted-run.ts";
import { Pricing } from "./pricing.ts";
import { historyBytes } from "./stored-history.ts";
import { cheapestTable, designsTable, dollarsTable, goalRow, isolatesTable } from "./tables.ts";

const SEED = 8;
/** Two isolates are busy and two hardly. */
const ISOLATE_RATES = [12, 12, 1, 1] as const;
const FEW_ISOLATES = [16, 6, 6, 2] as const;

/** What a billion timings cost by the public price list, as we have it and as people write it first. */
export async function measureCost(context: BenchContext): Promise<BenchOutcome> {
  const { quick, progress } = context;
  const system = await startComparison({ trackingIsolates: ISOLATE_RATES.length });
  try {
    const { row, coefficients } = await countTachograph(system, context);
    progress("cost: the designs that people write first");
    const naive = await countNaive(system);
    progress("cost: CPU of Workers");
    const cpu = await measureCpu(system, quick);
    await system.stop();
    const counted = { ...coefficients, ...cpu, historyBytesPerSeries: historyBytes };
    const pricing = new Pricing(counted, progress);
    const paces = quick ? [WATCHED] : PACES;
    return {
      rows: [await goalRow(pricing, paces, quick), row],
      tables: [
        await designsTable(pricing, naive),
        await dollarsTable(pricing, GOAL_RATE),
        ...(quick ? [] : [await cheapestTable(pricing, PACES, RATES)]),
        await isolatesTable(pricing, quick),
      ],
    };
  } finally {
    await system.stop();
  }
}

async function countTachograph(
  system: ComparisonSystem,
  { quick, progress }: BenchContext,
): Promise<{
  row: Awaited<ReturnType<typeof predictionRow>>;
  coefficients: ReturnType<typeof coefficientsOf>;
}> {
  const runs = new CountedRuns(system);
  const durationMs = quick ? 3_000 : 6_000;
  const load = (operations: number, isolateRates: readonly number[]): CountedLoad => ({
    isolateRates,
    seed: SEED,
    operations,
    durationMs,
  });
  const minuteRuns = [];
  for (const operations of quick ? [FLEET.operations] : [1, FLEET.operations]) {
    progress(
      `cost: rows and requests of ${operations} operations, counted over the end of a minute`,
    );
    const run = await runs.run(load(operations, ISOLATE_RATES));
    minuteRuns.push({ run, targets: FLEET.targets, operations });
  }
  const coefficients = coefficientsOf(minuteRuns);
  progress("cost: another run, to hold the model against");
  const other = { ...load(3, FEW_ISOLATES), durationMs: quick ? 4_000 : 10_000 };
  const counted = await runs.run(other);
  const row = await predictionRow(other, counted, WATCHED, FLEET.targets, coefficients);
  return { row, coefficients };
}
