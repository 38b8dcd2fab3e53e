import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heatRange, outside } from "../../../dashboard/src/charts/heat-range.ts";
import type { ClassCounts } from "../../../dashboard/src/live/latency-classes.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("heat range", process.env["SEED"]);

function column(first: number, counts: readonly number[]): ClassCounts {
  return { first, counts, total: counts.reduce((sum, count) => sum + count, 0) };
}

const anyColumn = fc
  .tuple(fc.nat(60), fc.array(fc.oneof(fc.constant(0), fc.nat(2_000)), { maxLength: 70 }))
  .map(([first, counts]) => column(first, counts));

describe("heatRange", () => {
  it("holds all but a few timings, and none is lost beside it", () => {
    fc.assert(
      fc.property(fc.array(anyColumn, { maxLength: 8 }), (columns) => {
        const total = columns.reduce((sum, one) => sum + one.total, 0);
        const range = heatRange(columns);
        if (range === undefined) {
          expect(total).toBe(0);
          return;
        }
        expect(range.first).toBeLessThan(range.end);
        let [below, above, inside] = [0, 0, 0];
        for (const one of columns) {
          const beside = outside(one, range);
          below += beside.below;
          above += beside.above;
          for (const [offset, count] of one.counts.entries()) {
            const index = one.first + offset;
            if (index >= range.first && index < range.end) inside += count;
          }
        }
        expect(below + inside + above).toBe(total);
        expect(below).toBeLessThanOrEqual(total * 0.002);
        expect(above).toBeLessThanOrEqual(total * 0.002);
      }),
      { seed },
    );
  });

  it("leaves out what is far out on its own, and nothing that is near", () => {
    const usual = column(40, [300, 900, 300]);
    expect(heatRange([usual, column(2, [1])])).toEqual({ first: 40, end: 43 });
    expect(heatRange([usual, column(90, [1])])).toEqual({ first: 40, end: 43 });
    expect(heatRange([usual, column(30, [1])])).toEqual({ first: 30, end: 43 });
    expect(heatRange([usual, column(2, [40])])).toEqual({ first: 2, end: 43 });
    const range = { first: 40, end: 43 };
    expect(heatRange([usual, column(43, [1]), column(90, [1])])).toEqual(range);
    expect(outside(column(43, [1]), range)).toEqual({ below: 0, above: 1 });
    expect(outside(column(39, [2, 5]), range)).toEqual({ below: 2, above: 0 });
  });
});
