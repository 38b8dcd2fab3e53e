import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { D1Rollups } from "../../durable-objects/storage/d1-rollups.ts";
import type { CoordinatorHealth } from "../../src/coordinator/coordinator-health.ts";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { mergeMeasures, type MeasureTotals } from "../../src/histogram/measure-totals.ts";
import { decodeSlotList, encodeSlotList, sumSlots } from "../../src/merge/slot-list.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import type { StepMs, StoredSlot } from "../../src/merge/tenant-store.ts";
import { measured } from "../support/measured.ts";
import { PlainList, summaryOf, summaryOfAggregate } from "../support/plain-list.ts";
import { call, coordinatorOf, evict, history, moveClock, stopClock, take, until } from "./api.ts";

const TENANT = "outage";

beforeAll(() => {
  // The middle of a UTC day, so that no hour and no day ends by accident.
  stopClock(startOf(Date.now(), DAY_MS) + DAY_MS + 12 * HOUR_MS + 10 * MINUTE_MS);
});
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

interface DeepHealth {
  readonly status: string;
  readonly d1: {
    readonly ok: boolean;
    readonly detail: { readonly outbox: CoordinatorHealth["outbox"]; readonly reachable: boolean };
  };
  readonly coordinator: { readonly ok: boolean; readonly detail: { lastError: string | null } };
  readonly ledger: { readonly ok: boolean };
}

async function deepHealth(): Promise<{ status: number; body: DeepHealth }> {
  const response = await call("/health/deep", `${TENANT}-read`);
  return { status: response.status, body: await response.json<DeepHealth>() };
}

/** The alarm. What it carries to D1 goes on after it. */
async function alarm(): Promise<void> {
  expect(await runDurableObjectAlarm(coordinatorOf(TENANT))).toBe(true);
}

/** Sends timings of the minutes before now, and notes them. */
async function send(list: PlainList, sequence: number): Promise<void> {
  const nowMs = Date.now();
  const timings = [0, 30_000, 70_000, 140_000].map((agoMs, i) => ({
    target: "meta",
    operation: i % 2 === 0 ? "events" : "lookup",
    at: nowMs - agoMs,
    durationUs: (sequence * 100 + i) * 1_000,
    outcome: 0,
  }));
  const posted = timings.map(({ target, operation, at, durationUs }) => ({
    target,
    operation,
    at,
    durationMs: durationUs / 1_000,
  }));
  expect(await take(TENANT, posted, { reporter: "edge-1", sequence })).toMatchObject({
    accepted: timings.length,
  });
  for (const timing of timings) list.add(timing);
}

async function outbox(): Promise<CoordinatorHealth["outbox"]> {
  return (await coordinatorOf(TENANT).health()).outbox;
}

async function backlog(): Promise<number> {
  return (await outbox()).backlog;
}

test("D1 away for a while costs a backlog that shows, and afterwards every minute is there once", async () => {
  const list = new PlainList();
  await send(list, 1);
  moveClock(MINUTE_MS + 5_000);
  await alarm();
  await until("D1 has everything", async () => (await backlog()) === 0);
  expect((await deepHealth()).status).toBe(200);

  await env.DB.exec("ALTER TABLE rollups RENAME TO rollups_away");
  for (let minute = 0; minute < 6; minute++) {
    await send(list, 2 + minute);
    if (minute === 3) await evict(coordinatorOf(TENANT));
    moveClock(MINUTE_MS);
    await alarm();
    const health = await coordinatorOf(TENANT).health();
    expect(health.lastError).toBeNull();
    expect(health.ledger).toMatchObject({ pending: 0, isBalanced: true });
  }
  await until("D1 fails", async () => (await outbox()).lastError !== null);
  const away = await deepHealth();
  expect(away.status).toBe(503);
  expect(away.body).toMatchObject({
    status: "failing",
    d1: { ok: false, detail: { reachable: false } },
    coordinator: { ok: true },
    ledger: { ok: true },
  });
  expect(away.body.d1.detail.outbox.backlog).toBeGreaterThanOrEqual(6);
  expect(away.body.d1.detail.outbox.failures).toBeGreaterThan(0);

  await env.DB.exec("ALTER TABLE rollups_away RENAME TO rollups");
  for (let i = 0; i < 5 && (await backlog()) > 0; i++) {
    moveClock(MINUTE_MS + 5_000);
    await alarm();
    await until("D1 works", async () => (await outbox()).failures === 0);
  }
  expect((await deepHealth()).body).toMatchObject({
    status: "ok",
    d1: { ok: true, detail: { outbox: { backlog: 0, failures: 0, lastError: null } } },
  });
  await expectMinutes(list);
});

