import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { makePillars, overallScore } from "../../../src/pillars/make-pillars.ts";
import type { PillarViews } from "../../../src/pillars/pillar-views.ts";
import { defaultTargetKind } from "../../../src/target-kind.ts";
import { PillarWorld, type PillarTiming } from "../../support/pillar-world.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("pillars", process.env["SEED"]);
const RUNS = Number(process.env["RUNS"] ?? 150);

/** At the beginning of a minute. */
const START = Date.UTC(2026, 10, 20, 12, 10, 0);

function worldOf(...timings: readonly PillarTiming[]): PillarWorld {
  const world = new PillarWorld(START);
  world.add(...timings);
  return world;
}

function pillarsOf(...timings: readonly PillarTiming[]): PillarViews {
  return worldOf(...timings).make().snapshot.pillars;
}

test("without a timing no pillar has data, and nothing is known", () => {
  expect(new PillarWorld(START).make().snapshot).toMatchObject({
    pillars: { latency: null, errors: null, throughput: null, d1: null, cache: null },
    score: null,
    status: "UNKNOWN",
  });
});

describe("latency", () => {
  // 100 timings, of which the last ten decide on the 95th percentile; bounds but for a bucket's width.
  test.each([
    [49.9, 99.9, "EXCELLENT", "green", 10],
    [49.9, 100.2, "GOOD", "blue", 8],
    [50.2, 99.9, "GOOD", "blue", 8],
    [99.9, 199.7, "GOOD", "blue", 8],
    [99.9, 200.3, "ACCEPTABLE", "yellow", 6],
    [100.2, 199.7, "ACCEPTABLE", "yellow", 6],
    [199.7, 499, "ACCEPTABLE", "yellow", 6],
    [199.7, 501, "DEGRADED", "orange", 4],
    [200.3, 499, "DEGRADED", "orange", 4],
    [499, 999, "DEGRADED", "orange", 4],
    [499, 1002, "CRITICAL", "red", 2],
    [501, 999, "CRITICAL", "red", 2],
  ])("with p50 %d and p95 %d ms is %s", (p50Ms, p95Ms, grade, color, score) => {
    const { latency } = pillarsOf(
      { target: "worker", durationMs: p50Ms, count: 90 },
      { target: "worker", durationMs: p95Ms, count: 10 },
    );
    expect(latency).toMatchObject({ grade, color, score, window: "1m", targetCount: 1 });
  });

  test("is that of workers and platforms, the worst first, at most ten", () => {
    const names = Array.from({ length: 11 }, (_, i) => `platform-${i}`);
    const { latency } = pillarsOf(
      ...names.map((target, i) => ({ target, durationMs: 10 + i })),
      { target: "worker", durationMs: 700 },
      ...["d1", "cache", "queue", "probe", "kv"].map((target) => ({ target, durationMs: 5_000 })),
    );
    expect(latency?.targetCount).toBe(12);
    expect(latency?.targets.map(({ target }) => target)).toEqual([
      "worker",
      ...names.toReversed().slice(0, 9),
    ]);
    expect(latency?.targets[0]).toMatchObject({ kind: "worker", count: 1, meanMs: 700 });
    expect(latency?.score).toBeCloseTo((11 * 10 + 2) / 12, 12);
  });

  test("puts the worse grade first, whatever the 95th percentiles", () => {
    const { latency } = pillarsOf(
      { target: "google", durationMs: 600 },
      { target: "meta", durationMs: 10, count: 9 },
      { target: "meta", durationMs: 900 },
    );
    expect(latency?.targets).toMatchObject([
      { target: "google", grade: { grade: "CRITICAL" } },
      { target: "meta", grade: { grade: "DEGRADED" } },
    ]);
  });

  test.each([
    [[10, 10], "EXCELLENT", 10],
    [[10, 80], "GOOD", 9],
    [[80, 80], "GOOD", 8],
    [[80, 150], "ACCEPTABLE", 7],
    [[10, 3_000], "ACCEPTABLE", 6],
    [[10, 10, 3_000], "ACCEPTABLE", 22 / 3],
    [[400, 3_000], "CRITICAL", 3],
  ] as const)("of targets at %j ms is %s: no better than the mean", (means, grade, score) => {
    const timings = means.map((durationMs, i) => ({ target: `platform-${i}`, durationMs }));
    expect(pillarsOf(...timings).latency).toMatchObject({ grade, score });
  });

  test.each([
    // Eleven at 10 ms, one at 3 s: the mean is 28 / 3 and would be GOOD.
    [10, 19, "GOOD", "blue", 28 / 3],
    [10, 20, "DEGRADED", "orange", 28 / 3],
    [10, 500, "DEGRADED", "orange", 28 / 3],
    // The mean is the worse one already.
    [3_000, 20, "CRITICAL", "red", 2],
  ] as const)(
    "of many at %d ms beside one at 3 s with %d timings is %s",
    (durationMs, count, grade, color, score) => {
      const { latency } = pillarsOf(
        ...Array.from({ length: 11 }, (_, i) => ({ target: `platform-${i}`, durationMs })),
        { target: "meta", durationMs: 3_000, count },
      );
      expect(latency).toMatchObject({ grade, color });
      expect(latency?.score).toBeCloseTo(score, 12);
    },
  );

  test("has a trend: each target's 95th percentile, 5 minutes by the hour", () => {
    const world = worldOf(
      ...["meta", "google"].map((target) => ({ target, durationMs: 100, count: 100 })),
    );
    expect(world.make().snapshot.pillars.latency?.trend).toEqual({ direction: "steady", ratio: 1 });
    world.pass(10 * MINUTE_MS);
    // Ten of 110 decide on the hour's 95th percentile; meta goes up tenfold, google stays.
    world.add({ target: "meta", durationMs: 1_000, count: 1 });
    world.add({ target: "google", durationMs: 100, count: 1 });
    const trend = world.make().snapshot.pillars.latency?.trend;
    expect(trend?.direction).toBe("up");
    expect(trend?.ratio).toBeCloseTo(Math.sqrt(10), 1);
    world.pass(10 * MINUTE_MS);
    world.add({ target: "meta", durationMs: 10 });
    expect(world.make().snapshot.pillars.latency?.trend).toMatchObject({ direction: "down" });
  });

  test("has no data when the last timing is more than a minute ago", () => {
    const world = worldOf({ target: "worker" });
    world.pass(61_000 + 5_000);
    expect(world.make().snapshot.pillars).toMatchObject({ latency: null, errors: null });
  });
});

