import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ByteReader } from "../../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { readDelta, writeDelta } from "../../../src/merge/delta.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SLOT_MS } from "../../../src/merge/slot-time.ts";
import { streamFilter } from "../../../src/stream/stream-filter.ts";
import { Subscriber } from "../../../src/stream/subscriber.ts";
import { FakeFrameSink } from "../../support/fake-frame-sink.ts";
import { summaryOf, summaryOfAggregate } from "../../support/plain-list.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

/** Ten past an hour in the middle of a day. */
const START = Date.UTC(2026, 10, 20, 12, 10, 0);

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** Reports one timing of `meta` that ended at `at`, through the first reporter or another. */
function report(world: TenantWorld, at = world.nowMs, reporter = 0, durationUs = 10_000): void {
  const sender = world.reporters[reporter];
  if (sender === undefined) throw new Error(`there is no reporter ${reporter}`);
  world.report(sender, [{ operation: "events", at, durationUs, outcome: 0 }]);
}

/** A delta in which a bucket is named twice, which is found when its buckets are read. */
function withDamagedBuckets(delta: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  const damaged = { counts: Uint8Array.of(1, 1, 0, 1) };
  const entries = readDelta(new ByteReader(delta));
  const bad = entries.map((one) => ({ ...one, aggregate: { ...one.aggregate, ...damaged } }));
  writeDelta(writer, bad);
  return writer.finish();
}

const META = { target: "meta", operation: "*" };

interface Live {
  readonly at: number;
  readonly staleMs: number;
  readonly coverage: {
    readonly shards: number;
    readonly answered: number;
    readonly missing: readonly string[];
  };
  readonly ledger: { readonly merged: number; readonly pending: number; isBalanced: boolean };
  readonly series: readonly {
    readonly target: string;
    readonly operation: string;
    readonly windows: Readonly<Record<string, { readonly count: number }>>;
  }[];
}

async function live(world: TenantWorld): Promise<Live> {
  const body = (await world.coordinator.live(streamFilter({}))) as Live;
  world.arm();
  return body;
}

/** The counts of the three windows of the whole of `meta`, or undefined if it is not listed. */
async function counts(world: TenantWorld): Promise<number[] | undefined> {
  await world.coordinator.tick();
  const { series } = await live(world);
  const meta = series.find(({ target, operation }) => target === "meta" && operation === "*");
  return meta && ["1m", "5m", "1h"].map((name) => meta.windows[name]?.count ?? Number.NaN);
}

describe("cadence", () => {
  test("ten seconds with traffic, half a second while somebody watches, none without", async () => {
    const world = new TenantWorld(START);
    expect(world.coordinator.nextAlarmAt()).toBeUndefined();
    report(world);
    expect(world.alarmAt).toBe(START + 1_000);
    await world.pass(1_000);
    expect(world.alarmAt).toBe(START + 11_000);
    const subscriber = new Subscriber(new FakeFrameSink(), streamFilter({}));
    world.coordinator.hub.join(subscriber, undefined, world.coordinator.tickMs);
    world.arm();
    expect(world.alarmAt).toBe(START + 1_500);
    await world.pass(500);
    expect(world.alarmAt).toBe(START + 2_000);
    world.coordinator.hub.leave(subscriber);
    await world.pass(500);
    expect(world.alarmAt).toBe(START + 12_000);
    await world.untilAsleep(100);
  });

  test("an hour of silence costs a handful of alarms", async () => {
    const world = new TenantWorld(START);
    report(world);
    await world.pass(HOUR_MS);
    // A few ticks until the shard is let go of, and one for each stretch that goes to D1.
    expect(world.alarms).toBeLessThan(12);
    expect(world.coordinator.health().ledger).toMatchObject({ merged: 1, isBalanced: true });
  });

  test("the alarm is never in the past, even if the clock is late or goes back", async () => {
    const world = new TenantWorld(START);
    report(world);
    for (const jumpMs of [HOUR_MS, -HOUR_MS, 1, -1, DAY_MS]) {
      world.nowMs += jumpMs;
      expect(world.coordinator.nextAlarmAt()).toBeGreaterThan(world.nowMs);
      expect(world.coordinator.nextAlarmAt()).toBeLessThanOrEqual(world.nowMs + 10_000);
      await world.coordinator.tick();
    }
  });
});

