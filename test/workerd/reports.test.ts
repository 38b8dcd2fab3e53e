import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { D1Archive } from "../../durable-objects/storage/d1-archive.ts";
import { SqliteAlertStore } from "../../durable-objects/storage/sqlite-alert-store.ts";
import { D1Rollups } from "../../durable-objects/storage/d1-rollups.ts";
import type { Handler } from "../../src/api/context.ts";
import { Problem, problemResponse } from "../../src/api/problem.ts";
import { getReportDaily } from "../../src/api/routes/get-report-daily.ts";
import { getReportWeekly } from "../../src/api/routes/get-report-weekly.ts";
import { StoredReportSource } from "../../src/api/stored-report-source.ts";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { encodeSlotList } from "../../src/merge/slot-list.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import type { StepMs, StoredSlot } from "../../src/merge/tenant-store.ts";
import {
  addDays,
  dateOfDay,
  formatDate,
  formatWeek,
  isoWeekOf,
} from "../../src/reports/local-date.ts";
import type { PeriodReport } from "../../src/reports/report.ts";
import { endedAlert, storedAlert } from "../support/stored-alert.ts";
import { coordinatorOf, moveClock, stopClock, take } from "./api.ts";

const TENANT = "acme";

/** São Paulo, where the configuration says that the tenants are, is three hours behind UTC. */
const BEHIND_MS = 3 * HOUR_MS;

/** 10:20 there, some days from now. */
const NOW = startOf(Date.now(), DAY_MS) + 3 * DAY_MS + 13 * HOUR_MS + 20 * MINUTE_MS;
const TODAY = dateOfDay(startOf(NOW, DAY_MS) / DAY_MS);
const YESTERDAY = addDays(TODAY, -1);
/** When today began there. */
const MIDNIGHT = startOf(NOW, DAY_MS) + BEHIND_MS;

interface Stored {
  readonly at: number;
  readonly stepMs?: StepMs;
  readonly target?: string;
  readonly operation?: string;
  readonly durationMs: number;
  readonly count: number;
}

function slot({
  at,
  stepMs = HOUR_MS,
  target = "meta",
  operation = "*",
  ...timing
}: Stored): StoredSlot {
  const builder = new AggregateBuilder();
  builder.record(timing.durationMs * 1000, 0, timing.count);
  const body = encodeSlotList(new Map([[at, builder.finish()]]));
  return { stepMs, at, target, operation, part: 0, body };
}

function store(tenant: string, rows: readonly Stored[]): Promise<void> {
  return new D1Rollups(env.DB, tenant).write(rows.map(slot));
}

/** As the router answers, for somebody who may read. */
async function ask(
  handle: Handler,
  query: string,
  accept?: string,
  tenant = TENANT,
): Promise<Response> {
  const url = new URL(`http://tachograph.test/v1/reports?${query}`);
  const headers = accept === undefined ? {} : { Accept: accept };
  const who = { tenant, scopes: ["read"], plan: "unlimited", subprotocol: null } as const;
  const request = new Request(url, { headers }) as unknown as Parameters<Handler>[0];
  try {
    return await handle(request, { env, url, who } as unknown as Parameters<Handler>[1]);
  } catch (cause) {
    if (cause instanceof Problem) return problemResponse(cause);
    throw cause;
  }
}

async function report(handle: Handler, query: string, tenant = TENANT): Promise<PeriodReport> {
  const response = await ask(handle, query, undefined, tenant);
  if (response.status !== 200) throw new Error(await response.text());
  return response.json<PeriodReport>();
}

async function storeAlert(id: string, firedAt: number, resolvedAt: number | null, body?: string) {
  const alert = { ...storedAlert(id), rule: "error-rate-high", severity: "HIGH" };
  const text = body ?? JSON.stringify({ ...alert, firedAt, resolvedAt, more: 1 });
  await env.DB.prepare(
    `INSERT INTO alerts (tenant, id, rule, target, operation, severity, state, fired_at, resolved_at,
       version, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`,
  )
    .bind(TENANT, id, alert.rule, "meta", "*", "HIGH", "firing", firedAt, resolvedAt, text)
    .run();
}

