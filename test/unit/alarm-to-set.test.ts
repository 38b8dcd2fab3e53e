import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ALARM_TOLERANCE_MS, alarmToSet } from "../../src/alarm-to-set.ts";
import { seedOf } from "../support/seeded.ts";

const SEED = seedOf("alarm-to-set", process.env["SEED"]);
const NOW_MS = Date.UTC(2026, 10, 20);

/** Mostly about when it matters: around now and around what is wanted. */
const offset = fc.oneof(fc.integer({ min: -100, max: 100 }), fc.integer({ min: -1e9, max: 1e9 }));
const wait = offset.map((ms) => Math.abs(ms) + 1);

const situation = fc
  .record({ wanted: wait.map((ms) => NOW_MS + ms), around: fc.boolean(), offset })
  .chain(({ wanted, around, offset: ms }) =>
    fc.record({
      wanted: fc.constant(wanted),
      current: fc.option(fc.constant((around ? wanted : NOW_MS) + ms)),
    }),
  );

test("what is set stays if it comes in time, and is set to what is wanted otherwise", () => {
  const set = (current: number | null, wanted: number): number | undefined =>
    alarmToSet(current, wanted, 1_000);
  expect(set(null, 1_500)).toBe(1_500);
  expect(set(1_500, 1_500)).toBeUndefined();
  expect(set(1_200, 1_500)).toBeUndefined();
  expect(set(1_519, 1_500)).toBeUndefined();
  expect(set(1_520, 1_500)).toBe(1_500);
  expect(set(90_000, 1_500)).toBe(1_500);
});

test("an alarm in the past, or of this very moment, counts as none", () => {
  expect(alarmToSet(999, 1_500, 1_000)).toBe(1_500);
  expect(alarmToSet(1_000, 1_500, 1_000)).toBe(1_500);
  expect(alarmToSet(1_000, 1_010, 1_000)).toBe(1_010);
  expect(alarmToSet(1_001, 1_500, 1_000)).toBeUndefined();
});

test("without anything to wake for nothing is set", () => {
  for (const current of [null, 500, 1_500]) {
    for (const wanted of [null, undefined]) {
      expect(alarmToSet(current, wanted, 1_000)).toBeUndefined();
    }
  }
});

test("the alarm is always ahead, and never later than what is wanted but for the tolerance", () => {
  fc.assert(
    fc.property(situation, ({ current, wanted }) => {
      const after = alarmToSet(current, wanted, NOW_MS) ?? current;
      expect(after).not.toBeNull();
      expect(after).toBeGreaterThan(NOW_MS);
      expect(after).toBeLessThan(wanted + ALARM_TOLERANCE_MS);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test("it is set only when it must be: what is in time stays, and what was just set", () => {
  fc.assert(
    fc.property(situation, ({ current, wanted }) => {
      const at = alarmToSet(current, wanted, NOW_MS);
      const isInTime = current !== null && current > NOW_MS && current <= wanted;
      if (isInTime) expect(at).toBeUndefined();
      if (at !== undefined) expect(alarmToSet(at, wanted, NOW_MS)).toBeUndefined();
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test("whatever the clock does, forwards or backwards, one wakes within what one waits for", () => {
  const step = fc.record({ byMs: offset, waitMs: wait });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let [nowMs, current]: [number, number | null] = [NOW_MS, null];
      for (const { byMs, waitMs } of steps) {
        nowMs += byMs;
        current = alarmToSet(current, nowMs + waitMs, nowMs) ?? current;
        expect((current ?? Infinity) - nowMs).toBeGreaterThan(0);
        expect((current ?? Infinity) - nowMs).toBeLessThan(waitMs + ALARM_TOLERANCE_MS);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});
