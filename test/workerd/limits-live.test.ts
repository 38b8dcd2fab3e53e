import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { limitedTargets } from "../../src/config.ts";
import { config } from "../../src/configured.ts";
import type { LimitView } from "../../src/wire/permits.ts";
import {
  call,
  coordinatorOf,
  evict,
  getJson,
  moveClock,
  shardOf,
  stopClock,
  take,
  until,
} from "./api.ts";
import { ask, newLeaseId, viewOf } from "./limit-calls.ts";
import { SocketClient } from "./stream-client.ts";

const TENANT = "stream";

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());

interface LimitsBody {
  readonly type?: string;
  readonly limits: readonly LimitView[];
  readonly gone?: unknown;
}

async function liveLimits(query = ""): Promise<readonly LimitView[]> {
  const { limits } = await getJson<LimitsBody>(`/v1/live${query}`, `${TENANT}-read`);
  return limits;
}

function limitOf(limits: readonly LimitView[], target: string): LimitView | undefined {
  return limits.find((limit) => limit.target === target);
}

function targetsOf(limits: readonly LimitView[]): string[] {
  return limits.map(({ target }) => target);
}

async function takePermits(target: string, permits: number): Promise<void> {
  using answer = await shardOf(TENANT, target).takePermits({ permits });
  expect(answer?.outcome.kind).toBe("granted");
}

/** Until a shard's announcement, which nobody waits for, has arrived: then a tick asks it. */
async function untilKnown(target: string): Promise<void> {
  await until(`${target} is known`, async () => {
    const { shards } = await coordinatorOf(TENANT).health();
    return shards.some(({ name, isDormant }) => name === `${TENANT}/${target}#0` && !isDormant);
  });
}

async function open(query = ""): Promise<SocketClient> {
  const client = await SocketClient.open(TENANT, query);
  await client.frames(2);
  return client;
}

/** Half a second later: the next tick. */
async function tickFrame(client: SocketClient): Promise<LimitsBody> {
  moveClock(500);
  expect(await runDurableObjectAlarm(coordinatorOf(TENANT))).toBe(true);
  for (;;) {
    const frame = JSON.parse(await client.text()) as LimitsBody;
    // Many denials are an alert, which has frames of its own.
    if (frame.type === "alert") continue;
    expect(frame.type).toBe("tick");
    return frame;
  }
}

/** Half a second later: what the next tick says about limits. */
async function tick(client: SocketClient): Promise<readonly LimitView[]> {
  return (await tickFrame(client)).limits;
}

test("before anybody asked for a permit, every configured limit is shown, full", async () => {
  const limits = await liveLimits();
  expect(targetsOf(limits)).toEqual(limitedTargets(config));
  expect(limitOf(limits, "meta")).toEqual({
    target: "meta",
    capacity: 200,
    refillPerMinute: 10,
    available: 200,
    outstanding: 0,
    blockedUntil: null,
    blockedReason: null,
    refillRate: 1,
    granted: 0,
    denied: 0,
    returned: 0,
    expired: 0,
    waiting: 0,
    allowedUnreached: 0,
    deniedUnreached: 0,
    isOverridden: false,
  });
  expect(await viewOf(shardOf(TENANT, "meta"))).toEqual(limitOf(limits, "meta"));
});

test("after a take the next tick has the changed limit and only that; then none", async () => {
  const client = await open();
  await takePermits("pinterest", 60);
  await untilKnown("pinterest");
  const changed = await tick(client);
  expect(targetsOf(changed)).toEqual(["pinterest"]);
  expect(changed[0]).toEqual(await viewOf(shardOf(TENANT, "pinterest")));
  expect(changed[0]).toMatchObject({ granted: 60, outstanding: 0 });
  // 5,000 a minute: it is full within a second, and nothing changes any more.
  await tick(client);
  expect(await tick(client)).toEqual([]);
  expect(await tick(client)).toEqual([]);
  client.close();
});

test("leases, denials, closures and what holders decide by themselves are shown", async () => {
  const client = await open("?targets=meta");
  const shard = shardOf(TENANT, "meta");
  await ask(shard, { leaseId: newLeaseId(), need: 10 });
  await ask(shard, { need: 195 });
  await untilKnown("meta");
  const [leased] = await tick(client);
  expect(leased).toMatchObject({ available: 190, outstanding: 10, granted: 10, denied: 195 });
  using _ = await shard.feedback({ status: 429, isLimited: true, retryAfterMs: 30_000 });
  const [closed] = await tick(client);
  expect(closed).toMatchObject({
    available: 0,
    blockedUntil: Date.now() - 500 + 30_000,
    blockedReason: "the platform answered 429 and asked to wait for 30 s",
    refillRate: 0,
  });
  // What expires and opens does so without a word from anybody.
  moveClock(40_000);
  const [later] = await tick(client);
  expect(later).toMatchObject({ outstanding: 0, expired: 10, blockedUntil: null });
  expect(later?.refillRate).toBeGreaterThan(0.1);
  // Other targets are not wanted.
  await takePermits("google", 5);
  await untilKnown("google");
  expect(targetsOf(await tick(client)).filter((target) => target !== "meta")).toEqual([]);
  client.close();
});

