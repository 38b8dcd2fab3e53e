import fc from "fast-check";
import { expect, test } from "vitest";
import type { LimitRule } from "../../../src/limits/limit-rule.ts";
import { MAX_CAPACITY, MAX_REFILL_PER_MINUTE } from "../../../src/limits/limit-rule.ts";
import {
  type BucketLevel,
  refill,
  setBackMs,
  UNITS_PER_PERMIT,
  unitsPerMs,
} from "../../../src/limits/token-bucket.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const YEAR_MS = 365 * 86_400_000;
const seed = seedOf("token bucket", process.env["SEED"]);

function elapsed(fromMs: number, toMs: number): number {
  return toMs - fromMs;
}

function refilled(level: BucketLevel, rule: LimitRule, nowMs: number): BucketLevel {
  return refill(level, rule, rule.capacity * UNITS_PER_PERMIT, nowMs, elapsed);
}

const anyRule = fc.record({
  capacity: fc.integer({ min: 0, max: MAX_CAPACITY }),
  refillPerMinute: fc
    .oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 1e11 }))
    .map((thousandths) => thousandths / 1_000),
});

test("many tiny steps give exactly what one big step gives", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 50 });
  fc.assert(
    fc.property(anyRule, steps, (rule, lengths) => {
      const empty = { units: 0, refilledAt: NOW };
      let level: BucketLevel = empty;
      let nowMs = NOW;
      for (const lengthMs of lengths) {
        nowMs += lengthMs;
        level = refilled(level, rule, nowMs);
      }
      expect(level.units).toBe(refilled(empty, rule, nowMs).units);
    }),
    { seed },
  );
});

test("a thousandth of a permit a minute is one unit a millisecond, and a permit in 1,000 minutes", () => {
  const rule = { capacity: 1, refillPerMinute: 0.001 };
  expect(unitsPerMs(rule)).toBe(1);
  const level = { units: 0, refilledAt: NOW };
  expect(refilled(level, rule, NOW + 59_999_999).units).toBe(UNITS_PER_PERMIT - 1);
  expect(refilled(level, rule, NOW + 60_000_000).units).toBe(UNITS_PER_PERMIT);
});

test("the largest bucket at the fastest refill for years stays exact and full", () => {
  const rule = { capacity: MAX_CAPACITY, refillPerMinute: MAX_REFILL_PER_MINUTE };
  const full = MAX_CAPACITY * UNITS_PER_PERMIT;
  expect(Number.isSafeInteger(full)).toBe(true);
  const { units } = refilled({ units: 0, refilledAt: NOW }, rule, NOW + 30 * YEAR_MS);
  expect(units).toBe(full);
  expect(refilled({ units: 7, refilledAt: NOW }, rule, NOW + 1).units).toBe(7 + 1e11);
});

test("nothing above the room is kept, and a full bucket earns nothing for later", () => {
  const rule = { capacity: 10, refillPerMinute: 60 };
  const room = 4 * UNITS_PER_PERMIT;
  const full = refill({ units: room, refilledAt: NOW }, rule, room, NOW + 60_000, elapsed);
  expect(full).toEqual({ units: room, refilledAt: NOW + 60_000 });
  const taken = { ...full, units: 0 };
  expect(refill(taken, rule, room, NOW + 60_000, elapsed).units).toBe(0);
  expect(refill({ units: room, refilledAt: NOW }, rule, 0, NOW, elapsed).units).toBe(0);
});

test("capacity 0 and refill 0 give nothing, ever, nor credit for when there is a refill", () => {
  const empty = { units: 0, refilledAt: NOW };
  expect(refilled(empty, { capacity: 0, refillPerMinute: 600 }, NOW + YEAR_MS).units).toBe(0);
  const still = refilled(empty, { capacity: 9, refillPerMinute: 0 }, NOW + YEAR_MS);
  expect(still).toEqual({ units: 0, refilledAt: NOW + YEAR_MS });
});

test("a clock that is behind by up to a minute is waited for, and nothing is given twice", () => {
  const rule = { capacity: 100, refillPerMinute: 60 };
  const level = { units: 0, refilledAt: NOW };
  for (const behindMs of [1, 1_000, 60_000]) {
    expect(setBackMs(level, NOW - behindMs)).toBe(0);
    expect(refilled(level, rule, NOW - behindMs)).toEqual(level);
  }
  expect(refilled(level, rule, NOW + 1_000).units).toBe(UNITS_PER_PERMIT);
});

test("a clock that is behind by more than a minute was set: it is believed, without credit", () => {
  const rule = { capacity: 100, refillPerMinute: 60 };
  const level = { units: 5, refilledAt: NOW };
  const backAt = NOW - 3_600_000;
  expect(setBackMs(level, backAt)).toBe(3_600_000);
  const believed = refilled(level, rule, backAt);
  expect(believed).toEqual({ units: 5, refilledAt: backAt });
  expect(refilled(believed, rule, backAt + 1_000).units).toBe(5 + UNITS_PER_PERMIT);
});

test("a slowed refill that is not yet a whole unit is left for the next time", () => {
  const rule = { capacity: 1, refillPerMinute: 0.001 };
  const slowly = (fromMs: number, toMs: number): number => (toMs - fromMs) / 10;
  let level: BucketLevel = { units: 0, refilledAt: NOW };
  for (let ms = 1; ms <= 100; ms += 1) level = refill(level, rule, 1_000, NOW + ms, slowly);
  expect(level.units).toBe(10);
});
