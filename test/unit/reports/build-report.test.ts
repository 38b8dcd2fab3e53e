import { describe, expect, test } from "vitest";
import { addDays } from "../../../src/reports/local-date.ts";
import { renderReport } from "../../../src/reports/render-report.ts";
import { MAX_OPERATIONS, MAX_TARGETS } from "../../../src/reports/report-input.ts";
import { MemoryReportSource } from "../../support/memory-report-source.ts";
import { busyDay, dailySlot, DAY, reportOf, TIMETABLE } from "../../support/report-world.ts";

const HOUR_MS = 3_600_000;
const { from, to, before } = { ...dailySlot().range, before: dailySlot().before };

function oneTarget(...timings: MemoryReportSource["timings"]): MemoryReportSource {
  const source = new MemoryReportSource();
  source.existsSince = before.from - 1;
  source.timings.push(...timings);
  return source;
}

describe("the report of a busy day", () => {
  test("has each target's day as it was", async () => {
    const { targets } = await reportOf(busyDay());
    expect(targets.map(({ target }) => target)).toEqual([
      "google",
      "meta",
      "worker",
      "d1",
      "cache",
    ]);
    const [google, meta, worker] = targets;
    // 940 of 1000 took 40 ms, the others 150; the histogram is exact to 0.1 %.
    expect(worker?.latency?.p50Ms).toBeCloseTo(40, 1);
    expect(worker?.latency?.p95Ms).toBeCloseTo(150, 1);
    expect(worker).toMatchObject({
      count: 1000,
      perMinute: 1000 / 1440,
      hoursWithData: 2,
      latency: { meanMs: 46.6, maxMs: 150, grade: { grade: "GOOD" } },
      errors: { failed: 0, rate: 0, grade: { grade: "EXCELLENT" }, beforeRate: 0 },
      throughput: { beforePerMinute: 800 / 1440, ratio: 1.25, grade: { grade: "INCREASING" } },
      rateLimited: 0,
    });
    expect(meta).toMatchObject({
      count: 200,
      latency: { grade: { grade: "DEGRADED" } },
      errors: { failed: 24, rate: 0.12, grade: { grade: "CRITICAL" } },
      throughput: { ratio: 2, grade: { grade: "SURGE" } },
      rateLimited: 10,
    });
    expect(google).toMatchObject({
      count: null,
      perMinute: null,
      latency: null,
      errors: null,
      throughput: { ratio: null, grade: { grade: "UNKNOWN" } },
      rateLimited: null,
    });
  });

  test("has its databases, caches, alerts and limits", async () => {
    const { d1, cache, alerts, limits } = await reportOf(busyDay());
    expect(d1).toEqual({
      grade: { grade: "WARNING", color: "yellow", score: 8 },
      meanWaitMs: null,
      sizeBytes: null,
      slowest: [
        { target: "d1", operation: "select_leads", count: 3, meanMs: 620, maxMs: 620 },
        { target: "d1", operation: "insert_event", count: 97, meanMs: 8, maxMs: 8 },
      ],
      operations: 2,
    });
    expect(cache?.rows).toMatchObject([
      { operation: "*", hits: 95, misses: 5, hitRate: 0.95, grade: { grade: "EXCELLENT" } },
      { operation: "l1", hits: 90, misses: 10, hitRate: 0.9, grade: null },
      { operation: "l2", hits: 5, misses: 5, hitRate: 0.5, grade: null },
    ]);
    expect(alerts).toMatchObject({
      fired: 2,
      open: 1,
      openCritical: 0,
      byRule: [
        { rule: "error-rate-critical", fired: 2, open: 0, longestMs: 35 * 60_000 },
        { rule: "platform-latency", fired: 0, open: 1, longestMs: 26 * HOUR_MS },
      ],
      longest: { id: "a3", durationMs: 26 * HOUR_MS, isOpen: true },
    });
    expect(limits).toEqual({
      rateLimited: 10,
      targets: [{ target: "meta", rateLimited: 10, rate: 0.05 }],
    });
  });

  test("scores the mean of the pillars, each the mean of the targets that count for it", async () => {
    const { pillars, score, status, coverage } = await reportOf(busyDay());
    // Latency: meta 4, worker 8. Errors: 2 and three times 10. Throughput: the worker's alone.
    expect(pillars).toEqual({ latency: 6, errors: 8, throughput: 8, d1: 8, cache: 10 });
    expect(score).toBeCloseTo(8, 10);
    expect(status).toBe("HEALTHY");
    expect(coverage).toEqual({ from, to, hours: 24, hoursWithData: 4 });
  });

  test("is no better than WARNING while a CRITICAL alert fires, until it has ended", async () => {
    const source = busyDay();
    const critical = source.alerts[0];
    if (critical === undefined) throw new Error("no alert");
    source.alerts[0] = { ...critical, resolvedAt: to + 1 };
    expect(await reportOf(source)).toMatchObject({
      status: "WARNING",
      alerts: { open: 2, openCritical: 1, longest: { id: "a3" } },
    });
    source.alerts[0] = { ...critical, resolvedAt: to - 1 };
    expect(await reportOf(source)).toMatchObject({ status: "HEALTHY" });
  });
});

