import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Coordinator } from "../../durable-objects/coordinator.ts";
import { WakeTimer } from "../../durable-objects/wake-timer.ts";
import { config } from "../../src/configured.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import {
  coordinatorOf,
  evict,
  live,
  moveClock,
  postTimings,
  shardOf,
  stopClock,
  take,
  until,
} from "./api.ts";

const TENANT = "alarms";

beforeAll(() => {
  // Ten past an hour, so that nothing ends by accident but minutes.
  stopClock(startOf(Date.now(), DAY_MS) + DAY_MS + 12 * HOUR_MS + 10 * MINUTE_MS + 5_000);
});
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** How far ahead the coordinator's alarm is set, or null if there is none. */
async function alarmInMs(): Promise<number | null> {
  const at = await runInDurableObject(coordinatorOf(TENANT), (_, state) =>
    state.storage.getAlarm(),
  );
  return at === null ? null : at - Date.now();
}

/** Moves the clock to the alarm and runs it. @returns how long that took, or null without one. */
async function nextAlarm(): Promise<number | null> {
  const durationMs = await alarmInMs();
  if (durationMs === null) return null;
  moveClock(Math.max(durationMs, 0));
  await runDurableObjectAlarm(coordinatorOf(TENANT));
  await until("history is carried", async () => {
    const { outbox } = await coordinatorOf(TENANT).health();
    return outbox.backlog === 0 || outbox.lastError !== null;
  });
  return durationMs;
}

function post(target = "meta", reporter = "edge-1", sequence = Date.now()) {
  return take(TENANT, [{ target, durationMs: 10, at: Date.now() }], { reporter, sequence });
}

async function ledger() {
  return (await coordinatorOf(TENANT).health()).ledger;
}

/** Until everything is told and the coordinator waits for nothing but the end of the hour. */
async function untilAsleep(): Promise<void> {
  await until("only the hour is waited for", async () => {
    const inMs = await alarmInMs();
    if (inMs === null || inMs > 5 * MINUTE_MS) return true;
    await nextAlarm();
    return false;
  });
}

test("there is no alarm without traffic; a shard's first report sets one", async () => {
  expect(await alarmInMs()).toBeNull();
  await post();
  expect(await alarmInMs()).toBe(1_000);
  expect(await ledger()).toMatchObject({ merged: 0 });
  await nextAlarm();
  expect(await ledger()).toMatchObject({ merged: 1, pending: 0, isBalanced: true });
});

test("every ten seconds with traffic, every half second while somebody looks", async () => {
  expect(await alarmInMs()).toBe(config.cadence.idleMs);
  await nextAlarm();
  expect(await alarmInMs()).toBe(config.cadence.idleMs);
  await post();
  moveClock(2_000);
  const timer = vi.spyOn(WakeTimer.prototype, "set");
  await live(TENANT);
  const nowMs = Date.now();
  expect(timer).toHaveBeenLastCalledWith(nowMs + config.cadence.watchedMs, nowMs);
  // The alarm stays for the case that the memory is lost, and is one of the ticks.
  expect(await nextAlarm()).toBe(config.cadence.idleMs - 2_000);
  expect(timer).toHaveBeenLastCalledWith(Date.now() + config.cadence.watchedMs, Date.now());
  expect(await alarmInMs()).toBe(10_000);
  // Nobody has asked for ten seconds.
  moveClock(10_000);
  timer.mockClear();
  await runDurableObjectAlarm(coordinatorOf(TENANT));
  expect(await alarmInMs()).toBe(config.cadence.idleMs);
  expect(timer).not.toHaveBeenCalled();
});

test("without traffic it ticks slowly until rules can find nothing more, and then sleeps", async () => {
  await until("the shard is let go of", async () => {
    await nextAlarm();
    return (await coordinatorOf(TENANT).health()).shards.every(({ isDormant }) => isDormant);
  });
  expect(await alarmInMs()).toBeLessThanOrEqual(30_000);
  const startedAt = Date.now();
  await untilAsleep();
  // The longest window in which a default rule may still find something new is that of the slow
  // burn, half an hour; two timings are no traffic that could be missed.
  expect(Date.now() - startedAt).toBeGreaterThan(28 * MINUTE_MS);
  expect(Date.now() - startedAt).toBeLessThan(34 * MINUTE_MS);
  const { shards, outbox } = await coordinatorOf(TENANT).health();
  expect(shards.map(({ isDormant }) => isDormant)).toEqual([true]);
  expect(outbox.backlog).toBe(0);
  // Only the end of the hour and of the day are waited for.
  expect(await alarmInMs()).toBe(startOf(Date.now(), HOUR_MS) + HOUR_MS + 2_000 - Date.now());
});

