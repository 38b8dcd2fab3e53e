import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { RunningTotal, TotalValue } from "../../src/wire/running-total.ts";
import { decodeShardAnswer, encodeShardReport } from "../../src/wire/shard-message.ts";
import type { ShardAnswer } from "../../src/wire/shard-rpc.ts";
import { textSamples, valueOf } from "../support/export/text-samples.ts";
import { call, coordinatorOf, evict, history, live, moveClock, shardOf, stopClock } from "./api.ts";

const TENANT = "globex";
const MINUTE_MS = 60_000;

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());

function histogram(count: number): TotalValue {
  const buckets = { kind: "explicit" as const, boundsUs: [20_000], counts: [count, 0] };
  const sumUs = 10_000 * count;
  return {
    kind: "histogram",
    histogram: { count, sumUs, minUs: 10_000, maxUs: 10_000, buckets },
  };
}

/** What a process counted that began a day ago: calls of an operation, and the rows that they read. */
function totalsOf(calls: number, rowsRead: number): RunningTotal[] {
  const nowMs = Date.now();
  const values: TotalValue[] = [histogram(calls), { kind: "measure", code: 0, parts: rowsRead }];
  return values.map((value, i) => ({
    stream: String(i).padStart(32, "a"),
    operation: "users",
    outcome: 0,
    startAt: nowMs - (nowMs % MINUTE_MS) - 86_400_000,
    at: nowMs,
    value,
  }));
}

async function send(totals: readonly RunningTotal[]): Promise<ShardAnswer> {
  const message = encodeShardReport({
    content: { kind: "cumulative", totals },
    givenUp: 0,
    refused: {},
  });
  return decodeShardAnswer(await shardOf(TENANT, "d1.main").report(message));
}

function tick(): Promise<boolean> {
  return runDurableObjectAlarm(coordinatorOf(TENANT));
}

test("a running total counts once what it gained, whatever is evicted or trimmed between", async () => {
  const startAt = totalsOf(0, 0)[0]?.startAt;
  let sent = totalsOf(1_000, 50_000).map((total) => ({ ...total, startAt: startAt ?? 0 }));
  expect(await send(sent)).toMatchObject({ ok: true, accepted: 0, duplicate: false, rejected: {} });
  let calls = 0;
  let rowsRead = 0;
  for (let i = 1; i <= 12; i++) {
    moveClock(10_000);
    calls += i;
    rowsRead += 100 * i;
    sent = totalsOf(1_000 + calls, 50_000 + rowsRead).map((total) => ({
      ...total,
      startAt: startAt ?? 0,
    }));
    expect(await send(sent)).toMatchObject({ ok: true, accepted: i, rejected: {} });
    if (i % 2 === 0) await evict(shardOf(TENANT, "d1.main"));
    if (i % 3 === 0) await tick();
    if (i % 4 === 0) await evict(coordinatorOf(TENANT));
    // As somebody does whose answer was lost.
    expect(await send(sent)).toMatchObject({ ok: true, accepted: 0, rejected: {} });
  }
  const body = await live(TENANT);
  expect(body.ledger).toMatchObject({ offered: calls, accepted: calls, isBalanced: true });
  const windows = body.series.map(({ operation, windows: { "1h": hour } }) => [operation, hour]);
  const measures = { rowsRead: { count: 12, sum: rowsRead, mean: rowsRead / 12 } };
  expect(Object.fromEntries(windows)).toMatchObject({
    "*": { count: calls, measures },
    users: { count: calls, minMs: 10, maxMs: 10, measures },
  });
  moveClock(2 * MINUTE_MS);
  for (let i = 0; i < 3; i++) await tick();
  const [point] = await history(TENANT, {
    target: "d1.main",
    operation: "users",
    from: startAt ?? 0,
    to: Date.now(),
    step: "all",
  });
  expect(point).toMatchObject({ count: calls, measures });
  // By now the rows that counted it are let go of; what the streams counted last is not.
  const { shards } = await coordinatorOf(TENANT).health();
  expect(shards.map(({ logRows }) => logRows)).toEqual([0]);
  await evict(shardOf(TENANT, "d1.main"));
  const streams = await runInDurableObject(shardOf(TENANT, "d1.main"), (_, { storage }) =>
    storage.sql.exec("SELECT COUNT(*) AS rows FROM streams").one(),
  );
  expect(streams).toEqual({ rows: 2 });
  expect(await send(sent)).toMatchObject({ ok: true, accepted: 0, rejected: {} });
});

test("what a total gained has the sender's own sum, wherever it is read", async () => {
  const nowMs = Date.now();
  /** Calls of 1.1 s each, between the bounds that OpenTelemetry advises. */
  const slowCalls = (count: number, at: number): RunningTotal => {
    const buckets = { kind: "explicit" as const, boundsUs: [1e6, 2.5e6], counts: [0, count, 0] };
    const stats = { count, sumUs: 1.1e6 * count, minUs: null, maxUs: null };
    const value: TotalValue = { kind: "histogram", histogram: { ...stats, buckets } };
    const place = { stream: "c".repeat(32), operation: "slow", outcome: 0 };
    return { ...place, startAt: nowMs, at, value };
  };
  expect(await send([slowCalls(4, nowMs)])).toMatchObject({ accepted: 4 });
  moveClock(1_000);
  expect(await send([slowCalls(10, nowMs + 1_000)])).toMatchObject({ accepted: 6 });
  await tick();
  const { series } = await live(TENANT);
  const slow = series.find(({ operation }) => operation === "slow");
  expect(slow?.windows["5m"]).toMatchObject({ count: 10, meanMs: 1_100 });
  const scraped = await call("/metrics", `${TENANT}-read`, { headers: { Accept: "text/plain" } });
  const samples = textSamples(await scraped.text());
  const labels = { target: "d1.main", kind: "d1", operation: "slow" };
  expect(valueOf(samples, "tachograph_call_duration_seconds_sum", labels)).toBeCloseTo(11, 9);
});

test("a process that went back is refused, each of its totals at its place", async () => {
  moveClock(1_000);
  const totals = totalsOf(10, 0).map((total) => ({
    ...total,
    stream: total.stream.replaceAll("a", "b"),
  }));
  await send(totals);
  moveClock(1_000);
  const later = totals.map((total) => ({ ...total, at: Date.now() }));
  const back = later.map((total, i) => (i === 0 ? { ...total, value: histogram(9) } : total));
  expect(await send(back)).toMatchObject({
    ok: true,
    accepted: 0,
    rejected: { went_back: 1 },
    rejectedAt: [{ position: 0, reason: "went_back" }],
  });
});
