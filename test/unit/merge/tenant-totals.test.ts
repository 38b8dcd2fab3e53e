import { expect, test, vi } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { LATENCY_BOUNDS_MS } from "../../../src/grades/grade.ts";
import { CLASSIC_BOUNDS_US } from "../../../src/merge/classic-bounds.ts";
import { SeriesTotals } from "../../../src/merge/series-totals.ts";
import { encodeSlotList } from "../../../src/merge/slot-list.ts";
import { DAY_MS } from "../../../src/merge/slot-time.ts";
import { TenantTotals } from "../../../src/merge/tenant-totals.ts";
import type { StoredSlot } from "../../../src/merge/tenant-store.ts";
import { emptyLedger } from "../../../src/merge/intake-ledger.ts";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { Aggregate } from "../../../src/histogram/aggregate.ts";
import { MemoryTenantStore } from "../../support/memory-tenant-store.ts";

const T0 = Date.UTC(2026, 10, 20);
const EVENTS = { target: "meta", operation: "events" };

function gainOf(...durationsUs: number[]): Aggregate {
  const builder = new AggregateBuilder();
  for (const durationUs of durationsUs) builder.record(durationUs, 0);
  return builder.finish();
}

function dayOf(at: number, gain: Aggregate, part = 0): StoredSlot {
  return { stepMs: DAY_MS, at, ...EVENTS, part, body: encodeSlotList(new Map([[at, gain]])) };
}

/** Stores days that are in D1 already. */
function storeDays(store: MemoryTenantStore, days: readonly StoredSlot[]): void {
  const tenant = { checkpoint: 1, refused: emptyLedger() };
  store.commit({ tenant, shards: [], slots: days, outbox: [], minutes: [], firstSeen: [] });
}

function shown(totals: readonly SeriesTotals[]): object[] {
  return totals.map(({ name, createdAt, count, sumUs, classic, native }) => {
    const counted = native.counts.reduce((sum, one) => sum + one, native.zeroCount);
    return { ...name, createdAt, count, sumUs, counted, classic: [...classic] };
  });
}

test("days that leave storage stay in the totals, in every life", () => {
  const store = new MemoryTenantStore();
  const totals = new TenantTotals(store);
  totals.add(EVENTS, T0 + 5_000, gainOf(1_000, 2_000), T0 + 6_000);
  totals.store();
  storeDays(store, [
    dayOf(T0, gainOf(1_000, 2_000)),
    dayOf(T0, gainOf(0), 9),
    dayOf(T0 + DAY_MS, gainOf(70_000_000)),
  ]);
  const before = shown(new TenantTotals(store).all(() => []));
  expect(before).toMatchObject([{ ...EVENTS, createdAt: T0 + 5_000, count: 4, counted: 4 }]);
  new TenantTotals(store).forgetDays(T0 + DAY_MS);
  expect([...store.eachSlot(DAY_MS)]).toHaveLength(1);
  expect(shown(new TenantTotals(store).all(() => []))).toEqual(before);
  new TenantTotals(store).forgetDays(T0 + 2 * DAY_MS);
  expect([...store.eachSlot(DAY_MS)]).toHaveLength(0);
  expect(shown(new TenantTotals(store).all(() => []))).toEqual(before);
});

test("what is stored nowhere yet counts, and whole targets have no total of their own", () => {
  const totals = new TenantTotals(new MemoryTenantStore());
  const whole = { target: "meta", operation: "*" };
  totals.add(EVENTS, T0, gainOf(5), T0);
  totals.add(whole, T0, gainOf(5), T0);
  const unstored = [
    { name: EVENTS, gain: gainOf(5) },
    { name: whole, gain: gainOf(5) },
  ];
  expect(shown(totals.all(() => unstored))).toMatchObject([{ ...EVENTS, count: 1 }]);
  totals.add(EVENTS, T0, gainOf(6, 7), T0);
  expect(shown(totals.all(() => unstored))).toMatchObject([{ ...EVENTS, count: 3, sumUs: 18 }]);
});

test("nothing counts since a time that is to come", () => {
  const totals = new TenantTotals(new MemoryTenantStore());
  totals.add(EVENTS, T0 + 30_000, gainOf(5), T0);
  expect(totals.all(() => [{ name: EVENTS, gain: gainOf(5) }])[0]?.createdAt).toBe(T0);
});

