import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, skippedRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { HttpPoster } from "../lib/http-poster.ts";
import { interleaved } from "../lib/interleaved.ts";
import { type Redis, redisVersion, startRedis } from "../lib/redis.ts";
import { median, ratios } from "../lib/statistics.ts";
import { processCpuMs } from "../lib/workerd.ts";
import type { LimitsDriverResult } from "../workers/limits-driver.ts";
import { ENDLESS_RULE } from "./bucket-rule.ts";
import { type LimitsSystem, setLimit, startLimitsSystem } from "./limits-system.ts";
import { type RedisLimiter, redisLimiter } from "./redis-limiter.ts";

const CALLERS = 32;
const GOAL_RATIO = 0.6;
const GOAL_LEASE_NS = 1_000;
const TARGET = "endless";
const SHARD = `default/${TARGET}#0`;
const TIMEOUT_MS = 10_000;
/** What the limiter on Redis may grant in the minute in which Redis is killed. */
const REDIS_POINTS = 500;

/** What a decision costs: from a lease, by RPC, and beside it on Redis. */
export async function measureDecisions(context: BenchContext): Promise<BenchRow[]> {
  const { progress } = context;
  const version = redisVersion();
  const redis = version === undefined ? undefined : await startRedis();
  const system = await startLimitsSystem(1);
  try {
    await setLimit(system, SHARD, ENDLESS_RULE);
    const lease = await leaseRow(system, context);
    const byRpc = await rpcRows(system, context);
    const outside = await outsideRow(system, redis, version, context);
    progress("decisions: Redis, killed and started again");
    return [lease, ...byRpc, outside, await redisCrashRow(redis, version)];
  } finally {
    await system.stop();
    await redis?.stop();
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
  const ms = quick ? 500 : 1_500;
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
    quick ? 5 : 11,
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

/** From Node, as whoever uses the limiter on Redis asks: over a connection of its own kind each. */
async function outsideRow(
  system: LimitsSystem,
  redis: Redis | undefined,
  version: string | undefined,
  { quick, progress }: BenchContext,
): Promise<BenchRow> {
  const what = `Decisions from one Node process, ${CALLERS} callers: over HTTP, beside rate-limiter-flexible on Redis`;
  if (redis === undefined) return skippedRow(what, "–", NO_REDIS);
  progress("decisions: from Node, beside rate-limiter-flexible on Redis");
  const ms = quick ? 500 : 2_000;
  const poster = new HttpPoster(CALLERS, TIMEOUT_MS);
  const limiter = await redisLimiter(redis.port, { points: 1e9, durationS: 3_600 });
  const url = `${system.gateway}/take?shard=${encodeURIComponent(SHARD)}`;
  const overHttp = async (): Promise<void> => void (await poster.post(url, ""));
  const onRedis = async (): Promise<void> => void (await limiter.take("bench"));
  try {
    await loops(overHttp, 200);
    await loops(onRedis, 200);
    const rates = await interleaved(
      { http: () => loops(overHttp, ms), redis: () => loops(onRedis, ms) },
      quick ? 3 : 7,
    );
    return {
      what,
      goal: "–",
      measured: `${figure(median(rates.http))}/s, Redis ${figure(median(rates.redis))}/s`,
      verdict: "info",
      spread: `${spread(rates.http)}; Redis ${spread(rates.redis)}`,
      note:
        `rate-limiter-flexible ${limiter.version} (RateLimiterRedis, ioredis, one connection that ` +
        `pipelines) on redis-server ${version ?? ""}; ours over HTTP/1.1 through a Worker to the shard. ` +
        "Ours is covered by what SQLite holds before it is answered; Redis has it in memory",
      data: { http: rates.http, redis: rates.redis },
    };
  } finally {
    poster.close();
    limiter.close();
  }
}

/** @returns decisions per second. */
async function loops(decide: () => Promise<void>, ms: number): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + ms;
  let decisions = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < until) {
      await decide();
      decisions += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, loop));
  return (decisions / (performance.now() - startedAt)) * 1_000;
}

/** All points of a minute are used; then Redis is killed, and more are asked for in that minute. */
async function redisCrashRow(
  redis: Redis | undefined,
  version: string | undefined,
): Promise<BenchRow> {
  const what = `rate-limiter-flexible, ${REDIS_POINTS} points a minute, Redis killed (-9) and started again in that minute`;
  if (redis === undefined) return skippedRow(what, "–", NO_REDIS);
  const limiter = await redisLimiter(redis.port, { points: REDIS_POINTS, durationS: 60 });
  try {
    const startedAt = Date.now();
    const before = await drain(limiter);
    await redis.crash();
    const after = await drain(limiter);
    const seconds = (Date.now() - startedAt) / 1_000;
    const isOneWindow = seconds < 60;
    if (!isOneWindow) return skippedRow(what, "–", `it took ${figure(seconds)} s`);
    const excess = before + after - REDIS_POINTS;
    return {
      what,
      goal: "–",
      measured: `${figure(excess)} permits over (+${figure((excess / REDIS_POINTS) * 100)} %)`,
      verdict: "info",
      spread: "one run",
      note:
        `${before} granted before and ${after} after, within ${figure(seconds)} s; redis-server ` +
        `${version ?? ""} with its default persistence: snapshots after 3,600 s with 1 change, 300 s ` +
        "with 100 or 60 s with 10,000, no append-only file",
      data: { before, after, excess },
    };
  } finally {
    limiter.close();
  }
}

/** Takes points until none is left. @returns how many there were. */
async function drain(limiter: RedisLimiter): Promise<number> {
  let granted = 0;
  while (granted < 10 * REDIS_POINTS && (await limiter.take("crash"))) granted += 1;
  return granted;
}

const NO_REDIS = "no redis-server: apt-get install redis-server";
