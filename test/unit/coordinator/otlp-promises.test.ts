import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { decodeOtlp, type OtlpPoint } from "../../support/decode-otlp.ts";
import { type CollectorManner, FakeOtlpSink } from "../../support/fake-otlp-sink.ts";
import { seedOf } from "../../support/seeded.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 22, 58, 30);
const OPERATIONS = ["events", "lookup"] as const;

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

interface TimingPlan {
  readonly operation: string;
  readonly durationUs: number;
  readonly outcome: number;
}

type Step =
  | { readonly do: "report"; readonly reporter: number; readonly timings: readonly TimingPlan[] }
  | { readonly do: "evict_coordinator" | "tick" | "checkpoint_fails" | "news_fail" }
  | { readonly do: "evict_shard" | "no_answer"; readonly shard: number }
  | { readonly do: "collector"; readonly manners: CollectorManner[] }
  | { readonly do: "pass"; readonly durationMs: number };

const timing = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  durationUs: fc.integer({ min: 0, max: 600_000_000 }),
  outcome: fc.nat(5),
});

const manner = fc.constantFrom<CollectorManner[]>(
  { kind: "retry", detail: "answered 503" },
  { kind: "retry", detail: "answered 429", retryAfterMs: 90_000 },
  { kind: "refused", detail: "answered 400" },
  "answer_lost",
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("report" as const),
      reporter: fc.nat(3),
      timings: fc.array(timing, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("evict_coordinator" as const, "tick", "checkpoint_fails", "news_fail"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("evict_shard" as const, "no_answer"),
      shard: fc.nat(2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("collector" as const),
      manners: fc.array(manner, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      durationMs: fc.oneof(
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: MINUTE_MS, max: 4 * MINUTE_MS }),
      ),
    }),
  },
);

/** What once failed, kept in its smallest form. */
const ONCE_FAILED: [Step[]][] = [
  // A checkpoint stored what a series had counted, and since when it counts was stored by none.
  [
    [
      { do: "news_fail" },
      {
        do: "report",
        reporter: 0,
        timings: [{ operation: "events", durationUs: 0, outcome: 0 }],
      },
      { do: "tick" },
      { do: "evict_coordinator" },
    ],
  ],
];

class Run {
  readonly world = new TenantWorld(START);
  readonly collector = new FakeOtlpSink();

  constructor() {
    this.world.collector = this.collector;
  }

  async do(one: Step): Promise<void> {
    const { world } = this;
    const { nowMs } = world;
    switch (one.do) {
      case "report": {
        const reporter = world.reporters[one.reporter];
        if (reporter === undefined) return;
        world.report(
          reporter,
          one.timings.map((plan) => ({ ...plan, at: nowMs })),
        );
        return;
      }
      case "evict_coordinator":
        return world.evictCoordinator();
      case "evict_shard":
        return world.shards[one.shard]?.evict();
      case "no_answer":
        world.shards[one.shard]?.faults.push("no_answer");
        return;
      case "checkpoint_fails":
        world.store.failCommits(1);
        return;
      case "news_fail":
        world.store.failTotals(1);
        return;
      case "collector":
        this.collector.manners.push(...one.manners);
        return;
      case "tick":
        await world.coordinator.tick();
        return world.arm();
      case "pass":
        return world.pass(one.durationMs);
    }
  }
}

/** Of each series, what the collector has of it, in the order of the times that it is of. */
function told(collector: FakeOtlpSink): Map<string, OtlpPoint[]> {
  const series = new Map<string, OtlpPoint[]>();
  for (const body of collector.taken) {
    for (const { name, points } of decodeOtlp(body).metrics) {
      for (const point of points) {
        const key = `${name} ${Object.values(point.attributes).join("/")}`;
        series.set(key, [...(series.get(key) ?? []), point]);
      }
    }
  }
  for (const points of series.values()) {
    points.sort((one, other) => Number(one.timeUnixNano - other.timeUnixNano));
  }
  return series;
}

function expectOnlyGrowing(collector: FakeOtlpSink): void {
  for (const [key, points] of told(collector)) {
    expect(new Set(points.map(({ startTimeUnixNano }) => startTimeUnixNano)).size, key).toBe(1);
    for (const [i, point] of points.entries()) {
      const before = points[i - 1];
      if (before === undefined) continue;
      expect(point.count ?? point.value, key).toBeGreaterThanOrEqual(
        before.count ?? before.value ?? NaN,
      );
      if (point.timeUnixNano === before.timeUnixNano) expect(point).toEqual(before);
    }
  }
}

function expectToldAll({ world, collector }: Run): void {
  expectOnlyGrowing(collector);
  expect(world.coordinator.health().otlpExport?.queuedPushes).toBe(0);
  const last = told(collector);
  for (const series of world.list.series()) {
    if (series.operation === "*") continue;
    const key = `tachograph.call.duration ${series.target}/platform/${series.operation}`;
    expect(last.get(key)?.at(-1)?.count, key).toBe(world.list.within(series, 0, Infinity).length);
  }
}

test("whatever happens on the way, totals only grow and end as what was counted", async () => {
  const seed = seedOf("OTLP promises", process.env["SEED"]);
  const numRuns = Number(process.env["RUNS"] ?? 60);
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const run = new Run();
    for (const one of steps) await run.do(one);
    expectOnlyGrowing(run.collector);
    run.collector.manners = [];
    const { world } = run;
    world.store.failCommits(0);
    world.store.failTotals(0);
    for (const shard of world.shards) shard.faults = [];
    // Whoever had no answer sends again; then all is collected, and the longest wait passes.
    for (const reporter of world.reporters) if (!reporter.isAcknowledged) world.repeat(reporter);
    // Left alone: nothing is counted any more, and what was refused comes again after an hour.
    await world.pass(90 * MINUTE_MS);
    expectToldAll(run);
    const timings = OPERATIONS.map((operation) => ({ operation, durationUs: 9, outcome: 0 }));
    for (const reporter of world.reporters.keys())
      await run.do({ do: "report", reporter, timings });
    await world.pass(70 * MINUTE_MS);
    expectToldAll(run);
  });
  await fc.assert(property, { seed, numRuns, examples: ONCE_FAILED });
});

