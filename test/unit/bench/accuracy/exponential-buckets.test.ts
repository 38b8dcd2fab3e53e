import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketsOfExponential,
  type ExponentialCounts,
  mergeExponential,
} from "../../../../bench/accuracy/exponential-buckets.ts";

/** Counts of values by the definition, base^index < value ≤ base^(index + 1). */
function countsOf(values: readonly number[], scale: number): ExponentialCounts {
  const indexes = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
  const offset = Math.min(...indexes);
  const counts = Array.from({ length: Math.max(...indexes) - offset + 1 }, () => 0);
  for (const index of indexes) counts[index - offset] = (counts[index - offset] ?? 0) + 1;
  return { scale, offset, counts };
}

describe("bucketsOfExponential", () => {
  it("has powers of two as bounds at scale 0, and leaves out what is empty", () => {
    const buckets = bucketsOfExponential({ scale: 0, offset: -2, counts: [1, 0, 3] });
    expect(buckets).toEqual([
      { lower: 0.25, upper: 0.5, count: 1 },
      { lower: 1, upper: 2, count: 3 },
    ]);
  });

  it("has two buckets for each power of two at scale 1, and joins two powers at scale −1", () => {
    const [fine] = bucketsOfExponential({ scale: 1, offset: 3, counts: [1] });
    expect(fine?.lower).toBeCloseTo(2 ** 1.5, 12);
    expect(fine?.upper).toBe(4);
    expect(bucketsOfExponential({ scale: -1, offset: 1, counts: [1] })).toEqual([
      { lower: 4, upper: 16, count: 1 },
    ]);
  });
});

describe("mergeExponential", () => {
  it("joins neighbours of the finer one, below 1 as well", () => {
    // At scale 1 the indexes −3, −2, −1 and 0; at scale 0 those are −2, −1, −1 and 0.
    const fine = { scale: 1, offset: -3, counts: [1, 2, 4, 8] };
    const coarse = { scale: 0, offset: 1, counts: [16] };
    expect(mergeExponential([fine, coarse])).toEqual({
      scale: 0,
      offset: -2,
      counts: [1, 6, 8, 16],
    });
  });

  it("leaves out who has nothing, whatever its scale", () => {
    const one = { scale: 3, offset: 5, counts: [2] };
    expect(mergeExponential([{ scale: 0, offset: 0, counts: [] }, one])).toEqual(one);
    expect(mergeExponential([])).toEqual({ scale: 0, offset: 0, counts: [] });
  });

  it("is the histogram of all values at the coarsest scale", () => {
    // No powers of two: they lie on a bound, where a logarithm may fall on either side.
    const values = fc.array(
      fc.integer({ min: 1, max: 1_000_000 }).map((n) => n / 997),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    const part = fc.record({ values, scale: fc.integer({ min: -2, max: 6 }) });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const scale = Math.min(...parts.map((each) => each.scale));
        const merged = mergeExponential(parts.map((each) => countsOf(each.values, each.scale)));
        expect(merged).toEqual(
          countsOf(
            parts.flatMap((each) => each.values),
            scale,
          ),
        );
      }),
    );
  });
});