test("what is shown is what the bucket says, also when it has not told for a while", async () => {
  moveClock(3_600_000);
  await takePermits("tiktok", 10);
  await untilKnown("tiktok");
  const early = limitOf(await liveLimits(), "tiktok");
  expect(early).toEqual(await viewOf(shardOf(TENANT, "tiktok")));
  expect(early).toMatchObject({ available: 0 });
  moveClock(200_000);
  const later = limitOf(await liveLimits(), "tiktok");
  expect(later).toEqual(await viewOf(shardOf(TENANT, "tiktok")));
  expect(later).toMatchObject({ available: 3 });
});

/** Lets alarms come at their time until the coordinator asks a shard no more. */
async function untilLetGo(target: string): Promise<void> {
  const coordinator = coordinatorOf(TENANT);
  for (let alarms = 0; alarms < 100; alarms++) {
    const { shards } = await coordinator.health();
    if (shards.some(({ name, isDormant }) => name === `${TENANT}/${target}#0` && isDormant)) return;
    const at = await runInDurableObject(coordinator, (_, state) => state.storage.getAlarm());
    moveClock(Math.max(0, (at ?? 0) - Date.now()));
    await runDurableObjectAlarm(coordinator);
  }
  throw new Error(`${target} is never let go of`);
}

test("a closure that ends when nobody asks any more is shown as ended", async () => {
  using _ = await shardOf(TENANT, "google").feedback({
    status: 429,
    isLimited: true,
    retryAfterMs: 120_000,
  });
  await untilKnown("google");
  moveClock(2_000);
  expect(limitOf(await liveLimits(), "google")).toMatchObject({ available: 0, refillRate: 0 });
  await untilLetGo("google");
  moveClock(3_600_000);
  const shown = limitOf(await liveLimits(), "google");
  expect(shown).toEqual(await viewOf(shardOf(TENANT, "google")));
  expect(shown).toMatchObject({ available: 1_000, refillRate: 1, blockedReason: null });
});

test("an override appears, outlives an eviction of the coordinator, and goes again", async () => {
  const client = await open();
  const worker = shardOf(TENANT, "worker");
  expect(limitOf(await liveLimits(), "worker")).toBeUndefined();
  using _ = await worker.setLimit({ capacity: 7, refillPerMinute: 1 });
  await untilKnown("worker");
  const shown = { capacity: 7, available: 7, isOverridden: true };
  expect(limitOf(await tick(client), "worker")).toMatchObject(shown);
  expect(limitOf(await liveLimits(), "worker")).toMatchObject(shown);
  await evict(coordinatorOf(TENANT));
  moveClock(2_000);
  expect(limitOf(await liveLimits(), "worker")).toMatchObject(shown);
  expect(await worker.setLimit(null)).toBeNull();
  moveClock(2_000);
  expect(limitOf(await liveLimits(), "worker")).toBeUndefined();
  // A configured one goes back to what is configured.
  using raised = await shardOf(TENANT, "reddit").setLimit({ capacity: 9, refillPerMinute: 0 });
  expect(raised).toMatchObject({ available: 9 });
  await untilKnown("reddit");
  moveClock(2_000);
  expect(limitOf(await liveLimits(), "reddit")).toMatchObject({ capacity: 9, isOverridden: true });
  using back = await shardOf(TENANT, "reddit").setLimit(null);
  expect(back).toMatchObject({ capacity: 5_000 });
  moveClock(2_000);
  const reddit = limitOf(await liveLimits(), "reddit");
  expect(reddit).toMatchObject({ capacity: 5_000, isOverridden: false });
  client.close();
});

test("a limit that is deleted is gone with the next tick, and for nobody else's filter", async () => {
  const rule = JSON.stringify({ capacity: 3, refillPerMinute: 1 });
  const init = { method: "PUT", body: rule };
  expect((await call("/v1/limits/worker", `${TENANT}-admin`, init)).status).toBe(200);
  await untilKnown("worker");
  const clients = [await open(), await open("?targets=worker,meta"), await open("?targets=meta")];
  const [first, ...others] = clients;
  if (first === undefined) throw new Error("there is no client");
  await tick(first);
  for (const client of others) await client.frame();
  const deleted = await call("/v1/limits/worker", `${TENANT}-admin`, { method: "DELETE" });
  expect(deleted.status).toBeLessThan(300);
  const frames = [await tickFrame(first)];
  for (const client of others) frames.push(JSON.parse(await client.text()) as LimitsBody);
  const gone = { series: [], limits: ["worker"] };
  expect(frames.map((frame) => frame.gone)).toEqual([gone, gone, undefined]);
  expect(await tickFrame(first)).not.toHaveProperty("gone");
  for (const client of clients) client.close();
});

test("permits alone make no series, and timings alone no change of a limit", async () => {
  const client = await open();
  const { series } = await getJson<{ series: readonly { target: string }[] }>(
    "/v1/live",
    `${TENANT}-read`,
  );
  expect(series).toEqual([]);
  await take(TENANT, [{ target: "tiktok", durationMs: 5, at: Date.now() }]);
  moveClock(3_600_000);
  await tick(client);
  await take(TENANT, [{ target: "tiktok", durationMs: 5, at: Date.now() }]);
  expect(await tick(client)).toEqual([]);
  client.close();
});

test("filters choose limits, too", async () => {
  expect(targetsOf(await liveLimits("?target=meta"))).toEqual(["meta"]);
  expect(await liveLimits("?target=d1")).toEqual([]);
});
