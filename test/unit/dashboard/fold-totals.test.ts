import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldTotals } from "../../../dashboard/src/history/fold-totals.ts";
import { anyPoint, FROM, MINUTE_MS, totalsPoint } from "./support/totals.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("totals by step", process.env["SEED"]);

const STEPS = 30;
const RANGE = { from: FROM, to: FROM + STEPS * MINUTE_MS, stepMs: MINUTE_MS };

function sumOf<Item>(items: readonly Item[], amountOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + amountOf(item), 0);
}

describe("foldTotals", () => {
  it("has every step of the range once, in order, and loses and invents nothing", () => {
    fc.assert(
      fc.property(fc.array(anyPoint(STEPS), { maxLength: 40 }), (points) => {
        const steps = foldTotals(points, RANGE);
        expect(steps.map(({ at }) => at)).toEqual(
          Array.from({ length: STEPS }, (_, index) => FROM + index * MINUTE_MS),
        );
        for (const step of steps) {
          const there = points.filter(({ at }) => at === step.at);
          expect(step.count).toBe(sumOf(there, ({ count }) => count));
          expect(step.failed).toBe(sumOf(there, ({ error, timeout }) => error + timeout));
          expect(step.hit).toBe(sumOf(there, ({ hit }) => hit));
          expect(step.miss).toBe(sumOf(there, ({ miss }) => miss));
        }
      }),
      { seed },
    );
  });

  it("does not mind in which order points come, nor whether they come by target or by kind", () => {
    fc.assert(
      fc.property(fc.array(anyPoint(STEPS), { maxLength: 20 }), (points) => {
        const groups = Map.groupBy(points, ({ kind, at }) => `${kind} ${at}`);
        const byKind = [...groups.values()].map((same) =>
          totalsPoint({
            at: same[0]?.at ?? 0,
            ok: sumOf(same, ({ ok }) => ok),
            error: sumOf(same, ({ error }) => error),
            timeout: sumOf(same, ({ timeout }) => timeout),
            rateLimited: sumOf(same, ({ rateLimited }) => rateLimited),
            hit: sumOf(same, ({ hit }) => hit),
            miss: sumOf(same, ({ miss }) => miss),
          }),
        );
        expect(foldTotals(byKind, RANGE)).toEqual(foldTotals(points.toReversed(), RANGE));
      }),
      { seed },
    );
  });

  it("spreads an hour that stands in for its minutes over them, and no further", () => {
    const hour = totalsPoint({ stepMs: 3_600_000, coveredMs: 10 * MINUTE_MS, ok: 90, error: 10 });
    const steps = foldTotals([hour], RANGE);
    expect(steps.slice(0, 10).map(({ count }) => count)).toEqual(
      Array.from({ length: 10 }, () => 10),
    );
    expect(steps[10]).toMatchObject({ count: 0, failed: 0 });
    expect(sumOf(steps, ({ failed }) => failed)).toBeCloseTo(10, 9);
  });

  it("keeps all of a long point that reaches beyond the range inside of it", () => {
    const hour = totalsPoint({ stepMs: 3_600_000, coveredMs: 3_600_000, ok: 300 });
    expect(sumOf(foldTotals([hour], RANGE), ({ count }) => count)).toBeCloseTo(300, 9);
  });

  it("keeps all of a long point that begins before the range, from where the range begins", () => {
    const at = FROM - 50 * MINUTE_MS;
    const hour = totalsPoint({ at, stepMs: 3_600_000, coveredMs: 10 * MINUTE_MS, ok: 300 });
    const counts = foldTotals([hour], RANGE).map(({ count }) => count);
    expect(counts).toEqual(Array.from({ length: STEPS }, (_, index) => (index < 10 ? 30 : 0)));
  });

  it("leaves out what lies outside of the range", () => {
    const points = [FROM - MINUTE_MS, RANGE.to].map((at) => totalsPoint({ at, ok: 5 }));
    expect(foldTotals(points, RANGE).every(({ count }) => count === 0)).toBe(true);
    expect(foldTotals([totalsPoint()], { ...RANGE, to: FROM })).toEqual([]);
  });
});
