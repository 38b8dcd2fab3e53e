import fc from "fast-check";
import { expect, test } from "vitest";

import { UnreachedAllowance } from "../../../src/client/unreached-allowance.ts";

test("in no 60 seconds more is allowed than was said", () => {
  const steps = fc.array(
    fc.record({ afterMs: fc.nat(20_000), permits: fc.integer({ min: 1, max: 6 }) }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), steps, (perMinute, taken) => {
      const allowance = new UnreachedAllowance(perMinute);
      const uses: { at: number; permits: number }[] = [];
      let now = 1_700_000_000_000;
      for (const { afterMs, permits } of taken) {
        now += afterMs;
        if (allowance.take(permits, now)) uses.push({ at: now, permits });
        const recent = uses.filter(({ at }) => now - at < 60_000);
        expect(recent.reduce((sum, use) => sum + use.permits, 0)).toBeLessThanOrEqual(perMinute);
      }
    }),
  );
});

test("it is all there again after a minute, and also after the clock was set back", () => {
  const allowance = new UnreachedAllowance(3);
  const now = 1_700_000_000_000;
  expect([3, 1].map((permits) => allowance.take(permits, now))).toEqual([true, false]);
  expect(allowance.take(1, now + 59_999)).toBe(false);
  expect(allowance.take(3, now + 61_000)).toBe(true);
  expect(allowance.take(3, now - 3_600_000)).toBe(true);
});

test.each([0, -1, Number.NaN, 0.5])("%d a minute allows nothing", (perMinute) => {
  expect(new UnreachedAllowance(perMinute).take(1, 1_700_000_000_000)).toBe(false);
});