test("a database is graded by its waits and its size, too", async () => {
  const query = { target: "d1", operation: "select", at: from, durationMs: 20 };
  const { d1 } = await reportOf(
    oneTarget(
      { ...query, count: 3, measures: { waitMs: 100, sizeBytes: 700_000_000 } },
      { ...query, at: from + HOUR_MS, measures: { waitMs: 104, sizeBytes: 400_000_000 } },
      { ...query, target: "d1.orders", measures: { sizeBytes: 100_000_001 } },
    ),
  );
  // 1 for a mean wait of 101 ms, 2 for 500,000,001 bytes at the end.
  expect(d1?.grade).toEqual({ grade: "WARNING", color: "yellow", score: 7 });
});

test("a queue has its latency, and no grade of it: what waits there waits by design", async () => {
  const message = { target: "queue", at: from, durationMs: 5_000 };
  const report = await reportOf(
    oneTarget(
      { ...message, operation: "wait", count: 10 },
      { ...message, operation: "process", count: 9 },
      { ...message, operation: "process", outcome: "error" },
    ),
  );
  expect(report.targets).toMatchObject([
    {
      target: "queue",
      latency: { meanMs: 5_000, maxMs: 5_000, grade: null },
      errors: { grade: { grade: "DEGRADED" } },
    },
  ]);
  const { markdown } = renderReport(report, { language: "en", dashboardUrl: null });
  expect(markdown).toMatch(/^\| `queue` .*\| 5,00\d ms \| 5 % \*\*DEGRADED\*\* \|$/m);
});

test("without data nothing is a number, and nothing is graded", async () => {
  const report = await reportOf(new MemoryReportSource());
  expect(report).toMatchObject({
    status: "UNKNOWN",
    score: null,
    pillars: { latency: null, errors: null, throughput: null, d1: null, cache: null },
    targets: [],
    d1: null,
    cache: null,
    alerts: { fired: 0, open: 0, byRule: [], longest: null },
    limits: { rateLimited: null, targets: [] },
    coverage: { hours: 24, hoursWithData: 0 },
  });
});

test("a weekly report is held against the week before", async () => {
  const slot = TIMETABLE.weekly({ year: 2026, week: 47 });
  const source = new MemoryReportSource();
  source.existsSince = slot.before.from - 1;
  const timing = { target: "meta", durationMs: 10 };
  source.timings.push(
    { ...timing, at: slot.range.from, count: 30 },
    { ...timing, at: slot.range.to - 1, count: 30 },
    { ...timing, at: slot.range.to, count: 999 },
    { ...timing, at: slot.before.from, count: 80 },
    { ...timing, at: slot.before.from - 1, count: 999 },
  );
  expect(await reportOf(source, slot)).toMatchObject({
    id: "weekly:2026-W47",
    firstDay: "2026-11-16",
    lastDay: "2026-11-22",
    coverage: { hours: 168, hoursWithData: 2 },
    targets: [{ count: 60, throughput: { ratio: 0.75, grade: { grade: "DECREASING" } } }],
  });
});

test("there is no trend against a time in which nothing was recorded yet", async () => {
  const source = oneTarget(
    { target: "meta", at: from, durationMs: 5, count: 100 },
    { target: "meta", at: before.to - HOUR_MS, durationMs: 5, count: 10 },
  );
  source.existsSince = before.to - HOUR_MS;
  const report = await reportOf(source);
  expect(report.targets[0]?.throughput).toMatchObject({ ratio: null });
  expect(report.pillars.throughput).toBeNull();
});

test("a trend is of means, so a day of 23 hours is not a quieter one", async () => {
  const day = { year: 2018, month: 11, day: 4 };
  const slot = dailySlot(day);
  const source = new MemoryReportSource();
  source.existsSince = slot.before.from - 1;
  source.timings.push(
    { target: "meta", at: slot.range.from, durationMs: 5, count: 23 * 60 },
    { target: "meta", at: slot.before.from, durationMs: 5, count: 24 * 60 },
  );
  const report = await reportOf(source, slot);
  expect(report.targets[0]).toMatchObject({ perMinute: 1, throughput: { ratio: 1 } });
  expect(report.coverage.hours).toBe(23);
});