test("a shard that was let go of announces itself, also when the coordinator's memory is gone", async () => {
  await evict(coordinatorOf(TENANT));
  const before = await ledger();
  await post();
  expect(await alarmInMs()).toBe(1_000);
  await nextAlarm();
  expect((await ledger()).merged).toBe(before.merged + 1);
  await untilAsleep();
  await evict(shardOf(TENANT, "meta"));
  await post();
  await nextAlarm();
  expect((await ledger()).merged).toBe(before.merged + 2);
  await untilAsleep();
});

test("a request that was long on its way does not make the shard forget to announce itself", async () => {
  const before = await ledger();
  const { durable, seen } = (await coordinatorOf(TENANT).health()).shards[0] ?? {};
  await shardOf(TENANT, "meta").collect({
    durable: durable ?? 0,
    seen: seen ?? 0,
    watched: false,
    dormant: false,
  });
  moveClock(30_000);
  await post();
  expect(await alarmInMs()).toBe(1_000);
  await nextAlarm();
  expect((await ledger()).merged).toBe(before.merged + 1);
});

test("a shard that is let go of while it announces itself announces itself again", async () => {
  await untilAsleep();
  const before = await ledger();
  const { durable, seen } = (await coordinatorOf(TENANT).health()).shards[0] ?? {};
  const rest = { durable: durable ?? 0, seen: seen ?? 0, watched: false, dormant: true };
  await shardOf(TENANT, "meta").collect(rest);
  const announce = vi.spyOn(Coordinator.prototype, "announce");
  announce.mockImplementationOnce(async () => {
    await shardOf(TENANT, "meta").collect(rest);
    return { admitted: true, watched: false };
  });
  moveClock(30_000);
  await post();
  expect(announce).toHaveBeenCalledTimes(2);
  expect(await alarmInMs()).toBe(1_000);
  await nextAlarm();
  expect((await ledger()).merged).toBe(before.merged + 1);
});

test("a shard that cannot announce itself counts all the same, and its alarm announces it", async () => {
  await untilAsleep();
  const before = (await ledger()).merged;
  const announce = vi.spyOn(Coordinator.prototype, "announce");
  announce.mockRejectedValueOnce(new Error("out of reach"));
  await post();
  expect(announce).toHaveBeenCalledTimes(1);
  expect(await alarmInMs()).toBeGreaterThan(5 * MINUTE_MS);
  moveClock(5_000);
  expect(await runDurableObjectAlarm(shardOf(TENANT, "meta"))).toBe(true);
  expect(announce).toHaveBeenCalledTimes(2);
  await nextAlarm();
  expect(await ledger()).toMatchObject({ merged: before + 1, pending: 0, isBalanced: true });
});

test("a new shard that cannot announce itself takes nothing in, and tries again after a pause", async () => {
  const announce = vi.spyOn(Coordinator.prototype, "announce");
  announce.mockRejectedValueOnce(new Error("out of reach"));
  const timings = [{ target: "new", durationMs: 10, at: Date.now() }];
  const numbered = { reporter: "edge-1", sequence: 1 };
  expect((await postTimings(TENANT, timings, numbered)).status).toBe(503);
  expect((await postTimings(TENANT, timings, numbered)).status).toBe(503);
  expect(announce).toHaveBeenCalledTimes(1);
  moveClock(5_000);
  const answer = await take(TENANT, timings, numbered);
  expect(answer).toEqual({ accepted: 1, duplicate: false, rejected: [] });
  expect(announce).toHaveBeenCalledTimes(2);
});

