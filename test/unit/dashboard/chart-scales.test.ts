import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logMarks, logRange } from "../../../dashboard/src/charts/log-scale.ts";
import { spread } from "../../../dashboard/src/charts/spread.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("scales of charts", process.env["SEED"]);

const anyLatency = fc.double({ min: 0.001, max: 700_000, noNaN: true });

describe("logRange", () => {
  it("holds what it is to hold, within marks that are close", () => {
    fc.assert(
      fc.property(anyLatency, anyLatency, (one, other) => {
        const [min, max] = [Math.min(one, other), Math.max(one, other)];
        const [from, to] = logRange(min, max);
        expect(from).toBeLessThan(to);
        expect(from).toBeLessThanOrEqual(min * (1 + 1e-9));
        expect(to).toBeGreaterThanOrEqual(max * (1 - 1e-9));
        expect(min / from).toBeLessThan(5.1);
        expect(to / max).toBeLessThan(5.1);
      }),
      { seed, numRuns: 500 },
    );
  });
});

it("has no range of what is no latency", () => {
  for (const [min, max] of [
    [0, 1],
    [1, Infinity],
    [Number.NaN, 1],
    [2, 1],
  ] as const) {
    expect(() => logRange(min, max)).toThrow(RangeError);
  }
});

describe("logMarks", () => {
  it("are ascending, within the range, at 1, 2 and 5, and no more than have room", () => {
    fc.assert(
      fc.property(
        anyLatency,
        anyLatency,
        fc.integer({ min: 2, max: 12 }),
        (one, other, maxCount) => {
          const [from, to] = logRange(Math.min(one, other), Math.max(one, other));
          const marks = logMarks(from, to, maxCount);
          expect(marks.length).toBeGreaterThanOrEqual(1);
          expect(marks.length).toBeLessThanOrEqual(maxCount);
          expect(marks).toEqual(marks.toSorted((left, right) => left - right));
          for (const mark of marks) {
            expect(mark.toExponential().split("e")[0]).toMatch(/^[125]$/);
            expect(mark).toBeGreaterThanOrEqual(from);
            expect(mark).toBeLessThanOrEqual(to);
          }
        },
      ),
      { seed, numRuns: 500 },
    );
  });

  it("are what people expect", () => {
    expect(logMarks(20, 2_000, 10)).toEqual([20, 50, 100, 200, 500, 1_000, 2_000]);
    expect(logMarks(20, 2_000, 4)).toEqual([100, 1_000]);
    expect(logMarks(0.001, 10, 5)).toEqual([0.001, 0.01, 0.1, 1, 10]);
  });
});

describe("spread", () => {
  it("keeps places apart, in order, and within bounds where there is room", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 250, noNaN: true }), { maxLength: 8 }),
        (any) => {
          const places = any.toSorted((left, right) => left - right);
          const moved = spread(places, 10, { from: 0, to: 200 });
          for (const [index, place] of moved.entries()) {
            expect(place).toBeGreaterThanOrEqual(-1e-6);
            expect(place).toBeLessThanOrEqual(200 + 1e-6);
            if (index > 0)
              expect(place - (moved[index - 1] ?? 0)).toBeGreaterThanOrEqual(10 - 1e-6);
          }
        },
      ),
      { seed },
    );
  });

  it("leaves alone what is far enough apart", () => {
    expect(spread([10, 50, 90], 10, { from: 0, to: 100 })).toEqual([10, 50, 90]);
  });
});
