import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limitRule } from "../../../src/config.ts";
import { openMetricsText } from "../../../src/export/text-exposition.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import type { ChannelHealth } from "../../../src/wire/dispatcher-rpc.ts";
import type { ReportedTiming } from "../../support/columns.ts";
import { keyOf, type TextSample, textSamples, valueOf } from "../../support/export/text-samples.ts";
import { DiskFull, MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";
import { seedOf } from "../../support/seeded.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 23, 58, 30);

/** So small that most of what is asked for is denied. */
const LIMIT = { capacity: 20, refillPerMinute: 30 };

const CHANNEL: ChannelHealth = {
  channel: "ops",
  type: "webhook",
  state: "failing",
  queued: 3,
  delivered: 4,
  dead: 5,
  dropped: 6,
  superseded: 0,
  refused: 0,
  oldestQueuedAt: null,
  lastDeliveredAt: null,
  lastError: "503",
};

const META = { target: "meta", kind: "platform", operation: "events" };

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

async function scrape(world: TenantWorld): Promise<TextSample[]> {
  const families = await world.coordinator.metrics({ schema: 8 }, "1.2.3");
  const page = [...openMetricsText(families)].join("");
  world.arm();
  return textSamples(page);
}

function timings(nowMs: number, count: number, operation = "events"): ReportedTiming[] {
  return Array.from({ length: count }, (_, i) => ({
    operation,
    at: nowMs,
    durationUs: 1_000 + i,
    outcome: i % OUTCOMES.length,
  }));
}

function reporterOf(world: TenantWorld, name: string): TenantWorld["reporters"][number] {
  const reporter = world.reporters.find((one) => one.name === name);
  if (reporter === undefined) throw new Error(`no ${name}`);
  return reporter;
}

describe("a scrape", () => {
  test("counts everything that was accepted, and says of what tenant and version", async () => {
    const world = new TenantWorld(START);
    world.report(reporterOf(world, "edge-a"), timings(START, 12));
    world.report(reporterOf(world, "edge-b"), timings(START, 5));
    const page = await scrape(world);
    expect(valueOf(page, "tachograph_call_duration_seconds_count", META)).toBe(17);
    expect(valueOf(page, "tachograph_timings_merged_total", { target: "meta" })).toBe(17);
    expect(valueOf(page, "tachograph_build_info", { version: "1.2.3" })).toBe(1);
    expect(valueOf(page, "tachograph_snapshot_timestamp_seconds")).toBe(START / 1_000);
  });

  test("does not count as watching", async () => {
    const world = new TenantWorld(START);
    world.report(reporterOf(world, "edge-a"), timings(START, 1));
    await scrape(world);
    expect(world.coordinator.isWatched).toBe(false);
    const page = await scrape(world);
    expect(valueOf(page, "tachograph_tick_interval_seconds")).toBe(10);
  });

  test("takes a snapshot that is older than a second anew, and else the one that is there", async () => {
    const world = new TenantWorld(START);
    await scrape(world);
    world.nowMs += 900;
    expect(valueOf(await scrape(world), "tachograph_staleness_seconds")).toBe(0.9);
    world.nowMs += 200;
    expect(valueOf(await scrape(world), "tachograph_staleness_seconds")).toBe(0);
  });

  test("after a restart leaves a target out until all of its shards have told all", async () => {
    const world = new TenantWorld(START);
    world.report(reporterOf(world, "edge-a"), timings(START, 12));
    world.report(reporterOf(world, "edge-b"), timings(START, 5));
    world.report(reporterOf(world, "edge-d"), timings(START, 3));
    await scrape(world);
    world.evictCoordinator();
    world.shards[1]?.faults.push("no_answer");
    const page = await scrape(world);
    const counted = page.filter(
      ({ name, labels }) => labels["target"] === "meta" && /_(?:total|count|sum)$/.test(name),
    );
    expect(counted).toEqual([]);
    expect(valueOf(page, "tachograph_timings_merged_total", { target: "google" })).toBe(3);
    expect(valueOf(page, "tachograph_shard_up", { target: "meta", shard: "1" })).toBe(0);
    world.nowMs += 2_000;
    const later = await scrape(world);
    expect(valueOf(later, "tachograph_call_duration_seconds_count", META)).toBe(17);
  });

  test("leaves nothing out because a target gets another shard", async () => {
    const world = new TenantWorld(START);
    world.report(reporterOf(world, "edge-a"), timings(START, 12));
    await scrape(world);
    // It announces itself, and no tick comes between this and the scrape.
    world.report(reporterOf(world, "edge-b"), timings(START, 5));
    const page = await scrape(world);
    expect(valueOf(page, "tachograph_call_duration_seconds_count", META)).toBe(12);
  });

  test("does not take back what it said was refused, when the coordinator dies right after", async () => {
    const world = new TenantWorld(START);
    await scrape(world);
    // No tick comes between this and the scrape: the snapshot is fresh enough.
    world.coordinator.refuse({ too_many_targets: 9 });
    const labels = { reason: "too_many_targets" };
    expect(valueOf(await scrape(world), "tachograph_timings_rejected_total", labels)).toBe(9);
    world.evictCoordinator();
    expect(valueOf(await scrape(world), "tachograph_timings_rejected_total", labels)).toBe(9);
  });

  test("does not show what is refused while the page is read, for it is not stored", async () => {
    const world = new TenantWorld(START);
    world.coordinator.refuse({ too_many_targets: 9 });
    const families = await world.coordinator.metrics({ schema: 8 }, "1.2.3");
    world.coordinator.refuse({ too_many_targets: 1 });
    const page = textSamples([...openMetricsText(families)].join(""));
    expect(valueOf(page, "tachograph_timings_offered_total")).toBe(9);
    const labels = { reason: "too_many_targets" };
    expect(valueOf(page, "tachograph_timings_rejected_total", labels)).toBe(9);
  });

  test("counts what was offered of all targets, and not while one has not told all", async () => {
    const world = new TenantWorld(START);
    world.report(reporterOf(world, "edge-a"), timings(START, 12));
    world.report(reporterOf(world, "edge-d"), timings(START, 3));
    world.coordinator.refuse({ bad_time: 2 });
    expect(valueOf(await scrape(world), "tachograph_timings_offered_total")).toBe(17);
    world.evictCoordinator();
    world.shards[2]?.faults.push("no_answer");
    const page = await scrape(world);
    expect(page.filter(({ name }) => /timings_(?:offered|rejected)/.test(name))).toEqual([]);
    world.nowMs += 2_000;
    expect(valueOf(await scrape(world), "tachograph_timings_offered_total")).toBe(17);
  });

  test("says since when books count: since the first shard announced itself, whatever restarts", async () => {
    const world = new TenantWorld(START);
    const created = async (name: string, labels = {}): Promise<number | undefined> =>
      valueOf(await scrape(world), `tachograph_timings_${name}_created`, labels);
    const meta = { target: "meta" };
    expect(await created("offered")).toBe(START / 1_000);
    world.nowMs += 70_000;
    const announcedAt = world.nowMs;
    world.report(reporterOf(world, "edge-a"), timings(world.nowMs - 60_000, 1));
    expect(await created("accepted", meta)).toBe(announcedAt / 1_000);
    // A clock that went back, and another shard.
    world.nowMs -= 30_000;
    world.report(reporterOf(world, "edge-b"), timings(world.nowMs, 1));
    expect(await created("accepted", meta)).toBe(announcedAt / 1_000);
    world.nowMs += 90_000;
    world.evictCoordinator();
    expect(await created("accepted", meta)).toBe(announcedAt / 1_000);
    expect(await created("offered")).toBe(START / 1_000);
  });
});

describe("a scrape of who tells people", () => {
  const TOLD = { channels: { ops: { type: "webhook" } } } as const;

  async function found(world: TenantWorld, name: string, labels = {}): Promise<number | undefined> {
    return valueOf(await scrape(world), `tachograph_${name}`, labels);
  }

  test("has nothing where nobody is told, and nothing that nobody said yet", async () => {
    const quiet = new TenantWorld(START);
    await quiet.alarm();
    expect(await found(quiet, "dispatcher_up")).toBeUndefined();
    expect(await found(quiet, "notifications_waiting")).toBeUndefined();
    const world = new TenantWorld(START, TOLD);
    expect(await found(world, "dispatcher_up")).toBeUndefined();
    expect(await found(world, "notifications_waiting")).toBe(0);
    expect(await found(world, "alerts_overflow_total")).toBe(0);
  });

  test("has what the dispatcher says with a hand-over, and whether it can be had", async () => {
    const world = new TenantWorld(START, TOLD);
    world.dispatcher.health = { channels: [CHANNEL] };
    world.report(reporterOf(world, "edge-a"), timings(START, 1));
    await world.alarm();
    const labels = { channel: "ops" };
    expect(await found(world, "dispatcher_up")).toBe(1);
    expect(await found(world, "dispatcher_told_timestamp_seconds")).toBe(START / 1_000);
    expect(await found(world, "channel_up", labels)).toBe(0);
    expect(await found(world, "notifications_queued", labels)).toBe(3);
    expect(await found(world, "notifications_dead_total", labels)).toBe(5);
    world.dispatcher.failures = ["before"];
    world.nowMs += 40_000;
    await world.alarm();
    expect(await found(world, "dispatcher_up")).toBe(0);
    // What it said stays, with the time of it.
    expect(await found(world, "notifications_queued", labels)).toBe(3);
    expect(await found(world, "dispatcher_told_timestamp_seconds")).toBe(START / 1_000);
    world.nowMs += 40_000;
    await world.alarm();
    expect(await found(world, "dispatcher_up")).toBe(1);
    world.dispatcher.health = { lastError: "the disk is full" };
    world.nowMs += 40_000;
    world.report(reporterOf(world, "edge-a"), timings(world.nowMs, 1));
    await world.alarm();
    expect(await found(world, "dispatcher_up")).toBe(0);
  });
});

type Step =
  | { readonly do: "report"; readonly reporter: number; readonly count: number }
  | { readonly do: "repeat"; readonly reporter: number }
  | { readonly do: "pass"; readonly durationMs: number }
  | { readonly do: "fault"; readonly shard: number; readonly fault: "no_answer" | "answer_lost" }
  | { readonly do: "evict_shard"; readonly shard: number }
  | { readonly do: "permits"; readonly bucket: number; readonly takes: number }
  | { readonly do: "full_disk"; readonly bucket: number }
  | { readonly do: "evict" | "refuse" | "alarm" | "scrape" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("report" as const),
      reporter: fc.nat({ max: 3 }),
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  fc.record({ do: fc.constant("repeat" as const), reporter: fc.nat({ max: 3 }) }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      durationMs: fc.oneof(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 60_000, max: 200_000 }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      shard: fc.nat({ max: 2 }),
      fault: fc.constantFrom("no_answer" as const, "answer_lost" as const),
    }),
  },
  fc.record({ do: fc.constant("evict_shard" as const), shard: fc.nat({ max: 2 }) }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("permits" as const),
      bucket: fc.nat({ max: 1 }),
      takes: fc.integer({ min: 1, max: 40 }),
    }),
  },
  fc.record({ do: fc.constant("full_disk" as const), bucket: fc.nat({ max: 1 }) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("evict" as const) }) },
  fc.record({ do: fc.constant("refuse" as const) }),
  fc.record({ do: fc.constant("alarm" as const) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant("scrape" as const) }) },
);

