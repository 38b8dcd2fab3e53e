import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forEachBucket } from "../../../src/otlp/for-each-bucket.ts";
import {
  durationsABucket,
  MAX_DURATIONS_A_BUCKET,
  spreadBuckets,
} from "../../../src/otlp/spread-buckets.ts";
import type { BucketedHistogram } from "../../../src/wire/running-total.ts";
import { MAX_DURATION_US } from "../../../src/wire/timing-columns.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("spread buckets", process.env["SEED"]);

interface Placed {
  readonly durationUs: number;
  readonly count: number;
}

function placed(
  histogram: BucketedHistogram,
  mostABucket: number = MAX_DURATIONS_A_BUCKET,
): Placed[] {
  const all: Placed[] = [];
  const record = (durationUs: number, count: number) => all.push({ durationUs, count });
  spreadBuckets(histogram, record, mostABucket);
  return all;
}

function explicit(
  boundsUs: readonly number[],
  counts: readonly number[],
  known: Partial<Pick<BucketedHistogram, "sumUs" | "minUs" | "maxUs">> = {},
): BucketedHistogram {
  const count = counts.reduce((sum, one) => sum + one, 0);
  const buckets = { kind: "explicit" as const, boundsUs, counts };
  return { count, sumUs: null, minUs: null, maxUs: null, ...known, buckets };
}

const someCount = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.nat(2 ** 40) },
);

const explicitHistogram = fc
  .uniqueArray(fc.double({ min: 0, max: 900e6, noNaN: true }), { maxLength: 40 })
  .map((bounds) => bounds.toSorted((one, other) => one - other))
  .chain((bounds) =>
    fc
      .array(someCount, { minLength: bounds.length + 1, maxLength: bounds.length + 1 })
      .map((counts) => explicit(bounds, counts)),
  );

const exponentialHistogram = fc
  .record({
    scale: fc.integer({ min: -10, max: 20 }),
    unitUs: fc.constantFrom(1e6, 1e3, 1, 1e-3),
    zeroCount: someCount,
    zeroThresholdUs: fc.constantFrom(0, 0.4, 7),
    offset: fc.integer({ min: -40_000, max: 40_000 }),
    counts: fc.array(someCount, { maxLength: 200 }),
  })
  .map((buckets): BucketedHistogram => {
    const count = buckets.counts.reduce((sum, one) => sum + one, buckets.zeroCount);
    return {
      count,
      sumUs: null,
      minUs: null,
      maxUs: null,
      buckets: { kind: "exponential", ...buckets },
    };
  });

const anyHistogram = fc.oneof(explicitHistogram, exponentialHistogram);

/** A duration of each rank of a few, and the bucket of the sender that it has to be in. */
function checkWithinBuckets(histogram: BucketedHistogram): void {
  const durations = placed(histogram);
  let next = 0;
  let left = durations[0]?.count ?? 0;
  forEachBucket(histogram, (loUs, hiUs, count) => {
    for (let rest = count; rest > 0;) {
      const { durationUs } = durations[next] ?? { durationUs: Number.NaN };
      // To the nearest whole microsecond, and no further than what is kept at all.
      const least = Math.min(Math.floor(Math.max(loUs, 0)), MAX_DURATION_US);
      const most = Math.min(hiUs === Infinity ? Math.ceil(loUs) : Math.ceil(hiUs), MAX_DURATION_US);
      expect(durationUs).toBeGreaterThanOrEqual(least);
      expect(durationUs).toBeLessThanOrEqual(Math.max(most, least));
      const taken = Math.min(left, rest);
      rest -= taken;
      left -= taken;
      if (left === 0) left = durations[(next += 1)]?.count ?? 0;
    }
  });
  expect(next).toBe(durations.length);
}