describe("errors", () => {
  test.each([
    [9, "EXCELLENT", "green", 10],
    [10, "GOOD", "blue", 8],
    [19, "GOOD", "blue", 8],
    [20, "ACCEPTABLE", "yellow", 6],
    [49, "ACCEPTABLE", "yellow", 6],
    [50, "DEGRADED", "orange", 4],
    [99, "DEGRADED", "orange", 4],
    [100, "CRITICAL", "red", 2],
    [1_000, "CRITICAL", "red", 2],
  ])("%d of 1000 are %s", (failed, grade, color, score) => {
    const { errors } = pillarsOf(
      { target: "meta", outcome: "error", count: Math.ceil(failed / 2) },
      { target: "meta", outcome: "timeout", count: Math.floor(failed / 2) },
      { target: "meta", outcome: "ok", count: 1_000 - failed },
    );
    expect(errors).toMatchObject({ grade, color, score, count: 1_000, failed });
    expect(errors?.rate).toBe(failed / 1_000);
  });

  /** Nine targets that are well, and one that is dead. */
  function deadPlatform(count: number): PillarTiming[] {
    return [
      ...Array.from({ length: 9 }, (_, i) => ({ target: `platform-${i}`, count: 100 })),
      { target: "meta", outcome: "error", count },
    ];
  }

  test("are DEGRADED at best while one of many is dead, and the score stays the mean", () => {
    const { errors } = pillarsOf(...deadPlatform(20));
    expect(errors).toMatchObject({ grade: "DEGRADED", color: "orange", score: 9.2 });
    expect(errors?.targets[0]).toMatchObject({ target: "meta", grade: { grade: "CRITICAL" } });
    const { snapshot } = worldOf(...deadPlatform(20)).make();
    expect(snapshot).toMatchObject({ score: (10 + 9.2) / 2, status: "HEALTHY" });
  });

  test("are not coloured by a few calls that fail at night, nor by what is over", () => {
    expect(pillarsOf(...deadPlatform(19)).errors).toMatchObject({ grade: "GOOD", score: 9.2 });
    const world = worldOf(...deadPlatform(100));
    world.pass(2 * MINUTE_MS);
    world.add({ target: "google", count: 100 });
    expect(world.make().snapshot.pillars.errors).toMatchObject({ grade: "EXCELLENT", score: 10 });
  });

  test("are those of every kind but probe; refusals stand apart", () => {
    const { errors } = pillarsOf(
      { target: "meta", outcome: "rate_limited", count: 30 },
      { target: "meta", count: 70 },
      { target: "d1", outcome: "error", count: 5 },
      { target: "d1", count: 5 },
      { target: "queue", outcome: "error", count: 1 },
      { target: "queue", count: 9 },
      { target: "probe", outcome: "error", count: 100 },
    );
    expect(errors).toMatchObject({ count: 120, failed: 6, rateLimited: 30, targetCount: 3 });
    expect(errors?.score).toBe((10 + 2 + 2) / 3);
    expect(errors?.targets).toMatchObject([
      { target: "d1", kind: "d1", rate: 0.5, grade: { grade: "CRITICAL" } },
      { target: "queue", rate: 0.1, failed: 1 },
      { target: "meta", rate: 0, rateLimited: 30, grade: { grade: "EXCELLENT" } },
    ]);
  });

  test("have a trend, and none as long as nothing failed", () => {
    const world = worldOf({ target: "meta", count: 99 });
    expect(world.make().snapshot.pillars.errors?.trend).toBeNull();
    world.add({ target: "meta", outcome: "error" });
    expect(world.make().snapshot.pillars.errors?.trend).toMatchObject({ direction: "steady" });
    world.pass(10 * MINUTE_MS);
    world.add({ target: "meta", outcome: "error" }, { target: "meta", count: 9 });
    const { trend } = world.make().snapshot.pillars.errors ?? {};
    expect(trend).toEqual({ direction: "up", ratio: 0.1 / (2 / 110) });
  });
});

