import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { percentile } from "../lib/statistics.ts";
import { openStream } from "../lib/stream-client.ts";
import { startSystem } from "../lib/workerd.ts";

const TARGET = "meta";
const EVENTS_PER_SECOND = 10;
const GOAL_MS = 1_000;
const PLATFORM_MS = 20;
const WARM_UP_EVENTS = 5;
const PATIENCE_MS = 5_000;

interface Arrival {
  readonly at: number;
  /** How many timings of the target the frame had. */
  readonly count: number;
}

/**
 * From the end of a call in the tracking Worker to the frame that has it. The Worker answers with
 * the time at which the call ended, this machine has one clock, and timings are reported in the
 * order in which calls end: the frame that first counts k timings has the k-th.
 */
export async function measureFreshness({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const system = await startSystem();
  const arrivals: Arrival[] = [];
  const note = (text: string): void => {
    const count = countIn(text);
    if (count !== undefined) arrivals.push({ at: Date.now(), count });
  };
  const stream = `${system.tachograph.replace("http", "ws")}/v1/stream?targets=${TARGET}&windows=5m`;
  const client = await openStream(stream, "bench-fresh", note);
  try {
    const call = async (): Promise<number> => {
      const url = `${system.tracking}/call?target=${TARGET}&delayMs=${PLATFORM_MS}`;
      const response = await fetch(url, { method: "POST", body: "{}" });
      const { endedAt } = await response.json<{ endedAt: number }>();
      return endedAt;
    };
    progress("freshness: warming up");
    for (let i = 0; i < WARM_UP_EVENTS; i++) await call();
    await untilCounted(arrivals, WARM_UP_EVENTS);
    progress(`freshness: ${EVENTS_PER_SECOND} events/s`);
    const calls = await poisson(call, quick ? 5_000 : 25_000);
    const endedAt = (await Promise.all(calls)).toSorted((left, right) => left - right);
    await untilCounted(arrivals, WARM_UP_EVENTS + endedAt.length);
    return [freshnessRow(endedAt, arrivals)];
  } finally {
    client.close();
    await system.stop();
  }
}

/** Begins calls at random, so that they fall anywhere between two flushes and two ticks. */
async function poisson(
  call: () => Promise<number>,
  durationMs: number,
): Promise<Promise<number>[]> {
  const random = seededRandom(11);
  const calls: Promise<number>[] = [];
  const until = Date.now() + durationMs;
  while (Date.now() < until) {
    calls.push(call());
    await sleep((-Math.log(1 - random()) * 1_000) / EVENTS_PER_SECOND);
  }
  return calls;
}

function countIn(text: string): number | undefined {
  const frame = JSON.parse(text) as {
    series?: { target: string; operation: string; windows: { "5m": { count: number } } }[];
  };
  const whole = frame.series?.find(
    ({ target, operation }) => target === TARGET && operation === "*",
  );
  return whole?.windows["5m"].count;
}

async function untilCounted(arrivals: readonly Arrival[], count: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while ((arrivals.at(-1)?.count ?? 0) < count) {
    if (Date.now() >= deadline)
      throw new Error(`only ${arrivals.at(-1)?.count} of ${count} arrived`);
    await sleep(20);
  }
}

function freshnessRow(endedAt: readonly number[], arrivals: readonly Arrival[]): BenchRow {
  const delaysMs = endedAt.map((at, i) => {
    const arrival = arrivals.find(({ count }) => count >= WARM_UP_EVENTS + i + 1);
    return (arrival?.at ?? Infinity) - at;
  });
  const p99 = percentile(delaysMs, 99);
  return {
    what: "Freshness while watched: end of the call in the tracking Worker to the WebSocket frame",
    goal: `p99 ≤ ${GOAL_MS} ms`,
    measured: `p99 ${figure(p99)} ms`,
    verdict: verdictOf(p99 <= GOAL_MS),
    spread: `p50 ${figure(percentile(delaysMs, 50))}, longest ${figure(Math.max(...delaysMs))} ms, n = ${delaysMs.length}`,
    note: `${EVENTS_PER_SECOND} events/s at random times, one machine; distances come on top`,
    data: { delaysMs },
  };
}