test("a period that lasts is told so far", async () => {
  const source = oneTarget({ target: "meta", at: from, durationMs: 5 });
  const report = await reportOf(source, dailySlot(), from + 90 * 60_000);
  expect(report).toMatchObject({ isOver: false, coverage: { hours: 2, hoursWithData: 1 } });
  const over = await reportOf(source, dailySlot(), to);
  expect(over).toMatchObject({ isOver: true, coverage: { hours: 24 } });
});

test("an alert counts where it began, and stays while it fires", async () => {
  const source = oneTarget();
  const alert = { rule: "r", target: "meta", operation: "*", severity: "LOW" } as const;
  source.alerts.push(
    { ...alert, id: "ended when the day began", firedAt: from - 5, resolvedAt: from },
    { ...alert, id: "first moment", firedAt: from, resolvedAt: from },
    { ...alert, id: "last moment", firedAt: to - 1, resolvedAt: to },
  );
  expect((await reportOf(source)).alerts).toMatchObject({
    fired: 2,
    open: 1,
    byRule: [{ fired: 2, open: 1, longestMs: 1 }],
  });
  // The day after, of which the second one ended at the first moment.
  expect((await reportOf(source, dailySlot(addDays(DAY, 1)))).alerts.fired).toBe(0);
});

test("what is too much is left out, and said", async () => {
  const source = oneTarget();
  for (let index = 0; index < MAX_TARGETS + 3; index++) {
    source.timings.push({ target: `t${1000 + index}`, at: from, durationMs: 5 });
  }
  for (let index = 0; index < MAX_OPERATIONS + 2; index++) {
    source.timings.push({ target: "d1", operation: `q${index}`, at: from, durationMs: index });
  }
  source.leftOut = 7;
  const report = await reportOf(source);
  expect(report.leftOut).toEqual({ targets: 4, operations: 2 });
  expect(report.targets).toHaveLength(MAX_TARGETS);
  expect(report.d1?.slowest).toHaveLength(10);
  expect(report.alerts.leftOut).toBe(7);
  expect(source.reads).toBe(2 * MAX_TARGETS + MAX_OPERATIONS);
});

test("the layers of a cache are read before all else, and all of them or none", async () => {
  const source = oneTarget();
  const caches = Array.from({ length: 22 }, (_, index) => `cache.${100 + index}`);
  for (const target of caches) {
    const lookup = { target, at: from, durationMs: 1 };
    source.timings.push(
      { ...lookup, operation: "l1", outcome: "hit", count: 80 },
      { ...lookup, operation: "l1", outcome: "miss", count: 20 },
      { ...lookup, operation: "l2", outcome: "hit", count: 10 },
      { ...lookup, operation: "l2", outcome: "miss", count: 10 },
      { ...lookup, operation: "l3", outcome: "miss", count: 10 },
    );
  }
  source.timings.push(
    { target: "cache", operation: "get", at: from, durationMs: 1, outcome: "hit" },
    { target: "d1", operation: "select", at: from, durationMs: 5 },
    { target: "d1", operation: "update", at: from, durationMs: 5 },
  );
  // Of 64, 21 caches take 63, and one is left for the rest by name.
  const { cache, d1, leftOut } = await reportOf(source);
  expect(leftOut).toEqual({ targets: 0, operations: 3 + 2 });
  expect(cache).toMatchObject({ lookups: 2_100, hitRate: 0.9 });
  expect(cache?.rows.filter(({ isCounted }) => !isCounted)).toMatchObject([
    { target: "cache", operation: "*" },
    { target: "cache", operation: "get" },
    { target: "cache.121", operation: "*" },
  ]);
  expect(d1).toBeNull();
});

test("many queries do not keep the layers of a cache from being read", async () => {
  const lookup = { target: "kv", at: from, durationMs: 1, count: 50 };
  const source = oneTarget(
    { ...lookup, operation: "l1", outcome: "hit" },
    { ...lookup, operation: "l1", outcome: "miss" },
    { ...lookup, operation: "l2", outcome: "hit" },
  );
  for (let index = 0; index < MAX_OPERATIONS; index++) {
    source.timings.push({ target: "d1", operation: `q${index}`, at: from, durationMs: 5 });
  }
  const { cache, d1, leftOut } = await reportOf(source);
  expect(cache).toMatchObject({ lookups: 100, hitRate: 1 });
  expect(d1?.operations).toBe(MAX_OPERATIONS - 2);
  expect(leftOut.operations).toBe(2);
});
