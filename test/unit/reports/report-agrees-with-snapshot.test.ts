import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OUTCOMES } from "../../../src/outcome.ts";
import type { PillarViews } from "../../../src/pillars/pillar-views.ts";
import type { PeriodReport } from "../../../src/reports/report.ts";
import { MemoryReportSource } from "../../support/memory-report-source.ts";
import { type PillarTiming, PillarWorld } from "../../support/pillar-world.ts";
import { dailySlot, reportOf } from "../../support/report-world.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("report agrees with snapshot", process.env["SEED"]);
const RUNS = Number(process.env["RUNS"] ?? 150);

const { range } = dailySlot();
/** All timings happen in this moment: the last minute, 5 minutes, hour and day hold the same. */
const AT = range.from + 12 * 3_600_000;

interface Both {
  readonly report: PeriodReport;
  readonly pillars: PillarViews;
}

/** What a report and a snapshot make of the same timings. */
async function bothOf(timings: readonly PillarTiming[]): Promise<Both> {
  const world = new PillarWorld(AT);
  world.add(...timings);
  const source = new MemoryReportSource();
  source.timings.push(...timings.map((one) => ({ durationMs: 1, ...one, at: AT })));
  const { pillars } = world.make().snapshot;
  return { report: await reportOf(source), pillars };
}

const lookups = { target: "cache", count: 80, operation: "l1", outcome: "hit" } as const;

test("a cache of layers is graded by all its lookups, and the KV below it is not counted", async () => {
  const { report, pillars } = await bothOf([
    lookups,
    { ...lookups, operation: "l2", count: 10 },
    { ...lookups, operation: "l3", outcome: "miss", count: 10 },
    { target: "kv", operation: "get", outcome: "hit", count: 10 },
    { target: "kv", operation: "get", outcome: "miss", count: 90 },
  ]);
  expect(report.cache).toMatchObject({
    lookups: 100,
    hitRate: 0.9,
    grade: { grade: "GOOD" },
    rows: [
      { target: "cache", operation: "*", hits: 90, misses: 10, isCounted: true },
      { operation: "l1", hits: 80, misses: 20, hitRate: 0.8, grade: null },
      { operation: "l2", hits: 10, misses: 10, hitRate: 0.5, grade: null },
      { operation: "l3", hits: 0, misses: 10, hitRate: 0, grade: null },
      { target: "kv", operation: "*", grade: { grade: "CRITICAL" }, isCounted: false },
      { target: "kv", operation: "get", hits: 10, misses: 90, grade: null, isCounted: false },
    ],
  });
  expect(report.pillars.cache).toBe(8);
  expectSame({ report, pillars });
});

test("caches are one pillar by their lookups, not by the mean of their grades", async () => {
  const { report, pillars } = await bothOf([
    { ...lookups, count: 990 },
    { ...lookups, target: "cache.users", operation: "l3", outcome: "miss", count: 10 },
  ]);
  expect(report.pillars.cache).toBe(10);
  expectSame({ report, pillars });
});

const timing: fc.Arbitrary<PillarTiming> = fc.record({
  target: fc.constantFrom("worker", "meta", "d1", "d1.orders", "cache", "cache.x", "kv", "probe"),
  operation: fc.constantFrom("call", "l1", "l2", "l3", "get"),
  durationMs: fc.integer({ min: 0, max: 3_000 }),
  outcome: fc.constantFrom(...OUTCOMES),
  count: fc.integer({ min: 1, max: 50 }),
  measures: fc.oneof(
    fc.constant({}),
    fc.record({ waitMs: fc.integer({ min: 0, max: 400 }) }),
    fc.record({ sizeBytes: fc.integer({ min: 1, max: 600_000_000 }) }),
  ),
});

test("a report and a snapshot of the same timings say the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(timing, { maxLength: 20 }), async (timings) => {
      expectSame(await bothOf(timings));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

/** Throughput is left out: a report holds a day against the day before. */
function expectSame({ report, pillars }: Both): void {
  const { latency, errors, d1, cache } = pillars;
  expect(report.pillars).toMatchObject({
    latency: latency?.score ?? null,
    errors: errors?.score ?? null,
    d1: d1?.score ?? null,
    cache: cache?.score ?? null,
  });
  for (const { target, grade, p95Ms } of latency?.targets ?? []) {
    expect(targetOf(report, target).latency).toMatchObject({ grade, p95Ms });
  }
  for (const { target, grade, failed, rate } of errors?.targets ?? []) {
    expect(targetOf(report, target).errors).toMatchObject({ grade, failed, rate });
  }
  expectSameD1(report, pillars);
  expectSameCaches(report, pillars);
}

function targetOf({ targets }: PeriodReport, name: string): PeriodReport["targets"][number] {
  const found = targets.find(({ target }) => target === name);
  if (found === undefined) throw new Error(`no target ${name}`);
  return found;
}

function expectSameD1({ d1: reported }: PeriodReport, { d1 }: PillarViews): void {
  if (d1 === null) return expect(reported).toBeNull();
  const { grade, color, score, meanWaitMs, sizeBytes, operations, slowest } = d1;
  const means = slowest.map(({ target, operation, meanMs }) => ({ target, operation, meanMs }));
  expect(reported).toMatchObject({
    grade: { grade, color, score },
    meanWaitMs,
    sizeBytes,
    operations,
    slowest: means,
  });
}

function expectSameCaches({ cache: reported }: PeriodReport, { cache }: PillarViews): void {
  if (cache === null) return expect(reported).toBeNull();
  const { grade, color, score, lookups: count, hits, misses, hitRate, layers } = cache;
  expect(reported).toMatchObject({
    grade: { grade, color, score },
    lookups: count,
    hits,
    misses,
    hitRate,
    layers,
  });
  const rows = reported?.rows ?? [];
  const wholes = rows.filter(({ operation }) => operation === "*");
  expect(wholes).toHaveLength(cache.caches.length);
  for (const view of cache.caches) {
    const { target, isCounted } = view;
    const row = wholes.find((one) => one.target === target);
    expect(row).toEqual({
      target,
      operation: "*",
      hits: view.hits,
      misses: view.misses,
      hitRate: view.hitRate,
      grade: view.grade,
      isCounted,
    });
    const parts = rows.filter((one) => one.target === target && one.operation !== "*");
    if (view.layers.length === 0) continue;
    expect(parts).toEqual(
      view.layers.map(({ layer, hits: own, misses: passed, hitRate: rate }) => ({
        target,
        operation: layer,
        hits: own,
        misses: passed,
        hitRate: rate,
        grade: null,
        isCounted,
      })),
    );
  }
}
