import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trail } from "../../../dashboard/src/live/trail.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("trail", process.env["SEED"]);

const MAX_POINTS = 12;
const MAX_AGE_MS = 100;

type Step =
  | { readonly kind: "put"; readonly at: number; readonly value: number | null }
  | { readonly kind: "forgetAfter"; readonly at: number };

const anyAt = fc.integer({ min: 0, max: 250 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      at: anyAt,
      value: fc.option(fc.nat()),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forgetAfter" as const), at: anyAt }) },
);

describe("Trail", () => {
  it("keeps the newest points in order of time, one per time, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        const trail = new Trail(1, MAX_POINTS, MAX_AGE_MS);
        let model = new Map<number, number | null>();
        for (const step of steps) {
          if (step.kind === "put") {
            trail.put(step.at, [step.value]);
            model.set(step.at, step.value);
          } else {
            trail.forgetAfter(step.at);
            model = new Map([...model].filter(([at]) => at <= step.at));
          }
          const newest = Math.max(...model.keys());
          const kept = [...model]
            .toSorted(([left], [right]) => left - right)
            .filter(([at]) => at >= newest - MAX_AGE_MS)
            .slice(-MAX_POINTS);
          model = new Map(kept);
          expect(trail.points.at).toEqual(kept.map(([at]) => at));
          expect(trail.points.lines).toEqual([kept.map(([, value]) => value)]);
          expect(trail.newestAt).toBe(kept.at(-1)?.[0]);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  it("gives the same object until something changes", () => {
    const trail = new Trail(1, MAX_POINTS, MAX_AGE_MS);
    trail.put(1, [1]);
    const { points } = trail;
    trail.forgetAfter(1);
    expect(trail.points).toBe(points);
    trail.put(2, [2]);
    expect(trail.points).not.toBe(points);
  });

  it("refuses points that are not of its lines", () => {
    expect(() => new Trail(2, MAX_POINTS, MAX_AGE_MS).put(1, [1])).toThrow(RangeError);
    expect(() => new Trail(1, MAX_POINTS, MAX_AGE_MS).put(Number.NaN, [1])).toThrow(RangeError);
  });
});