describe("throughput", () => {
  /**
   * Plays a day of a target: `before` timings a minute for 18 hours, then `after` for 6, and looks
   * at it in the middle of the minute that follows.
   */
  function day(before: number, after: number, target = "worker"): PillarWorld {
    const world = new PillarWorld(START);
    for (let minute = 0; minute < 24 * 60; minute++) {
      world.add({ target, count: minute < 18 * 60 ? before : after });
      world.pass(MINUTE_MS);
      if (minute % 10 === 0) world.checkpoint();
    }
    return world;
  }

  // Means of 24 h: (18 × before + 6 × after) / 24.
  test.each([
    [100, 101, "STABLE", "blue", 6, "steady"],
    [30, 40, "INCREASING", "green", 8, "up"], // 40 by 32.5: 1.23
    [30, 36, "STABLE", "blue", 6, "steady"], // 36 by 31.5: 1.14
    [30, 60, "SURGE", "purple", 10, "up"], // 60 by 37.5: 1.6
    [30, 22, "DECREASING", "orange", 4, "down"], // 22 by 28: 0.79
    [30, 23, "STABLE", "blue", 6, "steady"], // 23 by 28.25: 0.81
  ] as const)("%d a minute and then %d is %s", (before, after, grade, color, score, direction) => {
    const { throughput } = day(before, after).make().snapshot.pillars;
    const mean = (18 * before + 6 * after) / 24;
    expect(throughput).toMatchObject({ grade, color, score, trend: { direction } });
    expect(throughput).toMatchObject({ mean6hPerMinute: after, mean24hPerMinute: mean });
    expect(throughput?.trend?.ratio).toBeCloseTo(after / mean, 12);
  });

  test("is not known before 24 whole hours, and takes no part in the score", () => {
    const world = new PillarWorld(START + 20_000);
    world.add({ target: "worker" });
    for (let minute = 0; minute < 24 * 60; minute++) {
      world.pass(MINUTE_MS);
      world.add({ target: "worker" });
      world.checkpoint();
    }
    // The first minute of the day began before the first timing was there.
    const early = world.make().snapshot;
    expect(early.pillars.throughput).toMatchObject({
      grade: "UNKNOWN",
      color: "gray",
      score: null,
      trend: null,
      mean6hPerMinute: 1,
      mean24hPerMinute: null,
    });
    expect(early.score).toBe(10);
    expect(early.series.map(({ grades }) => grades.throughput?.grade)).toEqual([
      "UNKNOWN",
      undefined,
    ]);
    world.pass(MINUTE_MS);
    world.add({ target: "worker" });
    const { pillars, score, series } = world.make().snapshot;
    expect(pillars.throughput).toMatchObject({ grade: "STABLE", mean24hPerMinute: 1 });
    expect(score).toBeCloseTo((10 + 10 + 6) / 3, 12);
    expect(series[0]?.grades.throughput).toEqual({ grade: "STABLE", color: "blue", score: 6 });
  });

  test("knows seconds, minutes and hours", () => {
    const world = worldOf({ target: "worker", count: 600 });
    world.pass(2 * MINUTE_MS);
    world.add({ target: "worker", count: 120 });
    expect(world.make().snapshot.pillars.throughput).toMatchObject({
      perSecond: 2,
      perMinute: 120,
      perHour: 720,
    });
  });

  test.each([
    ["worker", ["worker", "worker.eu", "meta", "d1"], ["worker", "worker.eu"]],
    ["platform", ["meta", "google", "d1", "cache"], ["meta", "google"]],
    ["all", ["d1", "queue", "probe"], ["d1", "queue"]],
  ])("counts timings of %s of %j as events", (events, targets, counted) => {
    const { throughput } = pillarsOf(...targets.map((target) => ({ target, count: 60 })));
    const perMinute = counted.length * 60;
    expect(throughput).toMatchObject({ events, targetCount: counted.length, perMinute });
  });

  test("of probes alone is none", () => {
    expect(pillarsOf({ target: "probe" }).throughput).toBeNull();
  });

  test("decreases when a target falls silent, also across a restart, until its day is over", () => {
    const world = day(10, 10);
    world.pass(7 * HOUR_MS);
    world.checkpoint();
    world.restart();
    expect(world.make().snapshot).toMatchObject({
      series: [],
      status: "WARNING",
      score: 4,
      pillars: { throughput: { grade: "DECREASING", perHour: 0, mean6hPerMinute: 0 } },
    });
    world.pass(DAY_MS);
    expect(world.make().snapshot).toMatchObject({
      status: "UNKNOWN",
      pillars: { throughput: null },
    });
  });

  test("shows a series anew when its grade changes and nothing else does", () => {
    const world = worldOf({ target: "worker", count: 1_000 });
    world.pass(10 * MINUTE_MS);
    for (let halfHours = 0; halfHours < 48; halfHours++) {
      world.add({ target: "worker" });
      world.pass(HOUR_MS / 2);
    }
    world.nowMs = START + DAY_MS;
    const before = world.make().snapshot.series[0];
    expect(before?.grades.throughput?.grade).toBe("DECREASING");
    // The busy minute leaves the day; the windows stay as they are.
    world.pass(MINUTE_MS / 2);
    expect(world.make().changed).toEqual([]);
    world.pass(MINUTE_MS / 2);
    const { changed } = world.make();
    expect(changed.map(({ operation }) => operation)).toEqual(["*"]);
    expect(changed[0]?.grades.throughput?.grade).toBe("STABLE");
    expect(changed[0]?.windows).toBe(before?.windows);
  });
});