describe("a tick", () => {
  test("is one at a time", async () => {
    const world = new TenantWorld(START);
    report(world);
    await Promise.all([world.coordinator.tick(), world.coordinator.tick()]);
    expect(world.shards[0]?.requests).toHaveLength(1);
    expect(world.coordinator.health().ledger.merged).toBe(1);
  });

  test("that cannot be shown stores what it merged, and says what failed", async () => {
    const world = new TenantWorld(START);
    report(world);
    const sink = new FakeFrameSink();
    world.coordinator.hub.rejoin(new Subscriber(sink, streamFilter({})));
    sink.close(1011, "gone");
    await world.coordinator.tick();
    const { lastError, shards } = world.coordinator.health();
    expect(lastError).toMatch(/closed/);
    expect(shards[0]).toMatchObject({ seen: 1, durable: 1 });
  });

  test("without a shard's answer is partial, says so, and loses nothing", async () => {
    const world = new TenantWorld(START);
    report(world, world.nowMs, 0);
    report(world, world.nowMs, 1);
    const [mute] = world.shards;
    if (mute === undefined) throw new Error("there is no shard");
    mute.faults = ["no_answer", "no_answer"];
    await world.coordinator.tick();
    world.nowMs += 400;
    const partial = await live(world);
    expect(partial.coverage).toEqual({ shards: 2, answered: 1, missing: [mute.name] });
    expect(partial.staleMs).toBe(400);
    expect(partial.ledger).toMatchObject({ merged: 1, isBalanced: true });
    await world.pass(2_000);
    const whole = await live(world);
    expect(whole.coverage.missing).toEqual([]);
    expect(whole.ledger).toMatchObject({ merged: 2, isBalanced: true });
  });

  test("whose answer cannot be read changes nothing of the books", async () => {
    const world = new TenantWorld(START);
    report(world);
    const [shard] = world.shards;
    if (shard === undefined) throw new Error("there is no shard");
    const deliver = world.deliver.bind(world);
    vi.spyOn(world, "deliver").mockImplementationOnce((to, request) => ({
      ...deliver(to, request),
      delta: Uint8Array.of(255, 255, 255),
    }));
    await world.coordinator.tick();
    expect(world.coordinator.health()).toMatchObject({
      lastError: null,
      missing: [{ name: shard.name }],
      ledger: { merged: 0, isBalanced: true },
    });
    await world.pass(1_000);
    expect(world.coordinator.health().ledger).toMatchObject({ merged: 1, isBalanced: true });
  });

  test("with buckets that cannot be read leaves out that shard alone, however often", async () => {
    const world = new TenantWorld(START);
    report(world, world.nowMs, 0);
    report(world, world.nowMs, 1);
    report(world, world.nowMs, 3);
    const [healthy, damaged] = world.shards;
    if (healthy === undefined || damaged === undefined) throw new Error("there is no shard");
    const deliver = world.deliver.bind(world);
    const spy = vi.spyOn(world, "deliver").mockImplementation((to, request) => {
      const answer = deliver(to, request);
      return to === damaged ? { ...answer, delta: withDamagedBuckets(answer.delta) } : answer;
    });
    for (let tick = 0; tick < 4; tick++) {
      expect(await counts(world)).toEqual([1, 1, 1]);
      expect(world.coordinator.health()).toMatchObject({
        lastError: null,
        missing: [{ name: damaged.name }],
        ledger: { merged: 2, isBalanced: true },
      });
      expect((await live(world)).coverage.missing).toEqual([damaged.name]);
      world.nowMs += 2_000;
    }
    expect(world.coordinator.health().shards.map(({ seen }) => seen)).toEqual([1, 0, 1]);
    spy.mockRestore();
    expect(await counts(world)).toEqual([2, 2, 2]);
    expect(world.coordinator.health()).toMatchObject({ missing: [], ledger: { merged: 3 } });
  });

  test("whose checkpoint fails says so, and the next one makes up for it", async () => {
    const world = new TenantWorld(START);
    report(world);
    world.store.failCommits(1);
    await world.pass(1_000);
    expect(world.coordinator.health().lastError).toBe("the disk is full");
    world.evictCoordinator();
    await world.alarm();
    expect(world.coordinator.health()).toMatchObject({ lastError: null, ledger: { merged: 1 } });
  });
});

