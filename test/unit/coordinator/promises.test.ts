import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { decodeHdrV2Base64 } from "../../../src/histogram/hdr-v2.ts";
import { bucketIndex } from "../../../src/histogram/bucket-layout.ts";
import type { HistoryStep } from "../../../src/merge/history.ts";
import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../../src/merge/slot-time.ts";
import type { MeasureValues } from "../../../src/measures.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import type { WindowStats } from "../../../src/merge/window-stats.ts";
import { streamFilter } from "../../../src/stream/stream-filter.ts";
import type { ReportedTiming } from "../../support/columns.ts";
import type { SinkFailure } from "../../support/memory-rollup-sink.ts";
import {
  hdrOf,
  type PlainTiming,
  plainMeasures,
  summaryOf,
  summaryOfAggregate,
} from "../../support/plain-list.ts";
import { plainRun } from "../../support/plain-runs.ts";
import { seedOf } from "../../support/seeded.ts";
import { type CollectFault, TENANT, TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 22, 58, 30);
const OPERATIONS = ["events", "lookup", "batch"] as const;

/** The clock goes back at most this far in one run, over all its steps. */
const MAX_BACK_MS = 10 * MINUTE_MS;

interface TimingPlan {
  readonly operation: string;
  readonly aheadMs: number;
  readonly durationUs: number;
  readonly outcome: number;
  readonly measures: MeasureValues;
}

type Step =
  | { readonly do: "report"; readonly reporter: number; readonly timings: readonly TimingPlan[] }
  | {
      readonly do: "report_during_collect";
      readonly reporter: number;
      readonly timings: readonly TimingPlan[];
    }
  | { readonly do: "repeat" | "shard_storage_fails"; readonly reporter: number }
  | { readonly do: "evict_shard"; readonly shard: number }
  | { readonly do: "old_collect_arrives"; readonly shard: number; readonly age: number }
  | { readonly do: "evict_coordinator" | "tick" | "alarm" | "check" }
  | { readonly do: "checkpoint_fails" | "news_fail" }
  | { readonly do: "to_next_minute" | "d1_late_writes_arrive" }
  | { readonly do: "collect_fails"; readonly shard: number; readonly faults: CollectFault[] }
  | { readonly do: "d1_fails"; readonly failures: SinkFailure[] }
  | { readonly do: "pass" | "jump" | "back"; readonly durationMs: number }
  | {
      readonly do: "history";
      readonly fromMinutesAgo: number;
      readonly minutes: number;
      readonly step: HistoryStep;
    };

const timing: fc.Arbitrary<TimingPlan> = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  aheadMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -5_000, max: 0 }) },
    { weight: 2, arbitrary: fc.integer({ min: -300_000, max: 30_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -400_000, max: 60_000 }) },
  ),
  durationUs: fc.oneof(
    fc.integer({ min: 20_000, max: 30_000 }),
    fc.integer({ min: 0, max: 600_000_000 }),
  ),
  outcome: fc.nat(5),
  measures: fc.record(
    {
      rowsRead: fc.nat(1_000),
      waitMs: fc.nat(1_000).map((quarters) => quarters / 4),
      sizeBytes: fc.nat(1_000_000),
      value: fc.integer({ min: -3, max: 3 }),
    },
    { requiredKeys: [] },
  ),
});

const timings = fc.array(timing, { minLength: 0, maxLength: 6 });
const reporter = fc.nat(3);
const shard = fc.nat(2);

