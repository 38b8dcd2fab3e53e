import { runDurableObjectAlarm } from "cloudflare:test";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import type { CacheStats } from "../../src/api/performance/cache-stats.ts";
import type { LatencySummary } from "../../src/api/performance/latency-summary.ts";
import type { PerformanceStats } from "../../src/api/performance/performance-stats.ts";
import type { PillarViews } from "../../src/pillars/pillar-views.ts";
import type { QueryStats } from "../../src/api/performance/query-stats.ts";
import {
  type ApiTiming,
  call,
  coordinatorOf,
  evict,
  getJson,
  moveClock,
  stopClock,
  take,
} from "./api.ts";
import { SocketClient } from "./stream-client.ts";

const TENANT = "acme";
const EMPTY = "globex";

interface MeasuredTiming extends ApiTiming {
  readonly measures?: Readonly<Record<string, number>>;
}

interface Answer<Data> {
  readonly success: boolean;
  readonly data: Data;
  readonly timestamp: number;
}

async function get<Data>(path: string, tenant = TENANT): Promise<Data> {
  const body = await getJson<Answer<Data>>(`/api/performance/${path}`, `${tenant}-read`);
  expect(body).toMatchObject({ success: true, timestamp: Date.now() });
  return body.data;
}

function repeat(count: number, timing: MeasuredTiming): MeasuredTiming[] {
  return Array.from({ length: count }, () => timing);
}

beforeAll(async () => {
  stopClock();
  const timings: readonly MeasuredTiming[] = [
    ...repeat(90, { target: "worker", operation: "track", durationMs: 20 }),
    ...repeat(10, { target: "worker", operation: "track", durationMs: 150 }),
    ...repeat(19, { target: "meta", operation: "events", durationMs: 300 }),
    { target: "meta", operation: "events", durationMs: 300, outcome: "error" },
    { target: "meta", operation: "events", durationMs: 300, outcome: "rate_limited" },
    ...repeat(3, {
      target: "d1",
      operation: "select_leads",
      durationMs: 700,
      measures: { rowsRead: 5_000, rowsWritten: 0, sqlMs: 550, waitMs: 150, slow: 1 },
    }),
    ...repeat(6, {
      target: "d1",
      operation: "insert_event",
      durationMs: 8,
      measures: { rowsWritten: 2, waitMs: 0, sizeBytes: 123_456 },
    }),
    { target: "d1", operation: "batch", durationMs: 30, outcome: "timeout" },
    ...repeat(8, { target: "cache", operation: "l1", durationMs: 0.1, outcome: "hit" }),
    { target: "cache", operation: "l2", durationMs: 4, outcome: "hit", measures: { keys: 77 } },
    { target: "cache", operation: "l3", durationMs: 40, outcome: "miss" },
    { target: "cache", operation: "l3", durationMs: 40, outcome: "error" },
    { target: "kv", operation: "get", durationMs: 4, outcome: "hit" },
    { target: "kv", operation: "get", durationMs: 4, outcome: "miss" },
  ];
  await take(TENANT, timings);
});
afterAll(() => vi.useRealTimers());

test("stats has the five pillars of what was posted", async () => {
  const { tenant, status, score, pillars, ledger, coverage } = await get<PerformanceStats>("stats");
  expect(tenant).toBe(TENANT);
  expect(pillars).toMatchObject({
    // The worker at p50 20 and p95 150 ms is GOOD, meta at 300 ms DEGRADED.
    latency: { grade: "ACCEPTABLE", score: 6, targetCount: 2, targets: [{ target: "meta" }, {}] },
    // 1 of 21 at meta, 1 of 10 at d1, 1 of 11 at cache.
    errors: { score: (10 + 6 + 2 + 4 + 10) / 5, failed: 3, rateLimited: 1 },
    throughput: { grade: "UNKNOWN", score: null, events: "worker", perMinute: 100, perHour: 100 },
    d1: {
      grade: "WARNING",
      // 2 for a query above 500 ms; the mean wait is 50 ms.
      score: 8,
      meanWaitMs: 50,
      rowsRead: 15_000,
      rowsWritten: 12,
      slow: 3,
      sizeBytes: 123_456,
      slowest: [
        { operation: "select_leads" },
        { operation: "batch" },
        { operation: "insert_event" },
      ],
    },
    cache: { grade: "GOOD", score: 8, hitRate: 0.9, keys: 77 },
  });
  expect(score).toBe((6 + 32 / 5 + 8 + 8) / 4);
  expect(status).toBe("HEALTHY");
  expect(ledger).toMatchObject({ accepted: 144, merged: 144, rejected: 0, isBalanced: true });
  expect(ledger).toMatchObject({ capped: 0, note: null });
  expect(coverage.missing).toEqual([]);
});

