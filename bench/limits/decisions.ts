import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median, ratios } from "../lib/statistics.ts";
import { processCpuMs } from "../lib/workerd.ts";
import type { LimitsDriverResult } from "../workers/limits-driver.ts";
import { ENDLESS_RULE } from "./bucket-rule.ts";
import { CALLERS } from "./decision-rate.ts";
import { type LimitsSystem, setLimit, startLimitsSystem } from "./limits-system.ts";

const GOAL_RATIO = 0.6;
const GOAL_LEASE_NS = 1_000;
const TARGET = "endless";
const SHARD = `default/${TARGET}#0`;

/** What a decision costs: from a lease, and by RPC. */
export async function measureDecisions(context: BenchContext): Promise<BenchRow[]> {
  const system = await startLimitsSystem(1);
  try {
    await setLimit(system, SHARD, ENDLESS_RULE);
    const lease = await leaseRow(system, context);
    return [lease, ...(await rpcRows(system, context))];
  } finally {
    await system.stop();
  }
}

async function leaseRow(
  system: LimitsSystem,
  { quick, progress }: BenchContext,
): Promise<BenchRow> {
  progress("decisions: from a lease");
  const rounds = quick ? 1_000_000 : 5_000_000;
  const [holder = ""] = system.holders;
  const time = async (what: string): Promise<number> => {
    const response = await fetch(`${holder}/${what}?rounds=${rounds}`);
    if (!response.ok) throw new Error(`the holder answered ${response.status}`);
    const { nsPerTake } = await response.json<{ nsPerTake: number }>();
    return nsPerTake;
  };
  await time("takes");
  const { takes, empty } = await interleaved(
    { takes: () => time("takes"), empty: () => time("empty") },
    quick ? 3 : 7,
  );
  return {
    what: "A decision from a lease, in workerd",
    goal: `< ${figure(GOAL_LEASE_NS)} ns`,
    measured: `${figure(median(takes))} ns`,
    verdict: verdictOf(median(takes) < GOAL_LEASE_NS),
    spread: spread(takes),
    note:
      `${figure(rounds)} takes in a row, a look at the clock each; the loop and the clock alone ` +
      `${figure(median(empty))} ns. Locally the clock goes on while a Worker computes, deployed it stands still`,
    data: { takes, empty },
  };
}

type Way = "noop" | "parseOnly" | "permit" | "take";

async function rpcRows(
  system: LimitsSystem,
  { quick, progress }: BenchContext,
): Promise<BenchRow[]> {
  const ms = quick ? 200 : 700;
  const cpuUs: Record<Way, number[]> = { noop: [], parseOnly: [], permit: [], take: [] };
  const savesPer1000: Record<Way, number[]> = { noop: [], parseOnly: [], permit: [], take: [] };
  const drive = async (way: Way): Promise<number> => {
    const cpuMs = processCpuMs(system.pid);
    const query = `shard=${encodeURIComponent(SHARD)}&target=${TARGET}&callers=${CALLERS}&ms=${ms}`;
    const response = await fetch(`${system.driver}/${way}?${query}`);
    if (!response.ok) throw new Error(`the driver answered ${response.status}`);
    const { calls, elapsedMs, saves } = await response.json<LimitsDriverResult>();
    cpuUs[way].push(((processCpuMs(system.pid) - cpuMs) * 1_000) / calls);
    savesPer1000[way].push((saves * 1_000) / calls);
    return (calls / elapsedMs) * 1_000;
  };
  progress("decisions: by RPC, warming up");
  for (const way of ["noop", "parseOnly", "permit", "take"] as const) await drive(way);
  progress("decisions: by RPC, against an RPC that does nothing");
  const rates = await interleaved(
    {
      noop: () => drive("noop"),
      permit: () => drive("permit"),
      take: () => drive("take"),
      parseOnly: () => drive("parseOnly"),
    },
    quick ? 3 : 9,
  );
  const rowOf = (way: "permit" | "take", what: string, more: string): BenchRow => {
    const ratio = ratios(rates[way], rates.noop);
    return {
      what,
      goal: `≥ ${GOAL_RATIO}`,
      measured: figure(median(ratio)),
      verdict: verdictOf(median(ratio) >= GOAL_RATIO),
      spread: spread(ratio),
      note:
        `${figure(median(rates[way]))}/s of ${figure(median(rates.noop))}/s; CPU a call ` +
        `${figure(median(cpuUs[way]))} against ${figure(median(cpuUs.noop))} µs; ` +
        `${figure(median(savesPer1000[way]))} rows written per 1,000 decisions; ${more}`,
      data: { ratio, ...rates, cpuUs: cpuUs[way], savesPer1000: savesPer1000[way] },
    };
  };
  const parsed = median(ratios(rates.parseOnly, rates.noop));
  return [
    rowOf(
      "permit",
      `A decision by RPC (a lease of one permit that settles the one before), ${CALLERS} callers, one bucket, against an RPC that does nothing`,
      `the same two messages without a bucket ${figure(parsed)}; a write is confirmed sooner here than deployed`,
    ),
    rowOf(
      "take",
      "A take by RPC, as `POST /v1/limits/{target}/take` makes it, against an RPC that does nothing",
      "its answer carries the bucket's view",
    ),
  ];
}