/** Reads D1 itself, past all of our code but the decoding of a row. */
async function expectMinutes(list: PlainList): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT target, operation, at, part, count FROM rollups WHERE tenant = ?1 AND step_ms = 60000",
  )
    .bind(TENANT)
    .all<{ target: string; operation: string; at: number; part: number; count: number }>();
  const found = results.map(
    ({ target, operation, at, part, count }) => `${target}/${operation} ${at} ${part}: ${count}`,
  );
  const expected = list.series().flatMap((series) => {
    const starts = new Set(
      list.within(series, 0, Infinity).map(({ at }) => startOf(at, MINUTE_MS)),
    );
    return [...starts].map((at) => {
      const { length } = list.within(series, at, at + MINUTE_MS);
      return `${series.target}/${series.operation} ${at} 0: ${length}`;
    });
  });
  expect(found.toSorted()).toEqual(expected.toSorted());
  const rollups = new D1Rollups(env.DB, TENANT);
  for (const series of list.series()) {
    const whole = { stepMs: MINUTE_MS as StepMs, from: 0, to: Date.now() + HOUR_MS };
    for (const { at, aggregate } of await rollups.read(series, [whole])) {
      const group = list.within(series, at, at + MINUTE_MS);
      expect(summaryOfAggregate(aggregate)).toEqual(summaryOf(group));
    }
    const [point] = await history(TENANT, { ...series, from: 1, to: whole.to, step: "all" });
    expect(point?.count).toBe(list.within(series, 0, Infinity).length);
  }
}

function slotOf(
  at: number,
  durationsUs: readonly number[],
  more: Partial<StoredSlot> = {},
  measures?: MeasureTotals,
) {
  const builder = new AggregateBuilder();
  for (const durationUs of durationsUs) builder.record(durationUs, 0);
  if (measures !== undefined) builder.addMeasures(measures);
  return {
    stepMs: MINUTE_MS as StepMs,
    at,
    target: "meta",
    operation: "events",
    part: 0,
    body: encodeSlotList(new Map([[at, builder.finish()]])),
    ...more,
  };
}

const EVERYTHING = [{ stepMs: MINUTE_MS as StepMs, from: 0, to: Number.MAX_SAFE_INTEGER }];

test("a write that is repeated changes nothing, one that is overtaken undoes nothing", async () => {
  const rollups = new D1Rollups(env.DB, "overtaken");
  const older = slotOf(0, [1_000]);
  const newer = slotOf(0, [1_000, 2_000]);
  await rollups.write([older]);
  await rollups.write([newer]);
  await rollups.write([newer]);
  await rollups.write([older]);
  const rows = await rollups.read(newer, EVERYTHING);
  expect(rows.map(({ aggregate }) => aggregate.count)).toEqual([2]);
});

test("what a late timing measured is written over what was there, and undone by nothing", async () => {
  const rollups = new D1Rollups(env.DB, "measured");
  const first = measured({ rowsRead: 3, sizeBytes: 70 }, 1, 5);
  const older = slotOf(0, [1_000], {}, first);
  const both = mergeMeasures(first, measured({ rowsRead: 4, keys: 2, sizeBytes: 90 }, 1, 8));
  const newer = slotOf(0, [1_000, 2_000], {}, both);
  const plain = slotOf(0, [1_000], { operation: "lookup" });
  const grown = slotOf(0, [1_000, 2_000], { operation: "lookup" }, first);
  const measuresOf = async (slot: StoredSlot): Promise<unknown> =>
    (await rollups.read(slot, EVERYTHING)).map(({ aggregate }) => aggregate.measures);
  await rollups.write([older, plain]);
  expect(await measuresOf(older)).toEqual([first]);
  expect(await measuresOf(plain)).toEqual([undefined]);
  await rollups.write([newer, grown]);
  await rollups.write([older, plain]);
  expect(await measuresOf(older)).toEqual([both]);
  expect(await measuresOf(plain)).toEqual([first]);
});