describe("the windows", () => {
  test("hold exactly the newest slots", async () => {
    const world = new TenantWorld(START);
    report(world, START - 1);
    report(world, START);
    // The 1m window moves by 5 s: at START it holds what came after START − 55 s.
    expect(await counts(world)).toEqual([2, 2, 2]);
    world.nowMs = START + MINUTE_MS - SLOT_MS - 1;
    expect(await counts(world)).toEqual([2, 2, 2]);
    world.nowMs = START + MINUTE_MS - SLOT_MS;
    expect(await counts(world)).toEqual([1, 2, 2]);
    world.nowMs = START + MINUTE_MS;
    expect(await counts(world)).toEqual([0, 2, 2]);
    world.nowMs = START + 5 * MINUTE_MS - SLOT_MS;
    expect(await counts(world)).toEqual([0, 1, 2]);
    world.nowMs = START + 5 * MINUTE_MS;
    expect(await counts(world)).toEqual([0, 0, 2]);
    world.nowMs = START + 59 * MINUTE_MS;
    expect(await counts(world)).toEqual([0, 0, 1]);
    world.nowMs = START + 60 * MINUTE_MS;
    expect((await counts(world)) ?? [0, 0, 0]).toEqual([0, 0, 0]);
  });

  test("take a late timing into the slot it belongs to", async () => {
    const world = new TenantWorld(START);
    report(world, START - 290_000);
    report(world, START - 100_000);
    expect(await counts(world)).toEqual([0, 2, 2]);
    world.nowMs += 10_000;
    expect(await counts(world)).toEqual([0, 1, 2]);
  });

  test("take a timing that lies ahead when its slot comes", async () => {
    const world = new TenantWorld(START);
    report(world, START + 30_000);
    expect(await counts(world)).toEqual([0, 0, 1]);
    world.nowMs += 25_000;
    expect(await counts(world)).toEqual([0, 0, 1]);
    world.nowMs += 5_000;
    expect(await counts(world)).toEqual([1, 1, 1]);
  });

  test("are right after a jump of hours, and after it went back again", async () => {
    const world = new TenantWorld(START);
    for (let i = 0; i < 12; i++) {
      report(world);
      await world.pass(20_000);
    }
    const before = await counts(world);
    expect(before).toEqual([2, 12, 12]);
    world.nowMs += 10 * MINUTE_MS;
    expect(await counts(world)).toEqual([0, 0, 12]);
    world.nowMs -= 10 * MINUTE_MS;
    expect(await counts(world)).toEqual(before);
    await world.jump(3 * HOUR_MS);
    expect((await counts(world)) ?? [0, 0, 0]).toEqual([0, 0, 0]);
    report(world);
    world.nowMs += 2_000;
    expect(await counts(world)).toEqual([1, 1, 1]);
  });

  test("are rebuilt from storage after an eviction", async () => {
    const world = new TenantWorld(START);
    for (let i = 0; i < 12; i++) {
      report(world);
      await world.pass(20_000);
    }
    const before = await counts(world);
    world.evictCoordinator();
    for (const shard of world.shards) shard.evict();
    expect(await counts(world)).toEqual(before);
  });
});

/** All of `meta` in one point, from history. */
function allOf(world: TenantWorld) {
  const range = { from: START - DAY_MS, to: START + 3 * DAY_MS, step: "all" as const };
  const [point] = world.history(META, range);
  return point && summaryOfAggregate(point.aggregate);
}

describe("late for history", () => {
  for (const silentMs of [HOUR_MS, 2 * HOUR_MS, 30 * HOUR_MS]) {
    test(`a shard that was silent for ${silentMs / HOUR_MS} h brings each timing exactly once`, async () => {
      const world = new TenantWorld(START);
      report(world, START, 0, 1_000);
      report(world, START, 1, 2_000);
      await world.pass(20_000);
      report(world, START + 15_000, 0, 3_000);
      report(world, START + 70_000 - 50_000, 1, 4_000);
      const [mute] = world.shards;
      if (mute === undefined) throw new Error("there is no shard");
      mute.faults = Array.from({ length: 100_000 }, () => "no_answer" as const);
      // Meanwhile the minute goes to D1 without the one, and is let go of here.
      await world.pass(silentMs);
      expect(world.sink.read(META).length).toBeGreaterThan(0);
      mute.faults = [];
      await world.pass(20_000);
      expect(world.coordinator.health().ledger).toMatchObject({ merged: 4, isBalanced: true });
      const expected = summaryOf(world.list.within(META, 0, Infinity));
      expect(allOf(world)).toEqual(expected);
      await world.untilAsleep(2_000);
      expect(allOf(world)).toEqual(expected);
      world.evictCoordinator();
      expect(allOf(world)).toEqual(expected);
      for (const stepMs of [MINUTE_MS, HOUR_MS, DAY_MS]) {
        const rows = world.sink.read(META).filter((row) => row.stepMs === stepMs);
        expect(rows.reduce((sum, { aggregate }) => sum + aggregate.count, 0)).toBe(4);
      }
      const minutes = world.sink.read(META).filter(({ stepMs }) => stepMs === MINUTE_MS);
      const parts = minutes.map(({ part }) => part).toSorted((a, b) => a - b);
      // What is too late for the minute as it is kept here stands beside it.
      if (silentMs > 80 * MINUTE_MS) expect(parts.at(-1)).toBeGreaterThan(0);
      else expect(parts).toEqual([0]);
    });
  }
});