test("a tenant that is left alone pushes what it had, sleeps, and pushes nothing more", async () => {
  const run = new Run();
  const timings = [{ operation: "events", durationUs: 1_000, outcome: 0 }];
  await run.do({ do: "report", reporter: 0, timings });
  await run.world.untilAsleep(30);
  const attempts = run.collector.attempts;
  expect(told(run.collector).get("tachograph.calls meta/platform/events/ok")?.at(-1)?.value).toBe(
    1,
  );
  await run.world.pass(30 * MINUTE_MS);
  expect(run.world.alarmAt).toBeNull();
  expect(run.collector.attempts).toBe(attempts);
  expect(attempts).toBeLessThanOrEqual(2);
});

test("what a life could not tell, as a shard did not answer, it tells within minutes", async () => {
  const run = new Run();
  const { world } = run;
  const timings = Array.from({ length: 4 }, () => ({
    operation: "events",
    durationUs: 1_000,
    outcome: 0,
  }));
  await world.pass(31_000);
  await run.do({ do: "report", reporter: 0, timings });
  await world.coordinator.tick();
  await world.pass(2_000);
  // This one is stored in the same minute, as its shard falls silent, and is to be told by the next.
  await run.do({ do: "report", reporter: 0, timings: timings.slice(0, 1) });
  await world.pass(50_000);
  expect(world.coordinator.health().ledger.pending).toBe(0);
  expect(told(run.collector).get("tachograph.calls meta/platform/events/ok")?.at(-1)?.value).toBe(
    4,
  );
  world.evictCoordinator();
  world.shards[0]?.faults.push("no_answer");
  await world.pass(3 * MINUTE_MS);
  expectToldAll(run);
  expect(run.collector.attempts).toBe(2);
});

test("a shard that never answers costs no push a minute", async () => {
  const run = new Run();
  const timings = [{ operation: "events", durationUs: 1_000, outcome: 0 }];
  await run.do({ do: "report", reporter: 0, timings });
  await run.do({ do: "report", reporter: 3, timings });
  await run.world.coordinator.tick();
  run.world.evictCoordinator();
  run.world.shards[0]?.faults.push(...Array.from({ length: 500 }, () => "no_answer" as const));
  run.world.arm();
  await run.world.pass(30 * MINUTE_MS);
  expect(run.world.shards[0]?.faults.length).toBeGreaterThan(0);
  expect(run.collector.attempts).toBeLessThanOrEqual(3);
});

test("a collector that refuses is asked once an hour by a tenant that sleeps", async () => {
  const run = new Run();
  run.collector.manners = Array.from({ length: 500 }, () => ({
    kind: "refused",
    detail: "answered 401",
  }));
  const timings = [{ operation: "events", durationUs: 1_000, outcome: 0 }];
  await run.do({ do: "report", reporter: 0, timings });
  await run.world.pass(60 * MINUTE_MS);
  const before = run.collector.attempts;
  for (let hour = 0; hour < 10; hour++) {
    run.world.evictCoordinator();
    await run.world.pass(60 * MINUTE_MS);
  }
  const asked = run.collector.attempts - before;
  expect(asked).toBeGreaterThanOrEqual(9);
  expect(asked).toBeLessThanOrEqual(21);
  run.collector.manners = [];
  await run.world.pass(70 * MINUTE_MS);
  expectToldAll(run);
});

test("without a collector nothing is kept or due", async () => {
  const run = new Run();
  run.world.collector = undefined;
  const timings = [{ operation: "events", durationUs: 1_000, outcome: 0 }];
  await run.do({ do: "report", reporter: 0, timings });
  await run.world.untilAsleep(30);
  expect(run.world.pushes.pushes).toEqual([]);
  expect(run.world.coordinator.health().otlpExport).toBeNull();
});

test("a collector that is away lets a tenant sleep between its attempts", async () => {
  const run = new Run();
  run.collector.manners = Array.from({ length: 200 }, () => ({ kind: "retry", detail: "away" }));
  const timings = [{ operation: "events", durationUs: 1_000, outcome: 0 }];
  await run.do({ do: "report", reporter: 0, timings });
  await run.world.pass(20 * MINUTE_MS);
  const before = run.world.alarms;
  // Evicted between any two: the waits are stored.
  for (let hour = 0; hour < 5; hour++) {
    run.world.evictCoordinator();
    await run.world.pass(60 * MINUTE_MS);
  }
  // Once in eleven minutes at most, and the alarms of whole hours and days.
  expect(run.world.alarms - before).toBeLessThanOrEqual(5 * 12);
});

test("a tenant wakes to try again, also when nothing else is due", async () => {
  const run = new Run();
  run.collector.manners = Array.from({ length: 8 }, () => ({ kind: "retry", detail: "away" }));
  const timings = [{ operation: "events", durationUs: 1_000, outcome: 0 }];
  await run.do({ do: "report", reporter: 0, timings });
  // 0.75 s, then twice as long each time: 191 s in all.
  await run.world.pass(5 * MINUTE_MS);
  expect(run.collector.attempts).toBe(9);
  expect(run.world.pushes.pushes).toEqual([]);
});