describe("d1", () => {
  function queries(...meansMs: readonly number[]): PillarTiming[] {
    return meansMs.map((durationMs, i) => ({ target: "d1", operation: `q${i}`, durationMs }));
  }

  test.each([
    ["500 ms", queries(500), 10, "HEALTHY"],
    ["501 ms", queries(501), 8, "WARNING"],
    ["five above a second", queries(1_001, 1_001, 1_001, 1_001, 1_001), 8, "WARNING"],
    ["six above a second", queries(1_001, 1_001, 1_001, 1_001, 1_001, 1_001), 7, "WARNING"],
    ["six of a second", queries(1_000, 1_000, 1_000, 1_000, 1_000, 1_000), 8, "WARNING"],
  ])("queries of %s", (_what, timings, score, grade) => {
    expect(pillarsOf(...timings).d1).toMatchObject({ score, grade });
  });

  test.each([
    [100, 10, "HEALTHY"],
    [101, 9, "WARNING"],
    [200, 9, "WARNING"],
    [201, 7, "WARNING"],
  ])("a mean wait of %d ms", (waitMs, score, grade) => {
    const { d1 } = pillarsOf(
      { target: "d1", measures: { waitMs: waitMs - 1 } },
      { target: "d1", measures: { waitMs: waitMs + 1 } },
    );
    expect(d1).toMatchObject({ score, grade, meanWaitMs: waitMs });
  });

  test.each([
    [500_000_000, 10, "HEALTHY"],
    [500_000_001, 8, "WARNING"],
  ])("a size of %d bytes, over all databases", (sizeBytes, score, grade) => {
    const { d1 } = pillarsOf(
      { target: "d1", measures: { sizeBytes: 1_000 } },
      { target: "d1.orders", measures: { sizeBytes: sizeBytes - 1_000 } },
    );
    expect(d1).toMatchObject({ score, grade, sizeBytes });
  });

  test("all together are CRITICAL", () => {
    const slow = queries(1_001, 1_001, 1_001, 1_001, 1_001, 1_001);
    const measures = { waitMs: 201, sizeBytes: 500_000_001 };
    const { d1 } = pillarsOf(...slow.map((timing) => ({ ...timing, measures })));
    expect(d1).toMatchObject({ score: 2, grade: "CRITICAL", color: "red" });
  });

  test("shows the ten slowest by mean, of all databases", () => {
    const { d1 } = pillarsOf(
      ...queries(...Array.from({ length: 12 }, (_, i) => 10 * (i + 1))),
      { target: "d1.orders", operation: "batch", durationMs: 300, count: 3 },
      { target: "d1.orders", operation: "batch", durationMs: 100, outcome: "error" },
      { target: "meta", durationMs: 5_000 },
    );
    expect(d1?.slowest.map(({ operation }) => operation)).toEqual([
      "batch",
      ...Array.from({ length: 9 }, (_, i) => `q${11 - i}`),
    ]);
    expect(d1?.slowest[0]).toMatchObject({
      target: "d1.orders",
      executions: 4,
      meanMs: 250,
      maxMs: 300,
      meanWaitMs: null,
      rowsRead: null,
      slow: null,
    });
    expect(d1).toMatchObject({ operations: 13, executions: 16, rowsRead: null, sizeBytes: null });
  });

  test("adds rows up, also of queries that are not shown", () => {
    const measures = { rowsRead: 7, rowsWritten: 2, slow: 1 };
    const timings = queries(...Array.from({ length: 12 }, () => 5));
    const { d1 } = pillarsOf(...timings.map((timing) => ({ ...timing, measures })));
    expect(d1).toMatchObject({ rowsRead: 84, rowsWritten: 24, slow: 12 });
    expect(d1?.slowest[0]).toMatchObject({ rowsRead: 7, rowsWritten: 2, slow: 1 });
  });

  test("is of 5 minutes, of the hour if those are empty, and then has no data", () => {
    const world = worldOf({ target: "d1", durationMs: 600, measures: { sizeBytes: 5 } });
    expect(world.make().snapshot.pillars.d1).toMatchObject({ window: "5m", score: 8 });
    world.pass(10 * MINUTE_MS);
    expect(world.make().snapshot.pillars.d1).toMatchObject({ window: "1h", score: 8, trend: null });
    world.add({ target: "d1", durationMs: 6 });
    expect(world.make().snapshot.pillars.d1).toMatchObject({
      window: "5m",
      score: 10,
      executions: 1,
      sizeBytes: 5,
      trend: { direction: "down", ratio: 6 / 303 },
    });
    world.pass(2 * HOUR_MS);
    expect(world.make().snapshot.pillars.d1).toBeNull();
  });
});

