import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openMetricsText } from "../../../src/export/text-exposition.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import type { ReportedTiming } from "../../support/columns.ts";
import { keyOf, type TextSample, textSamples, valueOf } from "../../support/export/text-samples.ts";
import { seedOf } from "../../support/seeded.ts";
import { TENANT, TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 23, 58, 30);

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
    expect(valueOf(page, "tachograph_build_info", { version: "1.2.3", tenant: TENANT })).toBe(1);
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

  test("does not take back what it said was refused, when the coordinator dies right after", async () => {
    const world = new TenantWorld(START);
    await scrape(world);
    // No tick comes between this and the scrape: the snapshot is fresh enough.
    world.coordinator.refuse({ too_many_targets: 9 });
    const labels = { target: "", reason: "too_many_targets" };
    expect(valueOf(await scrape(world), "tachograph_timings_rejected_total", labels)).toBe(9);
    world.evictCoordinator();
    expect(valueOf(await scrape(world), "tachograph_timings_rejected_total", labels)).toBe(9);
  });
});

type Step =
  | { readonly do: "report"; readonly reporter: number; readonly count: number }
  | { readonly do: "repeat"; readonly reporter: number }
  | { readonly do: "pass"; readonly durationMs: number }
  | { readonly do: "fault"; readonly shard: number; readonly fault: "no_answer" | "answer_lost" }
  | { readonly do: "evict_shard"; readonly shard: number }
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
  { weight: 2, arbitrary: fc.record({ do: fc.constant("evict" as const) }) },
  fc.record({ do: fc.constant("refuse" as const) }),
  fc.record({ do: fc.constant("alarm" as const) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant("scrape" as const) }) },
);

async function run(world: TenantWorld, one: Step): Promise<void> {
  const reporter = "reporter" in one ? world.reporters[one.reporter] : undefined;
  const shard = "shard" in one ? world.shards[one.shard] : undefined;
  if (one.do === "report" && reporter) world.report(reporter, timings(world.nowMs, one.count));
  else if (one.do === "repeat" && reporter) world.repeat(reporter);
  else if (one.do === "pass") await world.pass(one.durationMs);
  else if (one.do === "fault") shard?.faults.push(one.fault);
  else if (one.do === "evict_shard") shard?.evict();
  else if (one.do === "evict") world.evictCoordinator();
  else if (one.do === "refuse") world.coordinator.refuse({ too_many_targets: 2 });
  else if (one.do === "alarm") await world.alarm();
}

/** What only grows, but for what says that it began anew. */
const GROWS = /_(?:total|count|sum|bucket)$/;

/** Holds a page against what was seen before of each counter. */
function expectNoneWentDown(page: readonly TextSample[], seen: Map<string, number>): void {
  for (const { name, labels, value } of page) {
    const key = name + keyOf(labels);
    const before = seen.get(key);
    // In memory only: they have a new created time with each life.
    if (/^tachograph_(?:history_dropped|otlp_export)/.test(name)) continue;
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
      const world = new TenantWorld(START);
      const seen = new Map<string, number>();
      for (const one of steps) {
        await run(world, one);
        if (one.do === "scrape") expectNoneWentDown(await scrape(world), seen);
      }
      // When all answer again, all that was accepted is there.
      for (const shard of world.shards) shard.faults = [];
      world.nowMs += 2_000;
      const page = await scrape(world);
      expectNoneWentDown(page, seen);
      const calls = page.filter(({ name }) => name === "tachograph_calls_total");
      const accepted = world.list.timings.length;
      expect(calls.reduce((sum, { value }) => sum + value, 0)).toBe(accepted);
      const counts = page.filter(({ name }) => name === "tachograph_call_duration_seconds_count");
      expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(accepted);
    },
  );
  await fc.assert(property, { numRuns: 150, seed: seedOf("scrapes", process.env["SEED"]) });
});
