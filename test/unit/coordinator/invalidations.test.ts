import { expect, test } from "vitest";
import type { CacheScope } from "../../../src/wire/cache-feed.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 12, 10, 0);
const SCOPE: CacheScope = { kind: "key", key: "user-journeys:42" };

function report(world: TenantWorld, reporter = 0): void {
  const sender = world.reporters[reporter];
  if (sender === undefined) throw new Error(`there is no reporter ${reporter}`);
  world.report(sender, [{ operation: "events", at: world.nowMs, durationUs: 1, outcome: 0 }]);
}

/** As the coordinator's object does it. @returns the version, which is the time. */
function invalidate(world: TenantWorld): number {
  const { head } = world.coordinator.invalidateCache("cache", [SCOPE], 0);
  world.arm();
  expect(head).toBe(world.nowMs);
  return head;
}

/** What the shards were told, each time that they were asked; the newest first. */
const told = (world: TenantWorld, shard = 0): (number | undefined)[] =>
  (world.shards[shard]?.requests ?? []).map(({ cacheHead }) => cacheHead);

/** A tenant with two shards that were asked a moment ago, and the next tick far ahead. */
async function awake(): Promise<TenantWorld> {
  const made = new TenantWorld(START);
  report(made, 0);
  report(made, 3);
  await made.pass(2_000);
  expect(made.alarmAt).toBe(START + 11_000);
  expect([told(made, 0), told(made, 2)]).toEqual([[0], [0]]);
  return made;
}

test("an invalidation is told to every shard that is awake by a tick that comes at once", async () => {
  const made = await awake();
  const version = invalidate(made);
  expect(made.alarmAt).toBe(made.nowMs + 50);
  await made.pass(50);
  expect([told(made, 0), told(made, 2)]).toEqual([
    [version, 0],
    [version, 0],
  ]);
  // And then they go on as before.
  expect(made.alarmAt).toBe(made.nowMs + 10_000);
  await made.pass(10_000);
  expect(told(made)).toEqual([version, version, 0]);
});

test("a storm of them costs no more ticks than somebody who watches", async () => {
  const made = await awake();
  const before = made.alarms;
  let version = 0;
  for (let i = 0; i < 100; i++) {
    version = invalidate(made);
    await made.pass(100);
  }
  await made.pass(500);
  expect(made.alarms - before).toBeGreaterThanOrEqual(20);
  expect(made.alarms - before).toBeLessThanOrEqual(22);
  expect(told(made)[0]).toBe(version);
});

test("one that comes while the shards are asked is told by the next tick", async () => {
  const made = await awake();
  const versions: number[] = [];
  made.shards[0]?.meanwhile.push(() => {
    versions.push(made.coordinator.invalidateCache("cache", [SCOPE], 0).head);
  });
  await made.pass(9_000);
  expect(told(made)[0]).toBe(0);
  await made.pass(550);
  expect(told(made).slice(0, 1)).toEqual(versions);
});

test("a shard that did not answer is told at the next tick", async () => {
  const made = await awake();
  made.shards[0]?.faults.push("no_answer");
  const version = invalidate(made);
  await made.pass(50);
  expect([told(made, 0)[0], told(made, 2)[0]]).toEqual([0, version]);
  await made.pass(10_000);
  expect(told(made, 0)[0]).toBe(version);
});

test("a tenant that sleeps is not woken; who announces itself hears of it", async () => {
  const made = await awake();
  await made.untilAsleep(100);
  await made.pass(60_000);
  const version = invalidate(made);
  expect(made.alarmAt).toBeNull();
  expect(made.coordinator.announce("acme/meta#0", 0)).toEqual({
    admitted: true,
    watched: false,
    cacheHead: version,
  });
  made.arm();
  expect(made.alarmAt).toBe(made.nowMs + 1_000);
});

test("a later life of the coordinator knows them, and does not hurry for them", async () => {
  const made = await awake();
  const version = invalidate(made);
  await made.pass(50);
  made.evictCoordinator();
  report(made);
  expect(made.coordinator.nextAlarmAt()).toBe(made.nowMs + 1_000);
  expect(made.coordinator.cacheLog(0)).toEqual({
    head: version,
    from: 0,
    entries: [{ version, cache: "cache", scope: SCOPE }],
  });
  await made.coordinator.tick();
  expect(told(made)[0]).toBe(version);
  const health = { head: version, entries: 1, dropped: 0 };
  expect(made.coordinator.health().invalidations).toEqual(health);
  expect(made.coordinator.cacheLog(0, "another").entries).toEqual([]);
});