describe("cache", () => {
  /** Lookups as the client records them: one timing each, under the layer that answered. */
  function lookups(target: string, l1: number, l2: number, l3: number): PillarTiming[] {
    return [
      { target, operation: "l1", outcome: "hit" as const, count: l1 },
      { target, operation: "l2", outcome: "hit" as const, count: l2 },
      { target, operation: "l3", outcome: "miss" as const, count: l3 },
    ].filter(({ count }) => count > 0);
  }

  test.each([
    [950, "EXCELLENT", "green", 10],
    [949, "GOOD", "blue", 8],
    [850, "GOOD", "blue", 8],
    [849, "ACCEPTABLE", "yellow", 6],
    [700, "ACCEPTABLE", "yellow", 6],
    [699, "POOR", "orange", 4],
    [500, "POOR", "orange", 4],
    [499, "CRITICAL", "red", 2],
    [0, "CRITICAL", "red", 2],
  ])("%d hits of 1000 are %s", (hits, grade, color, score) => {
    const expected = { grade, color, score, hits, misses: 1_000 - hits, hitRate: hits / 1_000 };
    const l1 = Math.floor(hits / 2);
    expect(pillarsOf(...lookups("cache", l1, hits - l1, 1_000 - hits)).cache).toMatchObject(
      expected,
    );
    const plain = pillarsOf(
      ...(hits > 0 ? [{ target: "kv", outcome: "hit" as const, count: hits }] : []),
      { target: "kv", outcome: "miss", count: 1_000 - hits },
    );
    expect(plain.cache).toMatchObject({ ...expected, layers: [] });
  });

  const BY_LAYER = [
    { layer: "l1", lookups: 1_000, hits: 800, misses: 200, hitRate: 0.8 },
    { layer: "l2", lookups: 200, hits: 150, misses: 50, hitRate: 0.75 },
    { layer: "l3", lookups: 50, hits: 0, misses: 50, hitRate: 0 },
  ];

  test("knows what reached each layer", () => {
    const { cache } = pillarsOf(
      ...lookups("cache", 800, 150, 50),
      { target: "cache", operation: "refresh", count: 40 },
      { target: "cache", operation: "l3", outcome: "error", count: 9 },
    );
    expect(cache?.layers).toEqual(BY_LAYER);
    expect(cache).toMatchObject({ lookups: 1_000, hits: 950, misses: 50, hitRate: 0.95 });
  });

  test("knows the same of a reporter that records a miss at every layer", () => {
    const { cache } = pillarsOf(
      ...lookups("cache", 800, 150, 50),
      { target: "cache", operation: "l1", outcome: "miss", count: 200 },
      { target: "cache", operation: "l2", outcome: "miss", count: 50 },
    );
    expect(cache?.layers).toEqual(BY_LAYER);
    expect(cache).toMatchObject({ lookups: 1_000, hits: 950, hitRate: 0.95 });
  });

  test("counts caches with layers together, and not the KV below them", () => {
    const { cache } = pillarsOf(
      ...lookups("cache", 80, 10, 10),
      ...lookups("cache.users", 10, 0, 90),
      { target: "kv", outcome: "miss", count: 100 },
      { target: "kv", outcome: "hit", count: 10 },
    );
    expect(cache).toMatchObject({ lookups: 200, hits: 100, hitRate: 0.5, grade: "POOR" });
    expect(cache?.layers[0]).toMatchObject({ layer: "l1", lookups: 200, hits: 90 });
    expect(
      cache?.caches.map(({ target, hitRate, isCounted }) => [target, hitRate, isCounted]),
    ).toEqual([
      ["kv", 10 / 110, false],
      ["cache.users", 0.1, true],
      ["cache", 0.9, true],
    ]);
  });

  test("counts every cache if none has layers", () => {
    const { cache } = pillarsOf(
      { target: "kv", outcome: "miss", count: 9 },
      { target: "cache", outcome: "hit", count: 9 },
    );
    expect(cache).toMatchObject({
      hitRate: 0.5,
      caches: [
        { target: "kv", isCounted: true },
        { target: "cache", isCounted: true },
      ],
    });
  });

  test("adds the newest number of keys of each cache", () => {
    const world = worldOf(
      { target: "cache", operation: "l1", outcome: "hit", measures: { keys: 40 } },
      { target: "cache.users", operation: "l1", outcome: "hit", measures: { keys: 2 } },
    );
    world.pass(10_000);
    world.add({ target: "cache", operation: "l1", outcome: "hit", measures: { keys: 50 } });
    expect(world.make().snapshot.pillars.cache).toMatchObject({
      keys: 52,
      caches: [{ keys: 50 }, { keys: 2 }],
    });
    expect(pillarsOf(...lookups("cache", 1, 0, 0)).cache?.keys).toBeNull();
    const kv = { target: "kv", outcome: "hit", measures: { keys: 9 } } as const;
    expect(pillarsOf(kv).cache?.keys).toBe(9);
    expect(pillarsOf(...lookups("cache", 1, 0, 0), kv).cache).toMatchObject({
      keys: null,
      caches: [{ keys: null }, { keys: 9 }],
    });
  });

  test("has no data without lookups, whatever else was done", () => {
    expect(pillarsOf({ target: "kv", operation: "put" }).cache).toBeNull();
  });

  test("has a trend of the same caches in both windows", () => {
    const world = worldOf(...lookups("cache", 0, 0, 100), {
      target: "kv",
      outcome: "hit",
      count: 50,
    });
    world.pass(10 * MINUTE_MS);
    world.add({ target: "kv", outcome: "hit", count: 50 });
    expect(world.make().snapshot.pillars.cache).toMatchObject({
      hitRate: 1,
      trend: { direction: "steady", ratio: 1 },
    });
  });

  test("has a trend that moves at a twentieth", () => {
    const world = worldOf(...lookups("cache", 100, 0, 0));
    world.pass(10 * MINUTE_MS);
    world.add(...lookups("cache", 90, 0, 10));
    expect(world.make().snapshot.pillars.cache?.trend).toEqual({
      direction: "down",
      ratio: 0.9 / 0.95,
    });
  });
});

