import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type FirstSeen,
  MinuteCounts,
  MINUTES_KEPT_MS,
  type MinuteSum,
  type StoredMinute,
} from "../../../src/merge/minute-counts.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../../src/merge/slot-time.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("minute counts", process.env["SEED"]);
const BEGIN = Date.UTC(2026, 10, 20, 9);

const NOTHING: MinuteSum = { count: 0, failed: 0, granted: 0, denied: 0, activeMinutes: 0 };
const LENGTHS = [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS] as const;
const TARGETS = ["meta", "google"] as const;

/** What was stored, a row for each minute and target, as a database has it. */
class Disk {
  readonly #minutes = new Map<number, Uint8Array>();
  readonly #firstSeen = new Map<string, number>();

  store(counts: MinuteCounts): void {
    const { minutes, firstSeen } = counts.dirty();
    for (const { at, body } of minutes) this.#minutes.set(at, body);
    for (const { target, at } of firstSeen) this.#firstSeen.set(target, at);
    counts.markStored();
  }

  load(nowMs: number): MinuteCounts {
    const minutes: StoredMinute[] = [...this.#minutes].map(([at, body]) => ({ at, body }));
    const firstSeen: FirstSeen[] = [...this.#firstSeen].map(([target, at]) => ({ target, at }));
    return new MinuteCounts(minutes, firstSeen, nowMs);
  }
}

/**
 * The truth: what every minute of a target gained. What comes later than 25 h after the newest
 * minute that its target has come to does not count.
 */
class PlainMinutes {
  readonly #gains: { target: string; minute: number; gain: Partial<MinuteSum> }[] = [];
  readonly #newest = new Map<string, number>();
  readonly #firstSeen = new Map<string, number>();
  readonly #totals = new Map<string, { granted: number; denied: number }>();
  readonly #keptMs: number;
  nowMs: number;

  constructor(nowMs: number, keptMs: number) {
    this.nowMs = nowMs;
    this.#keptMs = keptMs;
  }

  add(target: string, at: number, gain: { count: number; failed: number }): void {
    this.#gain(target, startOf(at, MINUTE_MS), gain);
    if (gain.count > 0 && !this.#firstSeen.has(target)) this.#firstSeen.set(target, at);
  }

  noteTally(target: string, totals: { granted: number; denied: number }): void {
    const before = this.#totals.get(target);
    this.#totals.set(target, totals);
    if (before === undefined) return;
    const granted = totals.granted - before.granted;
    const denied = totals.denied - before.denied;
    if (granted < 0 || denied < 0) return;
    this.#gain(target, startOf(this.nowMs, MINUTE_MS), { granted, denied });
  }

  /** A new life knows no running totals. */
  forgetTotals(): void {
    this.#totals.clear();
  }

  sum(target: string, windowMs: number): MinuteSum {
    const end = startOf(this.nowMs, MINUTE_MS) + MINUTE_MS;
    const sum = { ...NOTHING };
    const active = new Set<number>();
    for (const one of this.#gains) {
      if (one.target !== target || one.minute >= end || one.minute < end - windowMs) continue;
      for (const field of ["count", "failed", "granted", "denied"] as const) {
        sum[field] += one.gain[field] ?? 0;
      }
      if ((one.gain.count ?? 0) > 0) active.add(one.minute);
    }
    return { ...sum, activeMinutes: active.size };
  }

  dailyMeanPerMinute(target: string): number | null {
    const firstAt = this.#firstSeen.get(target);
    const dayBegan = startOf(this.nowMs, MINUTE_MS) + MINUTE_MS - DAY_MS;
    if (firstAt === undefined || firstAt > dayBegan) return null;
    return this.sum(target, DAY_MS).count / 1_440;
  }

  /** Undefined where a minute ahead of the clock makes it a matter of taste. */
  lastTimingAt(target: string): number | null | undefined {
    const now = startOf(this.nowMs, MINUTE_MS);
    const minutes = this.#gains
      .filter((one) => one.target === target && (one.gain.count ?? 0) > 0)
      .map(({ minute }) => minute);
    const last = Math.max(-Infinity, ...minutes.filter((minute) => minute <= now));
    const isAhead = minutes.some((minute) => minute > now);
    if (isAhead && last <= now - DAY_MS) return undefined;
    return last > now - MINUTES_KEPT_MS ? Math.min(last + MINUTE_MS, this.nowMs) : null;
  }

  #gain(target: string, minute: number, gain: Partial<MinuteSum>): void {
    const now = startOf(this.nowMs, MINUTE_MS);
    const newest = Math.max(this.#newest.get(target) ?? now, now, minute);
    this.#newest.set(target, newest);
    if (minute > newest - this.#keptMs) this.#gains.push({ target, minute, gain });
  }
}

/** Counts and the truth of them, side by side. */
class Both {
  readonly #disk = new Disk();
  readonly plain: PlainMinutes;
  readonly #setbackMs: number;
  #latestMs = BEGIN;
  counts = this.#disk.load(BEGIN);

  /** @param setbackMs how far the clock may be behind the latest that it ever was. */
  constructor(keptMs = MINUTES_KEPT_MS, setbackMs = 55 * MINUTE_MS) {
    this.plain = new PlainMinutes(BEGIN, keptMs);
    this.#setbackMs = setbackMs;
  }

  run(step: Step): void {
    const { plain } = this;
    switch (step.kind) {
      case "tick":
        plain.nowMs = Math.max(plain.nowMs + step.ms, this.#latestMs - this.#setbackMs);
        this.#latestMs = Math.max(this.#latestMs, plain.nowMs);
        this.counts.advance(plain.nowMs);
        return;
      case "add": {
        const at = plain.nowMs + step.awayMs;
        const gain = { count: step.count, failed: Math.min(step.failed, step.count) };
        plain.add(step.target, at, gain);
        this.counts.add(step.target, at, gain);
        return;
      }
      case "tally": {
        const { granted, denied } = step;
        plain.noteTally(step.target, { granted, denied });
        this.counts.noteTally(step.target, { granted, denied });
        return;
      }
      case "store":
        this.#disk.store(this.counts);
        return;
      case "restore":
        this.#disk.store(this.counts);
        plain.forgetTotals();
        this.counts = this.#disk.load(plain.nowMs);
        return;
      default:
        step satisfies never;
    }
  }

  /** Compares all that can be asked. */
  check(): void {
    const { plain, counts } = this;
    for (const target of TARGETS) {
      for (const length of LENGTHS) {
        expect([length, counts.sum(target, length)]).toEqual([length, plain.sum(target, length)]);
      }
      expect(counts.dailyMeanPerMinute(target)).toBe(plain.dailyMeanPerMinute(target));
      const expected = plain.lastTimingAt(target);
      if (expected === undefined) continue;
      expect(counts.lastTimingAt(target, plain.nowMs)).toBe(expected);
    }
  }
}

type Step =
  | { readonly kind: "tick"; readonly ms: number }
  | {
      readonly kind: "add";
      readonly target: string;
      readonly awayMs: number;
      readonly count: number;
      readonly failed: number;
    }
  | {
      readonly kind: "tally";
      readonly target: string;
      readonly granted: number;
      readonly denied: number;
    }
  | { readonly kind: "store" }
  | { readonly kind: "restore" };

const target = fc.constantFrom(...TARGETS);

/** Timings come up to five minutes late, and up to half a minute ahead. */
const add = fc.record({
  kind: fc.constant("add" as const),
  target,
  awayMs: fc.oneof(fc.integer({ min: -5_000, max: 0 }), fc.integer({ min: -300_000, max: 30_000 })),
  count: fc.nat(50),
  failed: fc.nat(20),
});

const others = [
  fc.record({
    kind: fc.constant("tally" as const),
    target,
    granted: fc.nat(500),
    denied: fc.nat(100),
  }),
  fc.constant<Step>({ kind: "store" }),
  fc.constant<Step>({ kind: "restore" }),
] as const;

function stepsWith(ms: fc.Arbitrary<number>, more: readonly fc.Arbitrary<Step>[] = []) {
  const tick = fc.record({ kind: fc.constant("tick" as const), ms });
  const step = fc.oneof(
    { weight: 4, arbitrary: tick },
    { weight: 6, arbitrary: add },
    ...others,
    ...more,
  );
  return fc.array<Step>(step, { maxLength: 60 });
}

function checkAll(steps: fc.Arbitrary<Step[]>): void {
  fc.assert(
    fc.property(steps, (all) => {
      const both = new Both();
      for (const step of all) {
        both.run(step);
        both.check();
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
}

describe("counts by the minute are what a plain list of all gains says", () => {
  test("at a coordinator's pace, with sleeps of minutes to days", () => {
    const pace = fc.oneof(
      fc.integer({ min: 250, max: 10_000 }),
      fc.integer({ min: 30_000, max: 400_000 }),
      fc.integer({ min: HOUR_MS, max: 12 * HOUR_MS }),
      fc.constantFrom(DAY_MS, 25 * HOUR_MS, 26 * HOUR_MS, 3 * DAY_MS),
    );
    checkAll(stepsWith(pace));
  });

  test("with minutes that come as late as they are kept, and later", () => {
    const late = add.map((step) => ({ ...step, awayMs: Math.min(step.awayMs * 320, 30_000) }));
    checkAll(stepsWith(fc.integer({ min: 1_000, max: 4 * HOUR_MS }), [late, late]));
  });

  test("with a clock that goes back and ahead by less than an hour", () => {
    const pace = fc.oneof(
      fc.integer({ min: 250, max: 90_000 }),
      fc.integer({ min: -90_000, max: 0 }),
      fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
    );
    checkAll(stepsWith(pace));
  });
});

test("a clock that went days ahead and came back never shows minutes of another time", () => {
  const days = fc.oneof(
    fc.integer({ min: -4 * DAY_MS, max: 4 * DAY_MS }),
    // Minutes that have the same place in whatever holds a day and an hour of them.
    fc.constantFrom(MINUTES_KEPT_MS, -MINUTES_KEPT_MS),
  );
  fc.assert(
    fc.property(stepsWith(fc.oneof(days, fc.integer({ min: 0, max: HOUR_MS }))), (steps) => {
      const both = new Both(Infinity, Infinity);
      for (const step of steps) {
        both.run(step);
        for (const name of TARGETS) {
          for (const length of LENGTHS) {
            const found = both.counts.sum(name, length).count;
            expect(found).toBeLessThanOrEqual(both.plain.sum(name, length).count);
          }
        }
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
});

test("nor does it store them as such: a target that is new at the earlier time", () => {
  const both = new Both(Infinity, Infinity);
  const gain = { kind: "add", awayMs: 0, failed: 0 } as const;
  both.run({ ...gain, target: "google", count: 1 });
  both.run({ kind: "tick", ms: -MINUTES_KEPT_MS });
  both.run({ ...gain, target: "meta", count: 2 });
  both.run({ kind: "restore" });
  both.run({ kind: "tick", ms: MINUTES_KEPT_MS });
  expect(both.counts.sum("meta", MINUTE_MS)).toEqual(NOTHING);
  expect(both.counts.sum("google", MINUTE_MS)).toEqual({ ...NOTHING, count: 1, activeMinutes: 1 });
});

test("the minute in which a day is over counts, and the one before does not any more", () => {
  const counts = new MinuteCounts([], [], BEGIN);
  counts.add("meta", BEGIN, { count: 1_440, failed: 3 });
  expect(counts.dailyMeanPerMinute("meta")).toBeNull();
  counts.advance(BEGIN + DAY_MS - MINUTE_MS - 1);
  expect(counts.dailyMeanPerMinute("meta")).toBeNull();
  counts.advance(BEGIN + DAY_MS - MINUTE_MS);
  expect(counts.dailyMeanPerMinute("meta")).toBe(1);
  expect(counts.sum("meta", DAY_MS)).toEqual({
    ...NOTHING,
    count: 1_440,
    failed: 3,
    activeMinutes: 1,
  });
  counts.advance(BEGIN + DAY_MS);
  expect(counts.dailyMeanPerMinute("meta")).toBe(0);
  expect(counts.sum("meta", DAY_MS)).toEqual(NOTHING);
  expect(counts.lastTimingAt("meta", BEGIN + DAY_MS)).toBe(BEGIN + MINUTE_MS);
  counts.advance(BEGIN + MINUTES_KEPT_MS - MINUTE_MS);
  expect(counts.lastTimingAt("meta", BEGIN + MINUTES_KEPT_MS)).toBe(BEGIN + MINUTE_MS);
  counts.advance(BEGIN + MINUTES_KEPT_MS);
  expect(counts.lastTimingAt("meta", BEGIN + MINUTES_KEPT_MS)).toBeNull();
});

test("a sleep over the end of what is kept leaves nothing of it in a day's sum", () => {
  const counts = new MinuteCounts([], [], BEGIN);
  counts.add("meta", BEGIN, { count: 1, failed: 1 });
  for (const [hours, count] of [
    [22, 1],
    [25.5, 0],
    [26, 0],
  ] as const) {
    counts.advance(BEGIN + hours * HOUR_MS);
    expect(counts.sum("meta", DAY_MS)).toEqual({
      ...NOTHING,
      count,
      failed: count,
      activeMinutes: count,
    });
  }
});

test("only minutes that changed are stored, and what was stored is not stored again", () => {
  const counts = new MinuteCounts([], [], BEGIN);
  expect(counts.dirty()).toEqual({ minutes: [], firstSeen: [] });
  counts.add("meta", BEGIN + 5_000, { count: 2, failed: 1 });
  counts.add("google", BEGIN - MINUTE_MS, { count: 1, failed: 0 });
  counts.noteTally("meta", { granted: 5, denied: 1 });
  const first = counts.dirty();
  expect(new Set(first.minutes.map(({ at }) => at))).toEqual(new Set([BEGIN - MINUTE_MS, BEGIN]));
  expect(first.firstSeen).toEqual([
    { target: "meta", at: BEGIN + 5_000 },
    { target: "google", at: BEGIN - MINUTE_MS },
  ]);
  expect(counts.dirty()).toEqual(first);
  counts.markStored();
  expect(counts.dirty()).toEqual({ minutes: [], firstSeen: [] });
  counts.noteTally("meta", { granted: 5, denied: 1 });
  expect(counts.dirty().minutes).toEqual([]);
  counts.noteTally("meta", { granted: 7, denied: 1 });
  expect(counts.dirty()).toMatchObject({ minutes: [{ at: BEGIN }], firstSeen: [] });
});

test("running totals count by what they grew, and a bucket that began anew counts from there", () => {
  const counts = new MinuteCounts([], [], BEGIN);
  counts.noteTally("meta", { granted: 1_000, denied: 50 });
  expect(counts.sum("meta", MINUTE_MS)).toEqual(NOTHING);
  counts.noteTally("meta", { granted: 1_010, denied: 52 });
  counts.noteTally("meta", { granted: 3, denied: 0 });
  counts.noteTally("meta", { granted: 4, denied: 2 });
  expect(counts.sum("meta", MINUTE_MS)).toEqual({ ...NOTHING, granted: 11, denied: 4 });
});

test("a stored minute that cannot be read is refused", () => {
  const body = Uint8Array.of(1, 4, 109);
  expect(() => new MinuteCounts([{ at: BEGIN, body }], [], BEGIN)).toThrow(
    /announced at byte 2, fewer/,
  );
});

test("a permit that is asked for is activity as a timing is, and known again after a restart", () => {
  const disk = new Disk();
  const counts = new MinuteCounts([], [], BEGIN);
  expect(counts.lastActivityAt(BEGIN)).toBeNull();
  counts.add("meta", BEGIN, { count: 1, failed: 0 });
  expect(counts.lastActivityAt(BEGIN + 5_000)).toBe(BEGIN + 5_000);
  counts.noteTally("google", { granted: 5, denied: 1 });
  counts.advance(BEGIN + 10 * MINUTE_MS);
  counts.noteTally("google", { granted: 5, denied: 1 });
  expect(counts.lastActivityAt(BEGIN + 10 * MINUTE_MS)).toBe(BEGIN + MINUTE_MS);
  counts.noteTally("google", { granted: 5, denied: 2 });
  const afterIt = BEGIN + 12 * MINUTE_MS;
  counts.advance(afterIt);
  expect(counts.lastActivityAt(afterIt)).toBe(BEGIN + 11 * MINUTE_MS);
  disk.store(counts);
  expect(disk.load(afterIt).lastActivityAt(afterIt)).toBe(BEGIN + 11 * MINUTE_MS);
  counts.advance(BEGIN + 10 * MINUTE_MS + MINUTES_KEPT_MS);
  expect(counts.lastActivityAt(BEGIN + 2 * DAY_MS)).not.toBeNull();
  counts.advance(BEGIN + 11 * MINUTE_MS + MINUTES_KEPT_MS);
  expect(counts.lastActivityAt(BEGIN + 2 * DAY_MS)).toBeNull();
});