test("measures without timings are kept, and undone by nothing", async () => {
  const rollups = new D1Rollups(env.DB, "alone");
  const first = measured({ rowsRead: 3 }, 1, 0);
  const older = slotOf(0, [], {}, first);
  const newer = slotOf(0, [], {}, mergeMeasures(first, measured({ waitMs: 4 }, 1, 0)));
  const timed = slotOf(0, [1_000], {}, first);
  const steps: [written: StoredSlot, kept: StoredSlot][] = [
    [older, older],
    [newer, newer],
    [older, newer],
    [slotOf(0, []), newer],
    [timed, timed],
    [newer, timed],
  ];
  for (const [written, kept] of steps) {
    await rollups.write([written]);
    const rows = await rollups.read(written, EVERYTHING);
    expect(rows.map(({ aggregate }) => aggregate)).toEqual([sumSlots(decodeSlotList(kept.body))]);
  }
});

test("a minute that a newer version measured can be read, and loses nothing", async () => {
  const rollups = new D1Rollups(env.DB, "newer");
  const slot = slotOf(0, [1_000], {}, new Map([[200, { count: 1, parts: -0.5, at: 9 }]]));
  await rollups.write([slot]);
  const [row] = await rollups.read(slot, EVERYTHING);
  expect(row?.aggregate).toEqual(sumSlots(decodeSlotList(slot.body)));
});

test("a write that fails in the middle leaves nothing of itself", async () => {
  const rollups = new D1Rollups(env.DB, "half");
  const big = Array.from({ length: 3_000 }, (_, i) => i * 150_000);
  // More than one statement: each row is some ten thousand characters long.
  const rows = Array.from({ length: 300 }, (_, i) => slotOf(i * MINUTE_MS, big));
  await env.DB.exec(
    `CREATE TRIGGER no_last BEFORE INSERT ON rollups WHEN NEW.tenant = 'half' AND NEW.at = ${299 * MINUTE_MS} BEGIN SELECT RAISE(ABORT, 'no room'); END`,
  );
  await expect(rollups.write(rows)).rejects.toThrow(/no room/);
  expect(await rollups.read({ target: "meta", operation: "events" }, EVERYTHING)).toEqual([]);
  await env.DB.exec("DROP TRIGGER no_last");
  await rollups.write(rows);
  expect(await rollups.read({ target: "meta", operation: "events" }, EVERYTHING)).toHaveLength(300);
});

test("retention deletes what is old, of the series it is asked for, in bounded bites", async () => {
  const rollups = new D1Rollups(env.DB, "old");
  const others = new D1Rollups(env.DB, "old-neighbour");
  const rows = Array.from({ length: 4_500 }, (_, i) => slotOf(i * MINUTE_MS, [1_000]));
  const kept = [
    slotOf(0, [1_000], { operation: "lookup" }),
    slotOf(0, [1_000], { stepMs: HOUR_MS }),
    slotOf(0, [1_000], { part: 7, target: "google" }),
  ];
  await rollups.write([...rows, ...kept]);
  await others.write(rows.slice(0, 10));
  expect(await rollups.listSeries(MINUTE_MS)).toEqual([
    { target: "google", operation: "events" },
    { target: "meta", operation: "events" },
    { target: "meta", operation: "lookup" },
  ]);
  const before = 4_400 * MINUTE_MS;
  const series = [{ target: "meta", operation: "events" }];
  const bites: number[] = [];
  for (let bite = -1; bite !== 0;) {
    bite = await rollups.deleteBefore(MINUTE_MS, before, series);
    bites.push(bite);
  }
  expect(bites.reduce((sum, bite) => sum + bite, 0)).toBe(4_400);
  expect(Math.max(...bites)).toBeLessThanOrEqual(2_001);
  const left = await rollups.read({ target: "meta", operation: "events" }, EVERYTHING);
  expect(left.map(({ at }) => at)).toEqual(rows.slice(4_400).map(({ at }) => at));
  const count = await env.DB.prepare(
    "SELECT COUNT(*) AS rows FROM rollups WHERE tenant LIKE 'old%'",
  ).first<{ rows: number }>();
  expect(count?.rows).toBe(100 + kept.length + 10);
});

test("a history longer than a page is read completely, parts and all", async () => {
  const rollups = new D1Rollups(env.DB, "pages");
  const rows = Array.from({ length: 2_500 }, (_, i) =>
    slotOf(Math.floor(i / 2) * MINUTE_MS, [i], { part: i % 2 }),
  );
  await rollups.write(rows);
  const read = await rollups.read({ target: "meta", operation: "events" }, EVERYTHING);
  expect(read.map(({ at, part }) => [at, part])).toEqual(rows.map(({ at, part }) => [at, part]));
});