/** The bucket of a shard's target: what is in its storage, and what it knows while it is awake. */
class Bucket {
  readonly store = new MemoryLimitStore();
  readonly #shard: TenantWorld["shards"][number];
  readonly #world: TenantWorld;
  #limiter: Limiter | undefined;

  constructor(world: TenantWorld, shard: TenantWorld["shards"][number]) {
    this.#world = world;
    this.#shard = shard;
    shard.tellLimit = () => {
      try {
        return this.#awake().told(world.nowMs);
      } catch (cause) {
        // As its object does.
        if (cause instanceof DiskFull) return undefined;
        throw cause;
      }
    };
  }

  take(takes: number): void {
    const { nowMs } = this.#world;
    if (this.#shard.mustAnnounce) this.#announce();
    try {
      for (let i = 0; i < takes; i++) this.#awake().take({ permits: 1 + (i % 3) }, nowMs);
    } catch (cause) {
      if (!(cause instanceof DiskFull)) throw cause;
    }
  }

  evict(): void {
    this.#limiter = undefined;
  }

  #announce(): void {
    this.#world.coordinator.announce(this.#shard.name, 0);
    this.#world.arm();
    this.#shard.mustAnnounce = false;
  }

  #awake(): Limiter {
    this.#limiter ??= new Limiter({
      target: this.#shard.target,
      store: this.store,
      configured: limitRule(this.#world.config, this.#shard.target),
      times: this.#world.config.leases,
      nowMs: this.#world.nowMs,
    });
    return this.#limiter;
  }
}

