import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { notePackage } from "../lib/machine.ts";
import { measureCosts } from "./costs.ts";
import { judge, type Judgement } from "./judge.ts";
import type { AnySystem } from "./percentile-system.ts";
import { everySample, PARTS, sampleOf } from "./sample.ts";
import { PEER_PACKAGES, SYSTEMS } from "./systems.ts";
import { TACHOGRAPH } from "./systems/tachograph.ts";
import { distributionsTable, percent, type SystemResult, systemsTable } from "./tables.ts";

const GOAL_ERROR = 0.001;
/** Multiples of 10,000: then all systems mean the same value by the rank of each percentile. */
const FULL = { own: 1_000_000, each: 200_000, few: 1_000, timed: 100_000, rounds: 7 };
const QUICK = { own: 100_000, each: 20_000, few: 1_000, timed: 20_000, rounds: 3 };
/** What remote calls are like: for bytes of a few values, and for times. */
const USUAL = "log-normal";

/** Percentiles against the sorted truth, alone and merged, by us and by everybody else. */
export async function measurePercentiles({ quick, progress }: BenchContext): Promise<BenchOutcome> {
  const counts = quick ? QUICK : FULL;
  for (const name of PEER_PACKAGES) notePackage(name);
  progress("ours alone");
  const own = new Map<string, Judgement>();
  for (const sample of everySample(counts.own)) {
    own.set(sample.distribution, await judge(TACHOGRAPH, sample));
  }
  const results = await everyResult(counts, progress);
  progress("what recording and merging cost");
  const costs = await measureCosts(SYSTEMS, sampleOf(USUAL, counts.timed), counts.rounds);
  return {
    rows: [
      errorRow(own, "single", "one shard", counts.own),
      errorRow(own, "merged", `${PARTS} shards merged`, counts.own),
      mergeRow(own, counts.own),
    ],
    tables: [systemsTable(results, costs, counts), distributionsTable(results)],
  };
}

async function everyResult(
  { each, few }: typeof FULL,
  progress: BenchContext["progress"],
): Promise<SystemResult[]> {
  const judgements = SYSTEMS.map(() => new Map<string, Judgement>());
  for (const sample of everySample(each)) {
    progress(sample.distribution);
    for (const [i, system] of SYSTEMS.entries()) {
      const judgement = await system((kind) => judge(kind, sample));
      judgements[i]?.set(sample.distribution, judgement);
    }
  }
  const small = sampleOf(USUAL, few);
  const resultOf = async (system: AnySystem, i: number): Promise<SystemResult> => {
    const { bytes } = await system((kind) => judge(kind, small));
    const about = system(({ name, bound, isRule }) => ({ name, bound, isRule }));
    return { ...about, judgements: judgements[i] ?? new Map(), smallBytes: bytes };
  };
  return Promise.all(SYSTEMS.map(resultOf));
}

function errorRow(
  own: ReadonlyMap<string, Judgement>,
  which: "single" | "merged",
  who: string,
  count: number,
): BenchRow {
  const errors = [...own].map(([name, judgement]) => [name, judgement[which]] as const);
  const worst = Math.max(...errors.map(([, error]) => error));
  return {
    what: `p50–p99.99 of ${own.size} distributions against the sorted truth, ${who}: worst relative error`,
    goal: "≤ 0.1 %",
    measured: percent(worst),
    verdict: verdictOf(worst <= GOAL_ERROR),
    spread: `${count.toLocaleString("en-US")} values each`,
    note: errors.map(([name, error]) => `${name} ${percent(error)}`).join(", "),
    data: { worst, errors: errors.map(([, error]) => error) },
  };
}

function mergeRow(own: ReadonlyMap<string, Judgement>, count: number): BenchRow {
  const unequal = [...own].filter(([, { isSame }]) => !isSame).map(([name]) => name);
  return {
    what: `${PARTS} shards merged by a coordinator against one shard with all timings`,
    goal: "equal, bucket for bucket",
    measured: `${own.size - unequal.length} of ${own.size} equal`,
    verdict: verdictOf(unequal.length === 0),
    spread: `${count.toLocaleString("en-US")} values each`,
    note:
      unequal.length === 0
        ? "every bucket of the live window and of what is stored, count, outcomes, sum, smallest, largest"
        : `not: ${unequal.join(", ")}`,
    data: { unequal: unequal.length },
  };
}