describe("retention", () => {
  test("deletes minutes, hours and days, each after its own time, once an hour", async () => {
    const retention = { minutesDays: 1, hoursDays: 2, daysDays: 3 };
    const world = new TenantWorld(START, { retention });
    const lengths = (): number[] => [
      ...new Set(world.sink.all().map(({ stepMs }) => stepMs as number)),
    ];
    report(world);
    await world.untilAsleep(100);
    expect(lengths().toSorted((a, b) => a - b)).toEqual([MINUTE_MS, HOUR_MS, DAY_MS]);
    const comeBack = async (afterMs: number): Promise<void> => {
      world.nowMs = START + afterMs;
      await world.coordinator.carryHistory();
    };
    await comeBack(DAY_MS + MINUTE_MS);
    expect(lengths().toSorted((a, b) => a - b)).toEqual([HOUR_MS, DAY_MS]);
    await comeBack(2 * DAY_MS + HOUR_MS);
    expect(lengths()).toEqual([DAY_MS]);
    // The hour is the coarsest that still stands in for its minutes; then the day does.
    expect(allOf(world)?.count).toBe(1);
    await comeBack(3 * DAY_MS + DAY_MS / 2);
    expect(lengths()).toEqual([]);
    expect(world.coordinator.health().retention).toMatchObject({ lastError: null });
  });

  test("that never ends is given up, so that history goes on", async () => {
    vi.useFakeTimers();
    try {
      const world = new TenantWorld(START);
      vi.spyOn(world.sink, "listSeries").mockReturnValueOnce(new Promise(() => {}));
      const carried = world.coordinator.carryHistory();
      await vi.advanceTimersByTimeAsync(20_000);
      await carried;
      expect(world.coordinator.health().retention.lastError).toMatch(/20000 ms/);
    } finally {
      vi.useRealTimers();
    }
  });

  test("that fails is shown and tried again in an hour", async () => {
    const world = new TenantWorld(START);
    const list = vi.spyOn(world.sink, "listSeries").mockRejectedValue(new Error("D1 is away"));
    await world.coordinator.carryHistory();
    expect(world.coordinator.health().retention.lastError).toBe("D1 is away");
    list.mockRestore();
    world.nowMs += HOUR_MS - 1;
    await world.coordinator.carryHistory();
    expect(world.coordinator.health().retention.lastError).toBe("D1 is away");
    world.nowMs += 1;
    await world.coordinator.carryHistory();
    expect(world.coordinator.health().retention.lastError).toBeNull();
  });
});