/** Of the shards that keep one: the first of each target. */
function bucketsOf(world: TenantWorld): readonly Bucket[] {
  return world.shards
    .filter(({ name }) => name.endsWith("#0"))
    .map((shard) => new Bucket(world, shard));
}

async function run(world: TenantWorld, buckets: readonly Bucket[], one: Step): Promise<void> {
  const bucket = "bucket" in one ? buckets[one.bucket] : undefined;
  const reporter = "reporter" in one ? world.reporters[one.reporter] : undefined;
  const shard = "shard" in one ? world.shards[one.shard] : undefined;
  if (one.do === "report" && reporter) world.report(reporter, timings(world.nowMs, one.count));
  else if (one.do === "repeat" && reporter) world.repeat(reporter);
  else if (one.do === "pass") await world.pass(one.durationMs);
  else if (one.do === "fault") shard?.faults.push(one.fault);
  else if (one.do === "evict_shard") {
    shard?.evict();
    if (shard?.name.endsWith("#0") === true) buckets[one.shard === 0 ? 0 : 1]?.evict();
  } else if (one.do === "permits") bucket?.take(one.takes);
  else if (one.do === "full_disk") bucket?.store.failSaves(1);
  else if (one.do === "evict") world.evictCoordinator();
  else if (one.do === "refuse") world.coordinator.refuse({ too_many_targets: 2 });
  else if (one.do === "alarm") await world.alarm();
}