const STEPS: fc.WeightedArbitrary<Step>[] = [
  { weight: 30, arbitrary: fc.record({ do: fc.constant("report" as const), reporter, timings }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("report_during_collect" as const), reporter, timings }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("repeat" as const, "repeat", "shard_storage_fails"),
      reporter,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("evict_shard" as const), shard }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("old_collect_arrives" as const),
      shard,
      age: fc.nat(7),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "evict_coordinator" as const,
        "evict_coordinator",
        "tick",
        "tick",
        "alarm",
        "checkpoint_fails",
        "news_fail",
        "check",
        "to_next_minute",
        "to_next_minute",
        "d1_late_writes_arrive",
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("collect_fails" as const),
      shard,
      faults: fc.array(fc.constantFrom<CollectFault[]>("no_answer", "answer_lost"), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("d1_fails" as const),
      failures: fc.array(fc.constantFrom<SinkFailure[]>("refuse", "write_and_fail", "write_late"), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      durationMs: fc.oneof(
        fc.integer({ min: 1, max: 12_000 }),
        fc.integer({ min: 1, max: 120_000 }),
        fc.integer({ min: 1, max: 2 * HOUR_MS }),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("jump" as const),
      durationMs: fc.oneof(
        fc.integer({ min: 1, max: 10 * MINUTE_MS }),
        fc.integer({ min: 1, max: 5 * HOUR_MS }),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("history" as const),
      fromMinutesAgo: fc.integer({ min: 0, max: 600 }),
      minutes: fc.integer({ min: 1, max: 700 }),
      step: fc.constantFrom<HistoryStep[]>(MINUTE_MS, HOUR_MS, DAY_MS, "all"),
    }),
  },
];

const BACK: fc.WeightedArbitrary<Step> = {
  weight: 4,
  arbitrary: fc.record({
    do: fc.constant("back" as const),
    durationMs: fc.integer({ min: 1, max: 3 * MINUTE_MS }),
  }),
};

function timingsAt(plans: readonly TimingPlan[], nowMs: number): ReportedTiming[] {
  return plans.map(({ aheadMs, ...plan }) => ({ ...plan, at: nowMs + aheadMs }));
}

class Run {
  readonly world = new TenantWorld(START);
  #backMs = 0;
  #latestMs = START;

  async do(action: Step): Promise<void> {
    await this.#act(action);
    this.#latestMs = Math.max(this.#latestMs, this.world.nowMs);
    // An evicted coordinator stays evicted: asking it would wake it.
    if (this.world.isCoordinatorAwake) {
      const { ledger } = this.world.coordinator.health();
      expect(ledger.isBalanced, JSON.stringify(ledger)).toBe(true);
    }
    this.#checkStreaks();
  }

  async #act(action: Step): Promise<void> {
    const { world } = this;
    switch (action.do) {
      case "report":
        world.report(this.#reporter(action.reporter), timingsAt(action.timings, world.nowMs));
        return;
      case "report_during_collect": {
        const sender = this.#reporter(action.reporter);
        sender.shard.meanwhile.push(() => {
          world.report(sender, timingsAt(action.timings, world.nowMs));
        });
        return;
      }
      case "repeat":
        world.repeat(this.#reporter(action.reporter));
        return;
      case "shard_storage_fails":
        this.#reporter(action.reporter).shard.store.failAppends(1);
        return;
      case "evict_shard":
        this.#shard(action.shard).evict();
        return;
      case "old_collect_arrives": {
        const old = this.#shard(action.shard).requests[action.age];
        if (old !== undefined) world.deliver(this.#shard(action.shard), old);
        return;
      }
      case "evict_coordinator":
        world.evictCoordinator();
        return;
      case "tick":
        await world.coordinator.tick();
        world.arm();
        return;
      case "alarm":
        if (world.alarmAt !== null) await world.alarm();
        return;
      case "checkpoint_fails":
        world.store.failCommits(1);
        return;
      case "news_fail":
        world.store.failTotals(1);
        return;
      case "check":
        await this.check();
        return;
      case "to_next_minute":
        await world.pass(startOf(world.nowMs, MINUTE_MS) + MINUTE_MS - world.nowMs);
        return;
      case "d1_late_writes_arrive":
        world.sink.deliverLate();
        return;
      case "collect_fails":
        this.#shard(action.shard).faults = [...action.faults];
        return;
      case "d1_fails":
        world.sink.fail(action.failures);
        return;
      case "pass":
        await world.pass(action.durationMs);
        return;
      case "jump":
        await world.jump(action.durationMs);
        return;
      case "back":
        if (this.#backMs + action.durationMs > MAX_BACK_MS) return;
        this.#backMs += action.durationMs;
        world.nowMs -= action.durationMs;
        return;
      case "history":
        await this.#checkHistory(action);
    }
  }

  /** Compares what is live with the plain list, if every shard can answer. */
  async check(): Promise<void> {
    const { world } = this;
    if (world.shards.some(({ faults }) => faults.length > 0)) return;
    for (const { meanwhile } of world.shards) meanwhile.length = 0;
    // A tick that cannot store what is new shows nothing of it: what is shown is of the one before.
    world.store.failTotals(0);
    await world.coordinator.tick();
    const body = await world.coordinator.live(streamFilter({ histograms: true }));
    world.arm();
    const live = body as LiveBody;
    expect(live.tenant).toBe(TENANT);
    expect(live.coverage.missing).toEqual([]);
    await this.#checkAllCounted();
    this.#checkLedger(live.ledger);
    const listed = new Map(live.series.map((view) => [`${view.target}/${view.operation}`, view]));
    for (const series of world.list.series()) {
      const view = listed.get(`${series.target}/${series.operation}`);
      for (const window of WINDOW_NAMES) {
        const expected = world.list.window(series, window, live.at);
        if (view !== undefined) checkWindow(view.windows[window], expected);
        // A series is let go of when it has left every window, and is not looked for again when
        // the clock then goes back to a time at which it had not.
        else if (this.#backMs === 0) expect(expected).toEqual([]);
      }
    }
  }

  /** Running totals are of everything that was ever taken in. */
  async #checkAllCounted(): Promise<void> {
    const { coordinator, list } = this.world;
    const expected = new Map<string, number>();
    for (const { target, operation, durationUs, outcome } of list.timings) {
      const series = `${target}/${operation}`;
      const add = (key: string, value: number): unknown =>
        expected.set(key, (expected.get(key) ?? 0) + value);
      add(`${series} count`, 1);
      add(`${series} µs`, durationUs);
      add(`${series} ${OUTCOMES[outcome]}`, 1);
    }
    const found = new Map<string, number>();
    for (const family of await coordinator.metrics({ schema: 8 }, "test")) {
      const isHistogram = family.name === "tachograph_call_duration_seconds";
      if (!isHistogram && family.name !== "tachograph_calls") continue;
      for (const sample of family.samples) {
        const { target, operation, outcome } = Object.fromEntries(sample.labels);
        const series = `${target}/${operation}`;
        if ("sum" in sample) {
          found.set(`${series} count`, sample.count);
          found.set(`${series} µs`, Math.round(sample.sum * 1e6));
        } else if (sample.value > 0) {
          found.set(`${series} ${outcome}`, sample.value);
        }
      }
    }
    expect(found).toEqual(expected);
  }

  /** The errors in a row that are stored with a shard's place are those of the rows up to it. */
  #checkStreaks(): void {
    const { store, shards } = this.world;
    for (const { name, durable, errors } of store.loadShards()) {
      const outcomes = shards.find((one) => one.name === name)?.outcomes ?? [];
      const merged = outcomes.filter(({ row }) => row <= durable);
      expect(errors.length).toBe(plainRun(merged.map(({ outcome }) => outcome)));
    }
  }

  #checkLedger(ledger: LiveBody["ledger"]): void {
    const { list, offered, duplicates } = this.world;
    expect(ledger).toMatchObject({
      offered,
      duplicates,
      accepted: list.timings.length,
      merged: list.timings.length,
      pending: 0,
      isBalanced: true,
    });
  }

  async #checkHistory({
    fromMinutesAgo,
    minutes,
    step: length,
  }: Extract<Step, { do: "history" }>): Promise<void> {
    const { world } = this;
    if (world.shards.some(({ faults }) => faults.length > 0)) return;
    for (const { meanwhile } of world.shards) meanwhile.length = 0;
    await world.coordinator.tick();
    world.arm();
    const from = startOf(world.nowMs, MINUTE_MS) - fromMinutesAgo * MINUTE_MS;
    this.checkRange(from, from + minutes * MINUTE_MS, length);
  }

  checkRange(from: number, to: number, length: HistoryStep): void {
    const { world } = this;
    for (const series of world.list.series()) {
      const points = world
        .history(series, { from, to, step: length })
        .map(({ at, aggregate }) => ({ at, ...summaryOfAggregate(aggregate) }));
      const groups = new Map<number, PlainTiming[]>();
      for (const one of world.list.within(series, from, to)) {
        const at = length === "all" ? from : startOf(one.at, length);
        groups.set(at, [...(groups.get(at) ?? []), one]);
      }
      if (length === "all" && groups.size === 0) groups.set(from, []);
      const expected = [...groups]
        .toSorted(([left], [right]) => left - right)
        .map(([at, group]) => ({ at, ...summaryOf(group) }));
      expect(points).toEqual(expected);
    }
  }

  /** Everything works again; what was promised must come to pass by the coordinator's own alarms. */
  async end(): Promise<void> {
    const { world } = this;
    world.nowMs = Math.max(world.nowMs, this.#latestMs);
    for (const one of world.shards) {
      one.faults = [];
      one.meanwhile.length = 0;
      one.store.failAppends(0);
    }
    world.store.failCommits(0);
    world.store.failTotals(0);
    world.sink.fail([]);
    for (const one of world.reporters) if (!one.isAcknowledged) world.repeat(one);
    await world.pass(MINUTE_MS);
    // Nobody asked: the alarms alone have brought every timing in.
    this.#checkLedger(world.coordinator.health().ledger);
    await this.check();
    this.checkRange(START - HOUR_MS, startOf(world.nowMs, MINUTE_MS) + MINUTE_MS, MINUTE_MS);
    await world.untilAsleep(400);
    world.sink.deliverLate();
    expect(world.coordinator.health().outbox).toMatchObject({ backlog: 0, lastError: null });
    this.#checkSink();
    this.#checkStreaks();
    const durable = new Map(world.store.loadShards().map((one) => [one.name, one.durable]));
    for (const { name, outcomes } of world.shards) {
      expect(outcomes.at(-1)?.row ?? 0).toBeLessThanOrEqual(durable.get(name) ?? 0);
    }
  }

  /** D1 holds every stretch of every series once, and nothing else. */
  #checkSink(): void {
    const { sink, list } = this.world;
    const found = new Map<string, object>();
    for (const row of sink.all()) {
      const key = `${row.stepMs}/${row.at}/${row.target}/${row.operation}`;
      if (found.has(key)) continue;
      const parts = sink
        .read(row)
        .filter(({ stepMs, at }) => stepMs === row.stepMs && at === row.at);
      found.set(key, sumOf(parts.map(({ aggregate }) => summaryOfAggregate(aggregate))));
    }
    const expected = new Map<string, object>();
    for (const series of list.series()) {
      for (const stepMs of [MINUTE_MS, HOUR_MS, DAY_MS]) {
        const starts = list
          .within(series, -Infinity, Infinity)
          .map(({ at }) => startOf(at, stepMs));
        for (const at of new Set(starts)) {
          const group = list.within(series, at, at + stepMs);
          expected.set(`${stepMs}/${at}/${series.target}/${series.operation}`, summaryOf(group));
        }
      }
    }
    expect(found).toEqual(expected);
  }

  #reporter(index: number) {
    const found = this.world.reporters[index];
    if (found === undefined) throw new Error(`there is no reporter ${index}`);
    return found;
  }

  #shard(index: number) {
    const found = this.world.shards[index];
    if (found === undefined) throw new Error(`there is no shard ${index}`);
    return found;
  }
}

