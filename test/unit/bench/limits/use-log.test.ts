import fc from "fast-check";
import { expect, it } from "vitest";
import type { LimitRule } from "../../../../src/limits/limit-rule.ts";
import { UseLog } from "../../../../bench/limits/use-log.ts";

/** The most that any window from one use to another has above what it may have. */
function worstExcess(times: readonly number[], rule: LimitRule): number {
  const sorted = times.toSorted((one, other) => one - other);
  let worst = -Infinity;
  for (let first = 0; first < sorted.length; first++) {
    for (let last = first; last < sorted.length; last++) {
      const lastsMs = (sorted[last] ?? 0) - (sorted[first] ?? 0) + 1;
      const allowed = rule.capacity + (rule.refillPerMinute * lastsMs) / 60_000;
      worst = Math.max(worst, last - first + 1 - allowed);
    }
  }
  return worst;
}

it("finds the same window as a look at all of them", () => {
  const rule = fc.record({
    capacity: fc.integer({ min: 1, max: 8 }),
    refillPerMinute: fc.integer({ min: 0, max: 60_000 }),
  });
  // Close together now and then, as bursts are.
  const gaps = fc.array(fc.oneof(fc.nat(3), fc.nat(400)), { minLength: 1, maxLength: 40 });
  const property = fc.property(rule, gaps, fc.boolean(), (limit, between, isReversed) => {
    let at = 1_000_000;
    const times = between.map((gap) => (at += gap));
    const log = new UseLog();
    for (const time of isReversed ? times.toReversed() : times) log.record(time);
    const found = log.check(limit);
    expect(found.used).toBe(times.length);
    expect(found.worstExcess).toBeCloseTo(worstExcess(times, limit), 6);
    expect(found.worstUsed - found.worstAllowed).toBeCloseTo(found.worstExcess, 6);
  });
  fc.assert(property);
});
