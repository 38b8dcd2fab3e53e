import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coarserRange } from "../../../dashboard/src/history/coarser-range.ts";
import { historyRange, RANGE_NAMES } from "../../../dashboard/src/range.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("coarser ranges", process.env["SEED"]);

describe("coarserRange", () => {
  it("covers the range in whole longer steps, and no step more", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RANGE_NAMES),
        fc.integer({ min: 1e12, max: 2e12 }),
        (name, nowMs) => {
          for (
            let range = historyRange(name, nowMs), next = coarserRange(range);
            next !== undefined;
            range = next, next = coarserRange(range)
          ) {
            expect(next.stepMs).toBeGreaterThan(range.stepMs);
            expect(next.from % next.stepMs).toBe(0);
            expect(next.to % next.stepMs).toBe(0);
            expect(next.from).toBeLessThanOrEqual(range.from);
            expect(next.to).toBeGreaterThanOrEqual(range.to);
            expect(range.from - next.from).toBeLessThan(next.stepMs);
            expect(next.to - range.to).toBeLessThan(next.stepMs);
          }
        },
      ),
      { seed },
    );
  });

  it("ends with days", () => {
    const days = historyRange("90d", Date.UTC(2026, 4, 4, 12));
    expect(days.step).toBe("1d");
    expect(coarserRange(days)).toBeUndefined();
  });
});