type Summary = ReturnType<typeof summaryOf>;

function sumOf(parts: readonly Summary[]): Summary {
  const buckets = new Map<number, number>();
  for (const part of parts) {
    for (const [bucket, count] of part.buckets)
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
  }
  const total = (of: (part: Summary) => number): number =>
    parts.reduce((sum, part) => sum + of(part), 0);
  return {
    count: total(({ count }) => count),
    outcomes: [0, 1, 2, 3, 4, 5].map((code) => total(({ outcomes }) => outcomes[code] ?? 0)),
    sumUs: total(({ sumUs }) => sumUs),
    minUs: Math.min(...parts.map(({ minUs }) => minUs ?? Infinity)),
    maxUs: Math.max(...parts.map(({ maxUs }) => maxUs ?? -Infinity)),
    buckets: [...buckets].toSorted(([left], [right]) => left - right),
    measures: plainMeasures(parts.flatMap(({ measures }) => measures)),
  };
}

interface LiveBody {
  readonly tenant: string;
  readonly at: number;
  readonly coverage: { readonly missing: readonly string[] };
  readonly ledger: { readonly merged: number };
  readonly series: readonly {
    readonly target: string;
    readonly operation: string;
    readonly windows: Readonly<Record<string, WindowStats & { readonly histogram: string }>>;
  }[];
}