beforeAll(async () => {
  stopClock(NOW);
  await store(TENANT, [
    // Yesterday there: its first and its last hour, 95 calls of 100 ms and 5 of 400.
    { at: MIDNIGHT - DAY_MS, durationMs: 100, count: 94 },
    { at: MIDNIGHT - HOUR_MS, durationMs: 400, count: 6 },
    // The hours on both sides of it, which share days of UTC with it.
    { at: MIDNIGHT - DAY_MS - HOUR_MS, durationMs: 9, count: 50 },
    { at: MIDNIGHT, durationMs: 9, count: 1000 },
    // Before all of that.
    { at: MIDNIGHT - 3 * DAY_MS, durationMs: 9, count: 1 },
    { at: MIDNIGHT - DAY_MS, target: "d1", operation: "*", durationMs: 600, count: 2 },
    { at: MIDNIGHT - DAY_MS, target: "d1", operation: "select", durationMs: 600, count: 2 },
  ]);
  await storeAlert("yesterday", MIDNIGHT - 5 * HOUR_MS, MIDNIGHT - 4 * HOUR_MS);
  await storeAlert("since the day before", MIDNIGHT - 30 * HOUR_MS, null);
  await storeAlert("over before", MIDNIGHT - 50 * HOUR_MS, MIDNIGHT - 40 * HOUR_MS);
  await storeAlert("today", MIDNIGHT + 1, null);
  await storeAlert("not to be read", MIDNIGHT - HOUR_MS, null, `{"id":`);
});
afterAll(() => vi.useRealTimers());

describe("a daily report", () => {
  test("covers the hours of the local day and no others", async () => {
    const daily = await report(getReportDaily, `date=${formatDate(YESTERDAY)}`);
    expect(daily).toMatchObject({
      id: `daily:${formatDate(YESTERDAY)}`,
      tenant: TENANT,
      from: MIDNIGHT - DAY_MS,
      to: MIDNIGHT,
      isOver: true,
      coverage: { from: MIDNIGHT - DAY_MS, to: MIDNIGHT, hours: 24, hoursWithData: 2 },
      targets: [
        {
          target: "meta",
          count: 100,
          hoursWithData: 2,
          latency: { meanMs: 118, maxMs: 400, grade: { grade: "ACCEPTABLE" } },
          throughput: { ratio: 2, grade: { grade: "SURGE" } },
        },
        { target: "d1", kind: "d1" },
      ],
      d1: { slowest: [{ operation: "select", count: 2, meanMs: 600 }] },
    });
    expect(daily.targets[0]?.latency?.p50Ms).toBeCloseTo(100, 0);
    expect(daily.targets[0]?.latency?.p95Ms).toBeCloseTo(400, 0);
  });

  test("is yesterday's by default", async () => {
    const daily = await report(getReportDaily, "");
    expect(daily.label).toBe(formatDate(YESTERDAY));
  });

  test("has the alerts that fired in it, and says how many could not be read", async () => {
    const { alerts } = await report(getReportDaily, "");
    expect(alerts).toMatchObject({
      fired: 1,
      open: 1,
      byRule: [{ rule: "error-rate-high", severity: "HIGH", fired: 1, open: 1 }],
      longest: { id: "since the day before", durationMs: 30 * HOUR_MS, isOpen: true },
      leftOut: 1,
    });
  });

  test("of today has what the coordinator has not yet carried to D1", async () => {
    const before = await report(getReportDaily, `date=${formatDate(TODAY)}`);
    expect(before).toMatchObject({ isOver: false, coverage: { hours: 11 } });
    // What the coordinator knows is at most a second old.
    const at = moveClock(2_000);
    await take(TENANT, [
      { target: "meta", durationMs: 20, at },
      { target: "newcomer", durationMs: 20, at },
    ]);
    const after = await report(getReportDaily, `date=${formatDate(TODAY)}`);
    expect(after.targets).toMatchObject([
      { target: "meta", count: 1001 },
      { target: "newcomer", count: 1 },
      { target: "d1", count: null },
    ]);
  });

  test("has alerts that the coordinator has not yet carried to D1, as they are now", async () => {
    const other = "outage";
    const alert = storedAlert("queued", { firedAt: MIDNIGHT + 5, rule: "latency-high" });
    const ended = { ...endedAlert("both"), firedAt: MIDNIGHT + 6, resolvedAt: MIDNIGHT + 106 };
    const open = { ...storedAlert("both"), firedAt: MIDNIGHT + 6 };
    await new D1Archive(env.DB, other).write([
      { record: { kind: "alert", alert: open }, version: 1 },
    ]);
    await runInDurableObject(coordinatorOf(other), (_, { storage }) => {
      const records = [alert, ended].map((one) => ({ kind: "alert" as const, alert: one }));
      new SqliteAlertStore(storage).commit({ records });
    });
    const daily = await report(getReportDaily, `date=${formatDate(TODAY)}`, other);
    expect(daily.alerts).toMatchObject({ fired: 2, open: 1, leftOut: 0 });
    expect(daily.alerts.byRule).toMatchObject([
      { rule: "api-latency-critical", open: 0, longestMs: 100 },
      { rule: "latency-high", open: 1 },
    ]);
  });

  test("of a day of which nothing is kept says so", async () => {
    const old = await report(getReportDaily, "date=1970-01-01");
    expect(old).toMatchObject({ status: "UNKNOWN", score: null });
    expect(old.targets).toEqual([]);
  });

  test("is of one tenant", async () => {
    expect((await report(getReportDaily, "", "globex")).targets).toEqual([]);
  });
});

