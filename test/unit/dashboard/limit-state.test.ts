import fc from "fast-check";
import { expect, test } from "vitest";
import { fillOf, limitState, worstFirst } from "../../../dashboard/src/cards/limits/limit-state.ts";
import type { LimitView } from "../../../src/stream/stream-frame.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = 1_795_000_000_000;
const seed = seedOf("limit state", process.env["SEED"]);

const COUNTERS = { granted: 0, denied: 0, returned: 0, expired: 0, waiting: 0 };
const UNREACHED = { allowedUnreached: 0, deniedUnreached: 0 };

function aLimit(part: Partial<LimitView> = {}): LimitView {
  return {
    target: "meta",
    capacity: 200,
    refillPerMinute: 10,
    available: 200,
    outstanding: 0,
    blockedUntil: null,
    blockedReason: null,
    refillRate: 1,
    ...COUNTERS,
    ...UNREACHED,
    isOverridden: false,
    ...part,
  };
}

const anyLimit = fc
  .record({
    target: fc.constantFrom("a", "b", "c", "d"),
    capacity: fc.nat(1_000),
    available: fc.nat(2_000),
    outstanding: fc.nat(2_000),
    blockedUntil: fc.option(fc.integer({ min: NOW - 10, max: NOW + 10 })),
  })
  .map((part) => aLimit(part));

test.each([
  [{}, "open"],
  [{ available: 0 }, "empty"],
  [{ refillRate: 0.5 }, "slowed"],
  [{ refillRate: 0.5, available: 0 }, "empty"],
  [{ blockedUntil: NOW + 1 }, "closed"],
  [{ blockedUntil: NOW + 1, available: 0 }, "closed"],
  // Its time is over, whether or not a tick has said so yet.
  [{ blockedUntil: NOW }, "open"],
] as const)("%j is %s", (part, state) => {
  expect(limitState(aLimit(part), NOW)).toBe(state);
});

test("what is drawn of a bucket fits into it, whatever it holds", () => {
  fc.assert(
    fc.property(anyLimit, (view) => {
      const { available, outstanding } = fillOf(view);
      expect(available).toBeGreaterThanOrEqual(0);
      expect(outstanding).toBeGreaterThanOrEqual(0);
      expect(available + outstanding).toBeLessThanOrEqual(1 + 1e-12);
    }),
    { seed },
  );
  expect(fillOf(aLimit({ available: 50, outstanding: 100 }))).toEqual({
    available: 0.25,
    outstanding: 0.5,
  });
});

test("the closed come first, then the emptiest, and none is left out", () => {
  fc.assert(
    fc.property(fc.array(anyLimit), (limits) => {
      const sorted = worstFirst(limits, NOW);
      expect(new Set(sorted)).toEqual(new Set(limits));
      expect(sorted).toHaveLength(limits.length);
      const closed = sorted.map((view) => limitState(view, NOW) === "closed");
      expect(closed).toEqual(closed.toSorted((one, other) => Number(other) - Number(one)));
      const fills = sorted
        .filter((view) => limitState(view, NOW) !== "closed")
        .map((view) => fillOf(view).available);
      for (const [index, fill] of fills.entries()) {
        // Nearly equal ones stay in the order of their names.
        expect(fill).toBeLessThan((fills[index + 1] ?? 1) + 0.05 + 1e-9);
      }
    }),
    { seed },
  );
});

test("an empty bucket comes before one that has a permit, however large", () => {
  const limits = [
    aLimit({ target: "a", capacity: 1_000_000, available: 1 }),
    aLimit({ target: "b", available: 0 }),
  ];
  expect(worstFirst(limits, NOW).map(({ target }) => target)).toEqual(["b", "a"]);
});