function checkWindow(
  window: (WindowStats & { readonly histogram: string }) | undefined,
  timingsOfWindow: readonly PlainTiming[],
): void {
  const expected = summaryOf(timingsOfWindow);
  const [ok, error, timeout, rateLimited, hit, miss] = expected.outcomes;
  expect(window).toMatchObject({
    count: expected.count,
    ok,
    error,
    timeout,
    rateLimited,
    hit,
    miss,
    minMs: expected.minUs === null ? null : expected.minUs / 1000,
    maxMs: expected.maxUs === null ? null : expected.maxUs / 1000,
    meanMs: expected.count === 0 ? null : expected.sumUs / expected.count / 1000,
  });
  expect(window?.measures).toEqual(
    Object.fromEntries(
      expected.measures.map(({ name, count, value, at }) => [
        name,
        at === 0 ? { count, sum: value, mean: value / count } : { count, last: value, lastAt: at },
      ]),
    ),
  );
  expect(bucketsIn(window?.histogram ?? "")).toEqual(expected.buckets);
  if (expected.count === 0) return;
  const hdr = hdrOf(timingsOfWindow);
  for (const [key, percentile] of [
    ["p50Ms", 50],
    ["p95Ms", 95],
    ["p99Ms", 99],
  ] as const) {
    expect(window?.[key]).toBe(hdr.getValueAtPercentile(percentile) / 1000);
  }
}

