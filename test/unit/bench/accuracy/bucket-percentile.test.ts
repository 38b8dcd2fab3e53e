import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketPercentile,
  type CountedBucket,
  exponential,
  linear,
} from "../../../../bench/accuracy/bucket-percentile.ts";

const CLASSIC: readonly CountedBucket[] = [
  { lower: 0, upper: 0.1, count: 20 },
  { lower: 0.1, upper: 0.5, count: 60 },
  { lower: 0.5, upper: 1, count: 10 },
  { lower: 1, upper: Infinity, count: 10 },
];

describe("bucketPercentile", () => {
  it("goes along a bucket by the part of its count that is missing", () => {
    // Rank 50 of 100: 30 of the 60 in (0.1, 0.5] are missing.
    expect(bucketPercentile(CLASSIC, 50, linear)).toBeCloseTo(0.3, 12);
    // Rank 85: 5 of the 10 in (0.5, 1].
    expect(bucketPercentile(CLASSIC, 85, linear)).toBeCloseTo(0.75, 12);
  });

  it("takes the lowest bucket to begin at 0", () => {
    expect(bucketPercentile(CLASSIC, 10, linear)).toBeCloseTo(0.05, 12);
  });

  it("is at the bound where a bucket is used up", () => {
    expect(bucketPercentile(CLASSIC, 20, linear)).toBe(0.1);
    expect(bucketPercentile(CLASSIC, 80, linear)).toBe(0.5);
  });

  it("is the highest bound in what is above all", () => {
    expect(bucketPercentile(CLASSIC, 99, linear)).toBe(1);
    expect(bucketPercentile(CLASSIC, 100, linear)).toBe(1);
  });

  it("halves a bucket by its logarithm if that is asked for", () => {
    const buckets = [
      { lower: 1, upper: 4, count: 10 },
      { lower: 4, upper: 16, count: 10 },
    ];
    // Rank 15 of 20 is the middle of (4, 16]: the square root of their product.
    expect(bucketPercentile(buckets, 75, exponential)).toBeCloseTo(8, 12);
    expect(bucketPercentile(buckets, 75, linear)).toBe(10);
    expect(bucketPercentile(buckets, 25, exponential)).toBeCloseTo(2, 12);
  });

  it("passes over buckets without a count", () => {
    const sparse = [
      { lower: 0, upper: 1, count: 0 },
      { lower: 1, upper: 2, count: 4 },
      { lower: 2, upper: 3, count: 0 },
      { lower: 3, upper: 4, count: 4 },
    ];
    expect(bucketPercentile(sparse, 50, linear)).toBe(2);
    expect(bucketPercentile(sparse, 75, linear)).toBe(3.5);
  });

  it("knows nothing of nothing", () => {
    expect(bucketPercentile([], 50, linear)).toBeNaN();
  });

  it("lies in the bucket of the value with that rank", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(linear, exponential),
        (counts, percentile, interpolate) => {
          fc.pre(counts.some((count) => count > 0));
          const buckets = counts.map((count, i) => ({ lower: 2 ** i, upper: 2 ** (i + 1), count }));
          const values = counts.flatMap((count, i) => Array.from({ length: count }, () => i));
          const index = values[Math.ceil((percentile * values.length) / 100) - 1] ?? Number.NaN;
          const found = bucketPercentile(buckets, percentile, interpolate);
          expect(found).toBeGreaterThanOrEqual(2 ** index);
          expect(found).toBeLessThanOrEqual(2 ** (index + 1) * (1 + 1e-12));
        },
      ),
    );
  });
});