test("what waits by design has no grade of latency, and its errors have theirs", () => {
  const wait = { target: "queue", operation: "wait", durationMs: 5_000, outcome: "error" } as const;
  const { snapshot } = worldOf(
    wait,
    { ...wait, operation: "process" },
    { ...wait, target: "queue.mail" },
    { ...wait, target: "worker" },
  ).make();
  const gradeOf = ({ target, operation, grades }: (typeof snapshot.series)[number]) => {
    expect(grades.errors?.grade).toBe("CRITICAL");
    return [`${target}/${operation}`, grades.latency?.grade ?? null];
  };
  expect(Object.fromEntries(snapshot.series.map(gradeOf))).toEqual({
    "queue/*": null,
    "queue/wait": null,
    "queue/process": "CRITICAL",
    "queue.mail/*": null,
    "queue.mail/wait": null,
    "worker/*": "CRITICAL",
    "worker/wait": "CRITICAL",
  });
});

describe("whatever there is", () => {
  const targets = ["worker", "meta", "google", "d1", "d1.orders", "cache", "kv", "queue", "probe"];
  const timing: fc.Arbitrary<PillarTiming> = fc.record({
    target: fc.constantFrom(...targets),
    operation: fc.constantFrom("call", "l1", "l2", "l3", "batch"),
    durationMs: fc.integer({ min: 0, max: 3_000 }),
    outcome: fc.constantFrom(...OUTCOMES),
    count: fc.integer({ min: 1, max: 50 }),
    measures: fc.oneof(
      fc.constant({}),
      fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), keys: fc.nat(100) }),
    ),
  });
  const step = fc.tuple(fc.array(timing, { maxLength: 12 }), fc.integer({ min: 0, max: 400_000 }));

  test("order does not matter, figures are sound, and the score is the mean of what has data", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (steps, keys) => {
        const world = new PillarWorld(START);
        for (const [timings, passMs] of steps) {
          world.add(...timings);
          world.pass(passMs);
        }
        const { snapshot } = world.make();
        const { pillars, series, score } = snapshot;
        const shuffled = series
          .map((view) => ({ view, key: keys.next().value ?? 0 }))
          .toSorted((left, right) => left.key - right.key)
          .map(({ view }) => view);
        const throughput = {
          minutes: world.state.minuteCounts,
          kindOf: defaultTargetKind,
          nowMs: world.nowMs,
        };
        expect(makePillars(shuffled, throughput)).toEqual(pillars);
        const scores = Object.values(pillars).flatMap((pillar) => pillar?.score ?? []);
        const mean = scores.reduce((sum, one) => sum + one, 0) / scores.length;
        expect(score).toBe(scores.length === 0 ? null : mean);
        expect(overallScore(pillars)).toBe(score);
        expectSound(pillars);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  function expectSound({ errors, cache, d1 }: PillarViews): void {
    if (errors !== null) expect(errors.failed).toBeLessThanOrEqual(errors.count);
    if (d1 !== null) expect(d1.slowest.length).toBe(Math.min(d1.operations, 10));
    expect((cache?.hits ?? 0) + (cache?.misses ?? 0)).toBe(cache?.lookups ?? 0);
    for (const rates of cache?.caches ?? []) {
      expect(rates.hits + rates.misses).toBe(rates.lookups);
      expect(rates.hits).toBeLessThanOrEqual(rates.lookups);
      const beyond = rates.layers.map(({ lookups }) => lookups).slice(1);
      for (const [i, lookups] of beyond.entries()) {
        expect(lookups).toBeLessThanOrEqual(rates.layers[i]?.misses ?? 0);
      }
    }
  }
});

test("a CRITICAL alert keeps a healthy tenant from being called so", () => {
  const world = worldOf({ target: "worker" });
  expect(world.make().snapshot).toMatchObject({ status: "HEALTHY", score: 10 });
  expect(world.make(true).snapshot).toMatchObject({ status: "WARNING", score: 10 });
});

test("pillars are new when something in them changed, and only then", () => {
  const world = worldOf({ target: "worker" });
  expect(world.make().arePillarsNew).toBe(true);
  expect(world.make().arePillarsNew).toBe(false);
  world.add({ target: "worker" });
  expect(world.make().arePillarsNew).toBe(true);
  world.pass(1_000);
  expect(world.make().arePillarsNew).toBe(false);
});