test("cache-stats has every cache by window and layer", async () => {
  const { pillar, caches } = await get<CacheStats>("cache-stats");
  expect(pillar).toMatchObject({ lookups: 10, grade: "GOOD" });
  expect(caches.map(({ target }) => target)).toEqual(["cache", "kv"]);
  const [cache, kv] = caches;
  expect(cache).toMatchObject({
    isCounted: true,
    keys: 77,
    windows: {
      "1m": { lookups: 10, hits: 9, hitRate: 0.9, failed: 1, grade: { grade: "GOOD" } },
      "1h": {
        layers: [
          { layer: "l1", lookups: 10, hits: 8, hitRate: 0.8 },
          { layer: "l2", lookups: 2, hits: 1, hitRate: 0.5 },
          { layer: "l3", lookups: 1, hits: 0, hitRate: 0 },
        ],
      },
    },
  });
  expect(pillar?.caches).toMatchObject([
    { target: "kv", isCounted: false },
    { target: "cache", isCounted: true },
  ]);
  expect(kv).toMatchObject({
    isCounted: false,
    keys: null,
    windows: { "5m": { hitRate: 0.5, layers: [] } },
  });
});

test("query-stats has every operation of the databases, sorted as asked", async () => {
  const all = await get<QueryStats>("query-stats");
  expect(all).toMatchObject({ window: "1h", sort: "mean", total: 3, capped: 0, note: null });
  expect(all.queries[0]).toMatchObject({
    target: "d1",
    operation: "select_leads",
    executions: 3,
    errors: 0,
    meanMs: 700,
    maxMs: 700,
    meanWaitMs: 150,
    meanSqlMs: 550,
    rowsRead: 15_000,
    rowsWritten: 0,
    slow: 3,
  });
  expect(all.queries[1]).toMatchObject({ operation: "batch", errors: 1, errorRate: 1, slow: null });
  const names = async (query: string): Promise<readonly string[]> =>
    (await get<QueryStats>(`query-stats?${query}`)).queries.map(({ operation }) => operation);
  expect(await names("sort=mean")).toEqual(["select_leads", "batch", "insert_event"]);
  expect(await names("sort=count")).toEqual(["insert_event", "select_leads", "batch"]);
  expect(await names("sort=p95")).toEqual(["select_leads", "batch", "insert_event"]);
  // What is not known comes last.
  expect(await names("sort=wait")).toEqual(["select_leads", "insert_event", "batch"]);
  expect(await names("sort=count&limit=1&window=1m")).toEqual(["insert_event"]);
});

test("latency-summary has every series, or those of one target", async () => {
  const { window, series } = await get<LatencySummary>("latency-summary");
  expect(window).toBe("5m");
  const names = series.map(({ target, operation }) => `${target}/${operation}`);
  expect(names).toEqual(names.toSorted());
  expect(names).toContain("worker/*");
  expect(names).toContain("d1/batch");
  const { series: worker } = await get<LatencySummary>("latency-summary?target=worker&window=1h");
  expect(worker).toHaveLength(2);
  expect(worker[0]).toMatchObject({
    target: "worker",
    kind: "worker",
    operation: "*",
    count: 100,
    minMs: 20,
    meanMs: 33,
    maxMs: 150,
    grade: { grade: "GOOD", color: "blue", score: 8 },
  });
  expect(worker[0]?.p50Ms).toBeCloseTo(20, 1);
  expect(worker[0]?.p99Ms).toBeCloseTo(150, 0);
  const none = await get<LatencySummary>("latency-summary?target=nobody");
  expect(none.series).toEqual([]);
});

test("names beyond what a target may have are counted as other, and the answers say so", async () => {
  const tenant = "outage";
  const limit = config.maxOperationsPerTarget;
  const queries = Array.from({ length: limit + 1 }, (_, i) => `query-${i}`);
  const timing = { target: "d1", durationMs: 5 };
  await take(
    tenant,
    [...queries, "query-0", "late"].map((operation) => ({ ...timing, operation })),
  );
  const note = expect.stringContaining("maxOperationsPerTarget");
  const { total, queries: rows, ...about } = await get<QueryStats>("query-stats", tenant);
  expect(about).toMatchObject({ capped: 2, note });
  expect(total).toBe(limit + 1);
  expect(rows.find(({ operation }) => operation === "other")).toMatchObject({ executions: 2 });
  expect(rows.find(({ operation }) => operation === "query-0")).toMatchObject({ executions: 2 });
  const { ledger } = await get<PerformanceStats>("stats", tenant);
  expect(ledger).toMatchObject({ capped: 2, note, accepted: limit + 3, isBalanced: true });
});