/** What is counted in memory only: it has a new created time with each life. */
const SINCE_THE_START =
  /^tachograph_(?:history_dropped|otlp_export|alerts_overflow|archive_lost_records)/;

/** What only grows, but for what says that it began anew. */
const GROWS = /_(?:total|count|sum|bucket)$/;

/** Holds a page against what was seen before of each counter. */
function expectNoneWentDown(page: readonly TextSample[], seen: Map<string, number>): void {
  for (const { name, labels, value } of page) {
    const key = name + keyOf(labels);
    const before = seen.get(key);
    if (SINCE_THE_START.test(name)) continue;
    if (name.endsWith("_created")) {
      if (before !== undefined) expect(value, key).toBe(before);
    } else if (GROWS.test(name)) expect(value, key).toBeGreaterThanOrEqual(before ?? 0);
    else continue;
    seen.set(key, value);
  }
}

test("no counter goes down and nothing begins anew, whatever restarts or does not answer", async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 5, maxLength: 60 }),
    async (steps) => {
      const world = new TenantWorld(START, {
        targets: { meta: { limit: LIMIT }, google: { limit: LIMIT } },
      });
      const buckets = bucketsOf(world);
      const seen = new Map<string, number>();
      for (const one of steps) {
        await run(world, buckets, one);
        if (one.do === "scrape") expectNoneWentDown(await scrape(world), seen);
      }
      // When all answer again, all that was accepted is there.
      for (const shard of world.shards) shard.faults = [];
      world.nowMs += 2_000;
      const page = await scrape(world);
      expectNoneWentDown(page, seen);
      const calls = page.filter(({ name }) => name === "tachograph_calls_total");
      const accepted = world.list.timings.length;
      const offered = page.find(({ name }) => name === "tachograph_timings_offered_total");
      const refused = page.find(({ labels }) => labels["reason"] === "too_many_targets");
      const offeredToShards = world.offered + world.duplicates;
      expect(offered?.value).toBeGreaterThanOrEqual(accepted + (refused?.value ?? 0));
      expect(offered?.value).toBeLessThanOrEqual(offeredToShards + (refused?.value ?? 0));
      expect(calls.reduce((sum, { value }) => sum + value, 0)).toBe(accepted);
      const counts = page.filter(({ name }) => name === "tachograph_call_duration_seconds_count");
      expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(accepted);
    },
  );
  await fc.assert(property, { numRuns: 150, seed: seedOf("scrapes", process.env["SEED"]) });
});
