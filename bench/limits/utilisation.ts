import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import type { LimitRule } from "../../src/limits/limit-rule.ts";
import type { HolderResult } from "../workers/limits-holder.ts";
import { BUCKET_RULE, permitsPerMs, SMALL_RULE } from "./bucket-rule.ts";
import { type LimitsSystem, setLimit, startLimitsSystem } from "./limits-system.ts";
import { UseLog } from "./use-log.ts";

const HOLDERS = 16;
/** A fifth of the holders has four fifths of the demand. */
const BUSY_HOLDERS = 3;
const BUSY_SHARE = 0.8;
const TIMES_THE_LIMIT = 5;
const GOAL = 0.99;

/** What of the permits that a bucket made available is used when far more are wanted. */
export async function measureUtilisation({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const ms = quick ? 4_000 : 60_000;
  const system = await startLimitsSystem(HOLDERS);
  try {
    progress(`utilisation: ${HOLDERS} isolates for ${ms / 1_000} s`);
    // Side by side: they share nothing but the processor, which is not what limits them.
    const [ordinary, small] = await Promise.all([
      offer(system, "ordinary", BUCKET_RULE, ms),
      offer(system, "small", SMALL_RULE, ms),
    ]);
    const what = `Permits used of those made available in ${ms / 1_000} s, demand ${TIMES_THE_LIMIT} times as much, 80/20 over ${HOLDERS} isolates`;
    return [
      {
        what,
        goal: `≥ ${GOAL * 100} %`,
        measured: `${percent(ordinary)} %`,
        verdict: verdictOf(ordinary.used >= GOAL * ordinary.allowed && ordinary.worstExcess <= 0),
        spread: "one run",
        note: summary(ordinary),
        data: { ...ordinary },
      },
      {
        what: "The same with a bucket so slow that most of its permits are there at the beginning",
        goal: "–",
        measured: `${percent(small)} %`,
        verdict: "info",
        spread: "one run",
        note: summary(small),
        data: { ...small },
      },
    ];
  } finally {
    await system.stop();
  }
}

/** What became of an offer. */
interface Offered {
  readonly capacity: number;
  readonly refillPerMinute: number;
  readonly used: number;
  /** Permits that the bucket made available. */
  readonly allowed: number;
  readonly attempts: number;
  readonly asked: number;
  readonly worstExcess: number;
}

async function offer(
  system: LimitsSystem,
  target: string,
  rule: LimitRule,
  ms: number,
): Promise<Offered> {
  const shard = `default/${target}#0`;
  await setLimit(system, shard, rule);
  const allowed = rule.capacity + permitsPerMs(rule) * ms;
  const wantedPerSecond = (TIMES_THE_LIMIT * allowed * 1_000) / ms;
  const results = await Promise.all(
    system.holders.map(async (url, i) => {
      const perSecond = wantedPerSecond * shareOf(i);
      const query = `shard=${encodeURIComponent(shard)}&target=${target}&perSecond=${perSecond}&ms=${ms}`;
      const response = await fetch(`${url}/run?${query}`);
      if (!response.ok) throw new Error(`a holder answered ${response.status}`);
      return response.json<HolderResult>();
    }),
  );
  const log = new UseLog();
  for (const { usedAt } of results) for (const at of usedAt) log.record(at);
  const sum = (of: (result: HolderResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const { worstExcess } = log.check(rule);
  const attempts = sum((result) => result.attempts);
  const asked = sum((result) => result.asked);
  return { ...rule, used: log.used, allowed, attempts, asked, worstExcess };
}

function shareOf(holder: number): number {
  return holder < BUSY_HOLDERS
    ? BUSY_SHARE / BUSY_HOLDERS
    : (1 - BUSY_SHARE) / (HOLDERS - BUSY_HOLDERS);
}

function percent({ used, allowed }: Offered): string {
  return figure((used / allowed) * 100);
}

function summary({ capacity, refillPerMinute, used, allowed, ...rest }: Offered): string {
  return (
    `capacity ${capacity}, ${figure(refillPerMinute)} a minute: ${figure(used)} of ` +
    `${figure(allowed)} used, ${figure(Math.max(0, rest.worstExcess))} over in any window, ` +
    `${figure(rest.attempts)} wanted, ${figure(rest.asked)} requests to the bucket`
  );
}