test("latency-summary has what waits in a queue, without a grade", async () => {
  const tenant = "evict";
  const timing = { target: "queue", durationMs: 5_000 };
  await take(tenant, [
    { ...timing, operation: "wait" },
    { ...timing, operation: "process" },
  ]);
  const { series } = await get<LatencySummary>("latency-summary?target=queue", tenant);
  expect(series).toMatchObject([
    { operation: "*", count: 2, maxMs: 5_000, grade: null },
    { operation: "process", maxMs: 5_000, grade: { grade: "CRITICAL" } },
    { operation: "wait", maxMs: 5_000, grade: null },
  ]);
});

test("a tenant without data gets answers without numbers", async () => {
  expect(await get<PerformanceStats>("stats", EMPTY)).toMatchObject({
    status: "UNKNOWN",
    score: null,
    pillars: { latency: null, errors: null, throughput: null, d1: null, cache: null },
  });
  expect(await get<CacheStats>("cache-stats", EMPTY)).toMatchObject({ pillar: null, caches: [] });
  expect(await get<QueryStats>("query-stats", EMPTY)).toMatchObject({ total: 0, queries: [] });
  expect(await get<LatencySummary>("latency-summary", EMPTY)).toMatchObject({ series: [] });
});

test.each([
  ["query-stats?sort=name", "?sort"],
  ["query-stats?limit=0", "?limit"],
  ["query-stats?limit=1001", "?limit"],
  ["query-stats?limit=ten", "?limit"],
  ["query-stats?limit=1&limit=2", "?limit"],
  ["query-stats?window=2m", "?window"],
  ["latency-summary?window=1d", "?window"],
  ["latency-summary?target=Meta%20Ads", "?target"],
])("%s is refused", async (path, pointer) => {
  const response = await call(`/api/performance/${path}`, `${TENANT}-read`);
  expect(response.status).toBe(400);
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ errors: [{ pointer }] });
});

test.each(["stats", "cache-stats", "query-stats", "latency-summary"])(
  "%s is for those who may read, by GET",
  async (name) => {
    const path = `/api/performance/${name}`;
    expect((await call(path, `${TENANT}-ingest`)).status).toBe(403);
    expect((await call(path, "nobody")).status).toBe(401);
    const post = await call(path, `${TENANT}-admin`, { method: "POST" });
    expect(post.status).toBe(405);
    expect(post.headers.get("Allow")).toBe("GET, HEAD");
    const answer = await call(path, `${TENANT}-admin`);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    await answer.body?.cancel();
  },
);

test("whoever polls counts as watching", async () => {
  const tenant = "alarms";
  await take(tenant, [{ target: "worker", durationMs: 5 }]);
  moveClock(1_000);
  await runDurableObjectAlarm(coordinatorOf(tenant));
  expect((await coordinatorOf(tenant).health()).tickMs).toBe(10_000);
  await get<PerformanceStats>("stats", tenant);
  expect((await coordinatorOf(tenant).health()).tickMs).toBe(500);
});

test("live and the stream have the pillars, of the whole tenant whatever is filtered", async () => {
  const { pillars } = await getJson<{ readonly pillars: PillarViews }>(
    "/v1/live?target=kv&window=1m",
    `${TENANT}-read`,
  );
  expect(pillars).toMatchObject({ errors: { failed: 3 }, d1: { score: 8 }, cache: { score: 8 } });
  const client = await SocketClient.open(TENANT);
  const [, snapshot] = await client.frames(2);
  expect(snapshot).toMatchObject({ type: "snapshot", pillars: { cache: { hitRate: 0.9 } } });
  await take(TENANT, [{ target: "cache", operation: "l3", durationMs: 40, outcome: "miss" }]);
  moveClock(500);
  expect(await runDurableObjectAlarm(coordinatorOf(TENANT))).toBe(true);
  moveClock(500);
  expect(await runDurableObjectAlarm(coordinatorOf(TENANT))).toBe(true);
  const [changed, quiet] = await client.frames(2);
  expect(changed).toMatchObject({ type: "tick", pillars: { cache: { hitRate: 9 / 11 } } });
  expect(quiet?.type).toBe("tick");
  expect(quiet).not.toHaveProperty("pillars");
  client.close();
});

test("pillars outlive the coordinator's memory", async () => {
  const before = await get<PerformanceStats>("stats");
  // A checkpoint comes with the next minute; what it does not hold is collected again.
  await evict(coordinatorOf(TENANT));
  const after = await get<PerformanceStats>("stats");
  expect(after.pillars).toEqual(before.pillars);
  expect(after.score).toBe(before.score);
});