test("an alarm that is delivered again, or twice at once, changes nothing", async () => {
  await post();
  await nextAlarm();
  const before = await ledger();
  await runInDurableObject(coordinatorOf(TENANT), async (instance) => {
    await instance.alarm();
    await Promise.all([instance.alarm(), instance.alarm()]);
  });
  expect(await ledger()).toEqual(before);
  expect(await alarmInMs()).toBeGreaterThan(0);
});

test("a tick never throws: it says what failed, comes again, and loses nothing", async () => {
  await post();
  const before = await ledger();
  const rename = (from: string, to: string): Promise<void> =>
    runInDurableObject(coordinatorOf(TENANT), (_, state) => {
      state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    });
  await rename("slots", "slots_away");
  moveClock(MINUTE_MS);
  await runDurableObjectAlarm(coordinatorOf(TENANT));
  const health = await coordinatorOf(TENANT).health();
  expect(health.lastError).toMatch(/slots/);
  expect(health.ledger).toMatchObject({ merged: before.merged + 1, isBalanced: true });
  expect(await alarmInMs()).toBeGreaterThan(0);
  await rename("slots_away", "slots");
  await nextAlarm();
  expect((await coordinatorOf(TENANT).health()).lastError).toBeNull();
  await evict(coordinatorOf(TENANT));
  moveClock(2_000);
  expect((await live(TENANT)).ledger).toMatchObject({ merged: before.merged + 1, pending: 0 });
});

test("a target too many is refused, and written into the books", async () => {
  const limits = config as { maxTargets: number };
  const before = limits.maxTargets;
  limits.maxTargets = 1;
  try {
    const at = Date.now();
    const response = await postTimings(TENANT, [
      { target: "one-too-many", durationMs: 1, at },
      { target: "one-too-many", durationMs: 2, at },
      { target: "one-too-many", durationMs: -1, at },
    ]);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      accepted: 0,
      rejected: [
        { index: 0, reason: "too_many_targets" },
        { index: 1, reason: "too_many_targets" },
        { index: 2, reason: "bad_duration" },
      ],
    });
    // Also what was refused before the shard was asked, which took nothing that it could be booked with.
    expect(await ledger()).toMatchObject({
      rejected: { too_many_targets: 2, bad_duration: 1 },
      isBalanced: true,
    });
    // A target that is known goes on.
    await post();
  } finally {
    limits.maxTargets = before;
  }
  await take(TENANT, [{ target: "one-too-many", durationMs: 3, at: Date.now() }]);
  moveClock(2_000);
  expect((await live(TENANT)).series.map(({ target }) => target)).toContain("one-too-many");
});

test("a group that storage does not take is answered unavailable, and counts once when it comes again", async () => {
  await untilAsleep();
  const shard = shardOf(TENANT, "meta");
  const rename = (from: string, to: string): Promise<void> =>
    runInDurableObject(shard, (_, state) => {
      state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    });
  const before = (await live(TENANT)).ledger;
  const sequence = Date.now();
  const reporters = ["edge-1", "edge-2", "edge-3"];
  const at = Date.now();
  const all = (): Promise<Response[]> =>
    Promise.all(
      reporters.map((reporter) =>
        postTimings(TENANT, [{ target: "meta", durationMs: 10, at }], { reporter, sequence }),
      ),
    );
  await rename("log", "log_away");
  for (const response of await all()) {
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await response.text()).toContain("Send the same reporter and sequence again");
  }
  await rename("log_away", "log");
  for (const response of await all()) {
    expect(await response.json()).toMatchObject({ accepted: 1, duplicate: false });
  }
  for (const response of await all()) {
    expect(await response.json()).toMatchObject({ accepted: 0, duplicate: true });
  }
  moveClock(2_000);
  expect((await live(TENANT)).ledger).toMatchObject({
    accepted: before.accepted + 3,
    merged: before.merged + 3,
    duplicates: before.duplicates + 3,
    pending: 0,
    isBalanced: true,
  });
});

test("in the end there is no alarm at all", async () => {
  await until("it sleeps for good", async () => (await nextAlarm()) === null);
  expect(await coordinatorOf(TENANT).health()).toMatchObject({
    lastError: null,
    outbox: { backlog: 0, lastError: null },
    ledger: { pending: 0, isBalanced: true },
  });
});
