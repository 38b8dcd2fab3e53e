import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  exactPercentiles,
  interpolatedRank,
  nearestRank,
  PERMILLES,
  roundedRank,
  worstError,
} from "../../../../bench/query/truth.ts";
import { PagedCounts } from "../../../../src/histogram/paged-counts.ts";
import { bucketHighestUs, bucketIndex } from "../../../../src/histogram/bucket-layout.ts";

const THOUSAND = Int32Array.from({ length: 1_000 }, (_, i) => 1_000 - i);

describe("exactPercentiles of 1 to 1,000", () => {
  test("by nearest rank are the permilles themselves", () => {
    expect(exactPercentiles(THOUSAND, nearestRank)).toEqual([...PERMILLES]);
  });

  test("by straight lines lie between two values", () => {
    const values = exactPercentiles(THOUSAND, interpolatedRank);
    expect(values.map((value) => Number(value.toFixed(3)))).toEqual([
      500.5, 900.1, 950.05, 990.01, 999.001,
    ]);
  });
});

test("rules of ranks differ where a rank is no whole number", () => {
  const five = Int32Array.of(50, 10, 40, 20, 30);
  // Ranks 2.5, 4.5, 4.75, 4.95 and 4.995 of five.
  expect(exactPercentiles(five, nearestRank)).toEqual([30, 50, 50, 50, 50]);
  expect(exactPercentiles(five, roundedRank)).toEqual([30, 50, 50, 50, 50]);
  const seven = Int32Array.of(70, 50, 10, 40, 20, 30, 60);
  // 6.3 of seven is the sixth to InfluxDB, the seventh to everybody else.
  expect(exactPercentiles(seven, nearestRank)[1]).toBe(70);
  expect(exactPercentiles(seven, roundedRank)[1]).toBe(60);
});

test("the nearest rank is the one that our histograms answer with", () => {
  const durations = fc.array(fc.integer({ min: 1, max: 600_000_000 }), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(durations, (durationsUs) => {
      const counts = new PagedCounts();
      for (const us of durationsUs) counts.add(bucketIndex(us), 1);
      const exact = exactPercentiles(Int32Array.from(durationsUs), nearestRank);
      const answered = counts.valuesAtPercentiles(PERMILLES.map((permille) => permille / 10));
      expect(answered).toEqual(exact.map((us) => bucketHighestUs(bucketIndex(us))));
    }),
  );
});

describe("worstError", () => {
  test("is the largest relative difference", () => {
    expect(worstError([100, 202, 297], [100, 200, 300])).toBeCloseTo(0.01);
  });

  test("is infinite if a value is missing or no number", () => {
    expect(worstError([100], [100, 200])).toBe(Number.POSITIVE_INFINITY);
    expect(worstError([100, Number.NaN], [100, 200])).toBe(Number.POSITIVE_INFINITY);
  });
});