test("a weekly report covers Monday to Sunday, last week's by default", async () => {
  const monday = MIDNIGHT - ((((MIDNIGHT - BEHIND_MS) / DAY_MS + 3) % 7) + 7) * DAY_MS;
  await store("globex", [
    { at: monday - HOUR_MS, durationMs: 5, count: 30 },
    { at: monday, durationMs: 5, count: 10 },
    // What lies within a day of UTC is in its hours as well.
    { at: monday + 30 * HOUR_MS, durationMs: 5, count: 20 },
    { at: startOf(monday + 30 * HOUR_MS, DAY_MS), stepMs: DAY_MS, durationMs: 5, count: 20 },
    { at: monday + 7 * DAY_MS - HOUR_MS, durationMs: 5, count: 15 },
    { at: monday + 7 * DAY_MS, durationMs: 5, count: 999 },
  ]);
  const expected = {
    id: `weekly:${formatWeek(isoWeekOf(addDays(TODAY, -7)))}`,
    from: monday,
    to: monday + 7 * DAY_MS,
    coverage: { hours: 168, hoursWithData: 3 },
    targets: [{ target: "meta", count: 45, throughput: { ratio: null } }],
  };
  expect(await report(getReportWeekly, "", "globex")).toMatchObject(expected);
  const week = formatWeek(isoWeekOf(addDays(TODAY, -7)));
  expect(await report(getReportWeekly, `week=${week}`, "globex")).toMatchObject(expected);
});

describe("the form of an answer", () => {
  test("is by Accept: JSON, Markdown or HTML", async () => {
    for (const [accept, type, start] of [
      ["*/*", "application/json", `{"id":"daily:`],
      ["text/markdown", "text/markdown", "# Daily report, "],
      ["text/html,*/*;q=0.8", "text/html", "<!doctype html>"],
    ] as const) {
      const response = await ask(getReportDaily, "", accept);
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Type")).toBe(`${type}; charset=utf-8`);
      expect(response.headers.get("Vary")).toBe("Accept");
      expect((await response.text()).startsWith(start)).toBe(true);
    }
    const none = await ask(getReportDaily, "", "image/png");
    expect(none.status).toBe(406);
    expect(await none.text()).toContain("application/json, text/markdown, text/html");
  });

  test("allows HTML nothing", async () => {
    const { headers } = await ask(getReportDaily, "", "text/html");
    expect(headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'none'; sandbox",
    );
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  test("is in the language that is asked for", async () => {
    const response = await ask(getReportDaily, "language=pt-BR", "text/markdown");
    expect(await response.text()).toMatch(/^# Relatório diário, \d\d\/\d\d\/\d{4} /);
    expect(response.headers.get("Content-Language")).toBe("pt-BR");
    expect((await ask(getReportDaily, "language=de")).status).toBe(400);
  });
});

describe("a period that there is not", () => {
  test.each([
    ["daily", "date=2026-02-30", "?date"],
    ["daily", "date=2026-11-20&date=2026-11-20", "?date"],
    ["daily", "date=9999-12-31", "?date"],
    ["weekly", "week=2025-W53", "?week"],
    ["weekly", "week=9999-W01", "?week"],
  ])("is refused by its parameter (%s?%s)", async (period, query, pointer) => {
    const response = await ask(period === "daily" ? getReportDaily : getReportWeekly, query);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ pointer }] });
  });

  test("is one that has not begun: tomorrow, not today", async () => {
    const tomorrow = await ask(getReportDaily, `date=${formatDate(addDays(TODAY, 1))}`);
    expect(tomorrow.status).toBe(400);
    expect(await tomorrow.text()).toContain("must not be in the future");
    expect((await ask(getReportDaily, `date=${formatDate(TODAY)}`)).status).toBe(200);
    const week = (days: number): string => formatWeek(isoWeekOf(addDays(TODAY, days)));
    expect((await ask(getReportWeekly, `week=${week(7)}`)).status).toBe(400);
    expect((await ask(getReportWeekly, `week=${week(0)}`)).status).toBe(200);
  });
});

test("whether there was anything before is known from any length of stretch", async () => {
  const source = new StoredReportSource(env, "evict", () => NOW);
  expect(await source.hasHistoryBefore(NOW)).toBe(false);
  await store("evict", [{ at: MIDNIGHT, durationMs: 5, count: 1 }]);
  expect(await source.hasHistoryBefore(MIDNIGHT)).toBe(false);
  expect(await source.hasHistoryBefore(MIDNIGHT + 1)).toBe(true);
  await store("outage", [{ at: MIDNIGHT - BEHIND_MS, stepMs: DAY_MS, durationMs: 5, count: 1 }]);
  expect(await new StoredReportSource(env, "outage", () => NOW).hasHistoryBefore(NOW)).toBe(true);
});
