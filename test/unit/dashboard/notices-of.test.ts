import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isOldAge,
  minutesOff,
  noticesOf,
  secondsLate,
} from "../../../dashboard/src/frame/notices-of.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("notices", process.env["SEED"]);
const WELL = { isLive: true, isOld: false, lateSeconds: 0, clockMinutes: 0, missing: [] };

test("all is well: nothing to tell", () => {
  expect(noticesOf(WELL)).toEqual([]);
});

test("what is missing, old, or told by another clock", () => {
  const facts = { ...WELL, isOld: true, clockMinutes: -120, missing: ["meta#1"] };
  expect(noticesOf(facts)).toEqual([
    { kind: "missing", shards: ["meta#1"] },
    { kind: "old" },
    { kind: "clock", minutes: -120 },
  ]);
});

test("what is not live is not called old, too", () => {
  expect(noticesOf({ ...WELL, isLive: false, isOld: true })).toEqual([]);
});

test("a clock is told of if it is more than a minute off, in either direction", () => {
  expect([0, 60_000, -60_000, 60_001, -61_000, 7_200_000].map(minutesOff)).toEqual([
    0, 0, 0, 1, -1, 120,
  ]);
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (aheadMs) => {
      const minutes = minutesOff(aheadMs);
      expect(minutes !== 0).toBe(Math.abs(aheadMs) > 60_000);
      if (minutes !== 0) expect(Math.sign(minutes)).toBe(Math.sign(aheadMs));
    }),
    { seed },
  );
});

test("numbers are old after three seconds", () => {
  expect([0, 3_000, 3_001].map(isOldAge)).toEqual([false, false, true]);
});

test("what is late on its way is told of, live or not, and is not the server's fault", () => {
  for (const isLive of [true, false]) {
    const facts = { ...WELL, isLive, isOld: true, lateSeconds: 9 };
    expect(noticesOf(facts)).toEqual([{ kind: "late", seconds: 9 }]);
  }
  expect([0, 2_500, 2_501, 9_400].map(secondsLate)).toEqual([0, 0, 3, 9]);
});