describe("spreadBuckets", () => {
  it("keeps every count, in ascending whole microseconds", () => {
    const property = fc.property(anyHistogram, (histogram) => {
      const durations = placed(histogram);
      expect(durations.reduce((sum, { count }) => sum + count, 0)).toBe(histogram.count);
      for (const [i, { durationUs, count }] of durations.entries()) {
        expect(Number.isInteger(durationUs)).toBe(true);
        expect(durationUs).toBeGreaterThanOrEqual(durations[i - 1]?.durationUs ?? 0);
        expect(durationUs).toBeLessThanOrEqual(MAX_DURATION_US);
        expect(count).toBeGreaterThan(0);
      }
      expect(placed(histogram)).toEqual(durations);
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  it("leaves each timing in its bucket, so that percentiles are within the sender's width", () => {
    // An explicit histogram that ends at Infinity with everything in one bucket goes by its mean.
    const property = fc.property(
      anyHistogram.filter(({ buckets }) => buckets.counts.length > 1),
      checkWithinBuckets,
    );
    fc.assert(property, { seed, numRuns: 300 });
  });

  it("costs no more for more timings", () => {
    const property = fc.property(anyHistogram, (histogram) => {
      const counting = histogram.buckets.counts.filter((count) => count > 0).length + 1;
      expect(placed(histogram).length).toBeLessThanOrEqual(100 * counting);
    });
    fc.assert(property, { seed, numRuns: 200 });
    expect(placed(explicit([1e6], [1e9, 0])).length).toBeLessThanOrEqual(100);
    // Buckets that are narrower than ours take one duration each.
    const fine = { scale: 20, unitUs: 1e6, zeroCount: 0, zeroThresholdUs: 0, offset: 0 };
    const counts = Array.from({ length: 10_000 }, () => 1_000_000);
    const buckets = { kind: "exponential" as const, ...fine, counts };
    const known = { count: 1e10, sumUs: null, minUs: null, maxUs: null };
    expect(placed({ ...known, buckets }).length).toBeLessThan(10_100);
  });

  it("spreads evenly, and the rest evenly as well", () => {
    expect(placed(explicit([1_000, 1_004], [0, 1, 0]))).toEqual([{ durationUs: 1_003, count: 1 }]);
    expect(placed(explicit([1_000, 1_004], [0, 10, 0]))).toEqual([
      { durationUs: 1_001, count: 2 },
      { durationUs: 1_002, count: 3 },
      { durationUs: 1_003, count: 2 },
      { durationUs: 1_004, count: 3 },
    ]);
  });

  it("ends the outer buckets at minimum and maximum", () => {
    const durations = placed(
      explicit([5_000, 10_000], [500, 500, 500], { minUs: 4_000.5, maxUs: 10_500 }),
    );
    expect(durations[0]?.durationUs).toBeGreaterThanOrEqual(4_001);
    expect(durations.at(-1)?.durationUs).toBeLessThanOrEqual(10_500);
    expect(durations.at(-1)?.durationUs).toBeGreaterThan(10_450);
  });

  it("counts what is above every bound at the highest one, without a maximum", () => {
    expect(placed(explicit([10_000_000], [0, 7]))).toEqual([{ durationUs: 10_000_000, count: 7 }]);
  });

  it("counts a histogram without bounds at its mean, or from minimum to maximum", () => {
    expect(placed(explicit([], [4], { sumUs: 1_000 }))).toEqual([{ durationUs: 250, count: 4 }]);
    const durations = placed(explicit([], [2], { sumUs: 300, minUs: 100, maxUs: 200 }));
    expect(durations.map(({ durationUs }) => durationUs)).toEqual([125, 175]);
  });

  it("counts what took longer than is kept at the longest that is", () => {
    expect(placed(explicit([700e6, 800e6], [0, 3, 0]))).toEqual([
      { durationUs: MAX_DURATION_US, count: 3 },
    ]);
  });
});

describe("durationsABucket", () => {
  it("is as many as a bucket may have, fewer where there are many buckets, and never none", () => {
    const most = [0, 1, 20_000, 20_001, 40_000, 1_100_000, 4_000_000].map((buckets) =>
      durationsABucket(buckets, 2_000_000),
    );
    expect(most).toEqual([100, 100, 100, 99, 50, 1, 1]);
  });

  it("bounds what a histogram is spread over, and no timing leaves its bucket", () => {
    fc.assert(
      fc.property(anyHistogram, fc.integer({ min: 1, max: 100 }), (histogram, mostABucket) => {
        const some = placed(histogram, mostABucket);
        const all = placed(histogram);
        let buckets = 0;
        forEachBucket(histogram, () => (buckets += 1));
        expect(some.length).toBeLessThanOrEqual(buckets * mostABucket);
        const countOf = (list: readonly Placed[]) =>
          list.reduce((sum, { count }) => sum + count, 0);
        expect(countOf(some)).toBe(countOf(all));
        expect(some[0]?.durationUs ?? 0).toBeGreaterThanOrEqual(all[0]?.durationUs ?? 0);
        expect(some.at(-1)?.durationUs ?? 0).toBeLessThanOrEqual(all.at(-1)?.durationUs ?? 0);
      }),
      { seed, numRuns: 200 },
    );
  });
});
