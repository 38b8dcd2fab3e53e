import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BucketLevel,
  type BucketRule,
  fullBucket,
  refilled,
  take,
  UNITS_PER_CALL,
} from "../../../examples/platforms/strict-bucket.ts";

const NOW = 1_795_190_000_000;

/** A bucket, full at `NOW`, that remembers what is taken. */
function bucketOf(rule: BucketRule) {
  let level = fullBucket(rule, NOW);
  return (afterMs: number) => {
    const result = take(level, rule, NOW + afterMs);
    level = result.level;
    return result.admission;
  };
}

describe("take", () => {
  it("lets a burst through, then one call whenever one has come back", () => {
    const call = bucketOf({ limitPerMinute: 60, burst: 2 });
    expect(call(0)).toEqual({
      admitted: true,
      limit: 2,
      remaining: 1,
      resetMs: 1_000,
      usedPercent: 50,
    });
    expect(call(0)).toMatchObject({ admitted: true, remaining: 0, usedPercent: 100 });
    expect(call(999)).toMatchObject({ admitted: false, resetMs: 1 });
    expect(call(1_000)).toMatchObject({ admitted: true, remaining: 0, resetMs: 1_000 });
    expect(call(1_001)).toMatchObject({ admitted: false, resetMs: 999 });
  });

  it("never begins anew with the calendar minute", () => {
    const call = bucketOf({ limitPerMinute: 1, burst: 1 });
    expect(call(0).admitted).toBe(true);
    expect(call(59_999)).toMatchObject({ admitted: false, resetMs: 1 });
    expect(call(60_000).admitted).toBe(true);
  });

  it("gives the burst once where nothing comes back", () => {
    const call = bucketOf({ limitPerMinute: 0, burst: 1 });
    expect(call(0).admitted).toBe(true);
    expect(call(1e12)).toMatchObject({ admitted: false, resetMs: 60_000, usedPercent: 100 });
  });

  it("gives nothing for time that a clock runs through a second time", () => {
    const call = bucketOf({ limitPerMinute: 60, burst: 1 });
    expect(call(0).admitted).toBe(true);
    expect(call(1_000).admitted).toBe(true);
    expect(call(-3_600_000).admitted).toBe(false);
    expect(call(1_999).admitted).toBe(false);
    expect(call(2_000).admitted).toBe(true);
  });

  it("is exactly full after years, at the highest rate", () => {
    const rule = { limitPerMinute: 10_000_000, burst: 10_000_000 };
    const level: BucketLevel = { units: 0, at: 0 };
    expect(refilled(level, rule, 59_999).units).toBe(59_999 * 10_000_000);
    expect(refilled(level, rule, 60_000).units).toBe(10_000_000 * UNITS_PER_CALL);
    expect(refilled(level, rule, NOW).units).toBe(10_000_000 * UNITS_PER_CALL);
  });

  it("honours a burst that was lowered below what it holds", () => {
    const level = fullBucket({ limitPerMinute: 60, burst: 100 }, NOW);
    const { admission } = take(level, { limitPerMinute: 60, burst: 3 }, NOW);
    expect(admission).toMatchObject({ admitted: true, limit: 3, remaining: 2 });
  });

  it("never lets more than the burst and the refill through in any stretch of time", () => {
    const rule = fc.record({
      limitPerMinute: fc.integer({ min: 0, max: 5_000 }),
      burst: fc.integer({ min: 1, max: 20 }),
    });
    const gaps = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 150 });
    fc.assert(
      fc.property(rule, gaps, (of, gapsMs) => {
        const call = bucketOf(of);
        const admittedAt: number[] = [];
        let now = 0;
        for (const gapMs of gapsMs) {
          now += gapMs;
          const { admitted } = call(now);
          if (admitted) admittedAt.push(now);
          for (const [i, from] of admittedAt.entries()) {
            const count = admittedAt.length - i;
            const most = of.burst + ((now - from) * of.limitPerMinute) / UNITS_PER_CALL;
            expect(count).toBeLessThanOrEqual(most);
          }
        }
      }),
    );
  });

  it("admits a call that comes when a refusal says, and none a millisecond before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: UNITS_PER_CALL - 1 }),
        (limitPerMinute, units) => {
          const rule = { limitPerMinute, burst: 5 };
          const level = { units, at: NOW };
          const { admission } = take(level, rule, NOW);
          expect(admission.admitted).toBe(false);
          const { resetMs } = admission;
          expect(take(level, rule, NOW + resetMs).admission.admitted).toBe(true);
          expect(take(level, rule, NOW + resetMs - 1).admission.admitted).toBe(false);
        },
      ),
    );
  });
});
