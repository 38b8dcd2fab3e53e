import { describe, expect, it } from "vitest";
import { DISTRIBUTIONS } from "../../../../bench/lib/distributions.ts";
import {
  everySample,
  nearestRanks,
  PARTS,
  sampleOf,
  worstError,
} from "../../../../bench/accuracy/sample.ts";

describe("nearestRanks", () => {
  it("are the values with the rank that is reached", () => {
    const values = Int32Array.from({ length: 10_000 }, (_, i) => 10_000 - i);
    expect(nearestRanks(values, [50, 99, 99.9, 99.99, 100])).toEqual([
      5_000, 9_900, 9_990, 9_999, 10_000,
    ]);
    expect(nearestRanks(Int32Array.of(7, 3, 5), [33, 34, 99.99])).toEqual([3, 5, 7]);
    expect(nearestRanks(Int32Array.of(7), [0.001])).toEqual([7]);
  });
});

describe("worstError", () => {
  it("is the largest difference to either side, as a fraction of the truth", () => {
    expect(worstError([100, 240, 290], [100, 200, 300])).toBeCloseTo(0.2, 12);
    expect(worstError([80], [100])).toBeCloseTo(0.2, 12);
  });

  it("is no number if a value is missing", () => {
    expect(worstError([100], [100, 200])).toBeNaN();
  });
});

describe("samples", () => {
  it("are the same every time, and others for each distribution", () => {
    const samples = [...everySample(500)];
    expect(samples.map(({ distribution }) => distribution)).toEqual(Object.keys(DISTRIBUTIONS));
    const [first] = samples;
    expect(sampleOf(first?.distribution ?? "", 500)).toEqual(first);
    expect(new Set(samples.map(({ valuesUs }) => valuesUs.join())).size).toBe(samples.length);
  });

  it("deal every value to one process", () => {
    const { valuesUs, parts } = sampleOf("bimodal", 1_000);
    expect(parts).toHaveLength(PARTS);
    const dealt = Int32Array.from(parts.flatMap((part) => [...part]));
    expect(dealt.toSorted()).toEqual(valuesUs.toSorted());
  });

  it("are of a distribution that is known", () => {
    expect(() => sampleOf("gaussian", 1)).toThrow(RangeError);
  });
});