function bucketsIn(base64: string): [number, number][] {
  const decoded = decodeHdrV2Base64(base64);
  if (!decoded.ok) throw new Error(decoded.reason);
  const buckets: [number, number][] = [];
  decoded.histogram.forEach((lowest, _, count) => buckets.push([bucketIndex(lowest), count]));
  return buckets;
}

// What goes wrong here goes wrong on purpose, and is told to the console each time.
beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** What once failed, kept in its smallest form. */
const ONCE_FAILED: readonly [Step[]][] = [
  // A series of which all was ahead of the clock was let go of by the life after an eviction.
  [
    [
      { do: "pass", durationMs: 4_323_467 },
      reportOne(0, 26_533),
      { do: "check" },
      { do: "evict_coordinator" },
      { do: "collect_fails", shard: 0, faults: ["no_answer"] },
      { do: "pass", durationMs: 1 },
      { do: "evict_coordinator" },
      { do: "report", reporter: 0, timings: [] },
    ],
  ],
  // A series that had left memory while it was still in the latest snapshot had no histograms.
  [[reportOne(0), { do: "jump", durationMs: 3_570_000 }, { do: "check" }]],
  // A request from before the coordinator fell asleep made the shard forget to announce itself.
  [
    [
      { do: "report", reporter: 1, timings: [] },
      { do: "to_next_minute" },
      { do: "to_next_minute" },
      { do: "old_collect_arrives", shard: 1, age: 1 },
      { do: "pass", durationMs: 1 },
      reportOne(1),
    ],
  ],
  // A series that was let go of and came back was shown as it had been before.
  [
    [
      reportOne(0),
      { do: "to_next_minute" },
      reportOne(0, -1),
      { do: "jump", durationMs: 3_710_000 },
      { do: "report", reporter: 0, timings: [...planOne(0), ...planOne(-5_001)] },
      reportOne(0, -1),
      { do: "check" },
    ],
  ],
  // A series was let go of by a checkpoint between its merge and the moving of its windows.
  [[reportOne(0), { do: "checkpoint_fails" }, { do: "jump", durationMs: 390_001 }]],
];

function planOne(aheadMs: number): TimingPlan[] {
  return [{ operation: "events", aheadMs, durationUs: 20_000, outcome: 0, measures: {} }];
}

function reportOne(sender: number, aheadMs = 0): Step {
  return { do: "report", reporter: sender, timings: planOne(aheadMs) };
}

async function holds(name: string, steps: fc.WeightedArbitrary<Step>[], numRuns: number) {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(...steps), { minLength: 5, maxLength: 60 }),
      async (actions) => {
        const run = new Run();
        for (const action of actions) await run.do(action);
        await run.end();
      },
    ),
    {
      seed: seedOf(name, process.env["SEED"]),
      numRuns: Number(process.env["RUNS"] ?? numRuns),
      examples: [...ONCE_FAILED],
    },
  );
}

test("whatever happens, every accepted timing is live, in history and in D1 exactly once", async () => {
  await holds("promises", STEPS, 300);
});

test("the same while the clock goes back, too", async () => {
  await holds("promises, clock back", [...STEPS, BACK], 100);
});