test("what cannot be read is left out, said, and kept as it is", () => {
  const store = new MemoryTenantStore();
  const broken = { ...dayOf(T0, gainOf(1)), body: Uint8Array.of(99) };
  storeDays(store, [broken, dayOf(T0 + DAY_MS, gainOf(2))]);
  const error = vi.spyOn(console, "error").mockReturnValue();
  try {
    expect(shown(new TenantTotals(store).all(() => []))).toMatchObject([{ count: 1 }]);
    new TenantTotals(store).forgetDays(T0 + 3 * DAY_MS);
    expect(error).toHaveBeenCalledTimes(2);
    expect([...store.eachSlot(DAY_MS)]).toEqual([broken]);
    expect(shown(new TenantTotals(store).all(() => []))).toMatchObject([{ count: 1 }]);
    // Nor is what was folded before written over, if that is what is damaged.
    store.foldDays(T0 + 3 * DAY_MS, () => Uint8Array.of(99), 9);
    storeDays(store, [dayOf(T0 + DAY_MS, gainOf(2))]);
    new TenantTotals(store).forgetDays(T0 + 3 * DAY_MS);
    expect([...store.eachSlot(DAY_MS)]).toHaveLength(1);
    expect([...store.loadTotals()]).toMatchObject([{ folded: Uint8Array.of(99) }]);
  } finally {
    error.mockRestore();
  }
});

test("days are folded some at a time, and the totals are the same at any moment", () => {
  const store = new MemoryTenantStore();
  const many = Array.from({ length: 450 }, (_, i) => dayOf(T0, gainOf(i + 1), i));
  storeDays(store, many);
  const before = shown(new TenantTotals(store).all(() => []));
  const left: number[] = [];
  for (let call = 0; call < 4; call++) {
    new TenantTotals(store).forgetDays(T0 + DAY_MS + call);
    left.push([...store.eachSlot(DAY_MS)].length);
    // Without a row of its own it counts since the first day that was folded, not since 0.
    const after = shown(new TenantTotals(store).all(() => []));
    expect(after).toEqual(before.map((one) => ({ ...one, createdAt: T0 })));
  }
  expect(left).toEqual([250, 50, 0, 0]);
});

test("a total that rested goes on where it was", () => {
  const totals = new TenantTotals(new MemoryTenantStore());
  const busy = { target: "meta", operation: "lookup" };
  totals.all(() => []);
  for (const name of [EVENTS, busy]) totals.add(name, T0, gainOf(0, 1, 1_000, 2_000_000), T0);
  totals.rest();
  const before = shown(totals.all(() => []));
  totals.add(busy, T0, gainOf(7), T0);
  totals.rest();
  expect(shown(totals.all(() => []))).toMatchObject([before[0], { count: 5, counted: 5 }]);
  totals.add(EVENTS, T0, gainOf(600_000_000), T0);
  expect(shown(totals.all(() => []))).toMatchObject([
    { count: 5, counted: 5, sumUs: 602_001_001 },
    { count: 5 },
  ]);
});

test("what is exactly at a bound counts as within it, and the longest as above all", () => {
  for (const [position, boundUs] of CLASSIC_BOUNDS_US.entries()) {
    const totals = new SeriesTotals(EVENTS, T0);
    // A bucket's width above, what is beyond the bound is beyond it here, too.
    totals.add(gainOf(boundUs, Math.ceil(boundUs * 1.001) + 1));
    expect(totals.classic[position], `${boundUs} µs`).toBe(1);
    expect(totals.classic[position + 1], `above ${boundUs} µs`).toBe(1);
  }
});

test("every latency at which a grade ends, or a default rule begins, is a bound", () => {
  const thresholds = DEFAULT_RULES.flatMap(({ measure, threshold }) =>
    measure.metric === "latency" || measure.metric === "meanLatency" ? [threshold] : [],
  );
  expect(thresholds.length).toBeGreaterThan(3);
  for (const boundMs of [...LATENCY_BOUNDS_MS, ...thresholds]) {
    expect(CLASSIC_BOUNDS_US).toContain(boundMs * 1_000);
  }
});