describe("the way to D1", () => {
  test("that takes long does not make the coordinator tick meanwhile", async () => {
    const world = new TenantWorld(START);
    report(world);
    await world.pass(55_000);
    world.nowMs += MINUTE_MS;
    const { promise, resolve } = Promise.withResolvers<void>();
    const write = world.sink.write.bind(world.sink);
    vi.spyOn(world.sink, "write").mockImplementationOnce((rows) => promise.then(() => write(rows)));
    const { coordinator } = world;
    await coordinator.tick();
    const carried = coordinator.carryHistory();
    // Nobody watches and nothing comes in, so only a life that ends before it is done needs this.
    expect(coordinator.nextAlarmAt()).toBe(world.nowMs + 30_000);
    resolve();
    await carried;
    expect(coordinator.health().outbox.backlog).toBe(0);
    expect(coordinator.nextAlarmAt()).toBe(START + 50 * MINUTE_MS + 2_000);
  });

  test("waits longer after each failure, up to a minute, and then catches up", async () => {
    const world = new TenantWorld(START);
    report(world);
    await world.pass(50_000);
    world.sink.fail(Array.from({ length: 12 }, () => "refuse" as const));
    const attempts: number[] = [];
    const write = world.sink.write.bind(world.sink);
    vi.spyOn(world.sink, "write").mockImplementation((rows) => {
      attempts.push(world.nowMs);
      return write(rows);
    });
    await world.pass(15 * MINUTE_MS);
    const pauses = attempts.slice(1, 12).map((at, i) => at - (attempts[i] ?? 0));
    expect(pauses.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
    expect(pauses.slice(6)).toEqual([60_000, 60_000, 60_000, 60_000, 60_000]);
    expect(world.coordinator.health().outbox).toMatchObject({ backlog: 0, failures: 0 });
    expect(allOf(world)?.count).toBe(1);
  });

  test("gives up what D1 would no longer keep, counts it, and keeps the rest", async () => {
    const world = new TenantWorld(START);
    world.sink.fail(Array.from({ length: 50_000 }, () => "refuse" as const));
    report(world);
    await world.pass(3 * MINUTE_MS);
    world.nowMs += world.config.retention.minutesDays * DAY_MS;
    await world.coordinator.carryHistory();
    // One reading of a clock that may be ahead does not cost a backlog.
    expect(world.coordinator.health().outbox).toMatchObject({ dropped: 0 });
    world.nowMs += MINUTE_MS;
    await world.coordinator.carryHistory();
    // The minute is gone, the hour and the day of it are not.
    expect(world.coordinator.health().outbox).toMatchObject({ dropped: 1, backlog: 2 });
    world.sink.fail([]);
    world.nowMs += MINUTE_MS;
    await world.coordinator.carryHistory();
    expect(world.coordinator.health().outbox).toMatchObject({ dropped: 1, backlog: 0 });
    const carried = world.sink.read(META).map(({ stepMs }) => stepMs);
    expect(carried.toSorted((left, right) => left - right)).toEqual([HOUR_MS, DAY_MS]);
  });

  test("works off a long backlog in bites, without an end of the day in between", async () => {
    const world = new TenantWorld(START);
    world.sink.fail(Array.from({ length: 500 }, () => "refuse" as const));
    for (let minute = 0; minute < 100; minute++) {
      report(world);
      await world.pass(MINUTE_MS);
    }
    expect(world.coordinator.health().outbox.backlog).toBeGreaterThan(95);
    world.sink.fail([]);
    await world.pass(5 * MINUTE_MS);
    expect(world.coordinator.health().outbox).toMatchObject({ backlog: 0, lastError: null });
    const minutes = world.sink.read(META).filter(({ stepMs }) => stepMs === MINUTE_MS);
    expect(minutes.map(({ aggregate }) => aggregate.count)).toEqual(minutes.map(() => 1));
    expect(minutes).toHaveLength(100);
  });
});

describe("targets", () => {
  test("beyond the limit are not admitted, and their timings are in the books", () => {
    const world = new TenantWorld(START, { maxTargets: 2, targets: {} });
    expect(world.coordinator.announce("acme/meta#0", 3)).toMatchObject({ admitted: true });
    expect(world.coordinator.announce("acme/google#0", 3)).toMatchObject({ admitted: true });
    expect(world.coordinator.announce("acme/google#1", 3)).toMatchObject({ admitted: true });
    const refused = { bad_time: 2, too_many_targets: 1 };
    expect(world.coordinator.announce("acme/tiktok#0", 3, refused)).toEqual({
      admitted: false,
      maxTargets: 2,
    });
    // One that is admitted books them itself.
    world.coordinator.announce("acme/meta#0", 3, refused);
    expect(world.coordinator.health().ledger).toMatchObject({
      offered: 6,
      accepted: 0,
      rejected: { bad_time: 2, too_many_targets: 4 },
      isBalanced: true,
    });
  });

  test("refused timings that were shown are in the books after an eviction", async () => {
    const world = new TenantWorld(START);
    report(world);
    await world.pass(1_000);
    world.coordinator.refuse({ bad_duration: 2 });
    // The minute's checkpoint is behind us, and the shard is not quiet: there is none now.
    world.nowMs += 1_100;
    const shown = { offered: 3, rejected: { bad_duration: 2 } };
    expect((await live(world)).ledger).toMatchObject(shown);
    world.evictCoordinator();
    expect((await live(world)).ledger).toMatchObject(shown);
  });

  test("refused timings are in the books after a checkpoint and an eviction", async () => {
    const world = new TenantWorld(START);
    world.coordinator.refuse({ bad_duration: 2 });
    world.arm();
    await world.untilAsleep(20);
    world.evictCoordinator();
    expect(world.coordinator.health().ledger).toMatchObject({
      offered: 2,
      rejected: { bad_duration: 2 },
      isBalanced: true,
    });
  });
});
