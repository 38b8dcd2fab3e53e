import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketedHistogram } from "../../../src/otlp/bucketed-histogram.ts";
import { deltaAggregate } from "../../../src/otlp/delta-aggregate.ts";
import type { OtlpExponentialHistogram, OtlpHistogram } from "../../../src/otlp/otlp-model.ts";
import { PointFault } from "../../../src/otlp/point-fault.ts";
import type { BucketedHistogram } from "../../../src/wire/running-total.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("bucketed histogram", process.env["SEED"]);

const SECONDS = 1e6;

function explicit(given: Partial<OtlpHistogram> = {}): OtlpHistogram {
  return {
    kind: "histogram",
    count: 3,
    sum: 0.06,
    min: 0.01,
    max: 0.03,
    bounds: [0.01, 0.025],
    counts: [1, 1, 1],
    ...given,
  };
}

function exponential(given: Partial<OtlpExponentialHistogram> = {}): OtlpExponentialHistogram {
  return {
    kind: "exponentialHistogram",
    count: 3,
    sum: 7,
    min: undefined,
    max: undefined,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    offset: 0,
    counts: [1, 2],
    negativeCount: 0,
    ...given,
  };
}

function taken(result: BucketedHistogram | PointFault): BucketedHistogram {
  if (result instanceof PointFault) throw new Error(result.detail);
  return result;
}

describe("bucketedHistogram", () => {
  it("gives everything in microseconds", () => {
    expect(bucketedHistogram(explicit(), SECONDS)).toEqual({
      count: 3,
      sumUs: 60_000,
      minUs: 10_000,
      maxUs: 30_000,
      buckets: { kind: "explicit", boundsUs: [10_000, 25_000], counts: [1, 1, 1] },
    });
    expect(
      bucketedHistogram(explicit({ bounds: [10, 25], sum: 60, min: 10, max: 30 }), 1e3),
    ).toEqual(bucketedHistogram(explicit(), SECONDS));
  });

  it("takes what is a whole microsecond in the sender's unit for one", () => {
    const property = fc.property(fc.integer({ min: 1, max: 600_000_000 }), (us) => {
      const { buckets } = taken(
        bucketedHistogram(explicit({ bounds: [us / 1e6], counts: [3, 0] }), SECONDS),
      );
      expect(buckets.kind === "explicit" && buckets.boundsUs[0]).toBe(us);
    });
    fc.assert(property, { seed });
  });

  it.each<[string, OtlpHistogram | OtlpExponentialHistogram]>([
    ["a count that is no whole number", explicit({ count: Number.NaN })],
    ["a negative count", explicit({ count: -3 })],
    ["a fraction as a count", explicit({ counts: [0.5, 1.5, 1] })],
    ["a negative bucket", explicit({ counts: [-1, 3, 1] })],
    ["counts that do not add up", explicit({ count: 4 })],
    ["a bucket too few", explicit({ counts: [1, 2] })],
    ["a bucket too many", explicit({ counts: [1, 1, 1, 0] })],
    ["bounds without counts", explicit({ counts: [] })],
    ["bounds that do not ascend", explicit({ bounds: [0.025, 0.01] })],
    ["bounds that are equal", explicit({ bounds: [0.01, 0.01] })],
    ["a bound that is no number", explicit({ bounds: [0.01, Number.NaN] })],
    ["an infinite bound", explicit({ bounds: [0.01, Infinity] })],
    ["durations below 0", explicit({ bounds: [-1, 0.01], min: undefined })],
    ["a sum that is no number", explicit({ sum: Number.NaN })],
    ["an infinite maximum", explicit({ max: Infinity })],
    ["a negative minimum", explicit({ min: -0.01 })],
    ["a minimum above the maximum", explicit({ min: 0.04 })],
    ["a scale beyond the data model", exponential({ scale: 21 })],
    ["a scale that is no number", exponential({ scale: Number.NaN })],
    ["negative values", exponential({ count: 4, negativeCount: 1 })],
    ["negative values that are not in its count", exponential({ negativeCount: 1 })],
    ["an offset beyond 32 bits", exponential({ offset: 2 ** 31 })],
    ["a negative zero count", exponential({ zeroCount: -1 })],
    ["a zero threshold that is no number", exponential({ zeroThreshold: Number.NaN })],
    ["exponential counts that do not add up", exponential({ count: 2 })],
    [
      "counts beyond what adds up exactly",
      exponential({ count: 2 ** 53 - 1, counts: [2 ** 53 - 1, 1] }),
    ],
  ])("refuses %s", (_, value) => {
    const result = bucketedHistogram(value, SECONDS);
    expect(result).toBeInstanceOf(PointFault);
    expect(result).toMatchObject({ reason: "bad_histogram" });
  });

  it("takes a histogram of nothing, whatever its statistics are", () => {
    const nothing = { count: 0, counts: [0, 0, 0], sum: 0, min: Infinity, max: -Infinity };
    expect(taken(bucketedHistogram(explicit(nothing), SECONDS))).toMatchObject({
      count: 0,
      sumUs: null,
      minUs: null,
      maxUs: null,
    });
  });

  it("takes a histogram without buckets", () => {
    const { buckets } = taken(bucketedHistogram(explicit({ bounds: [], counts: [] }), SECONDS));
    expect(buckets).toEqual({ kind: "explicit", boundsUs: [], counts: [3] });
  });

  it("leaves out what the buckets contradict", () => {
    const wrong = explicit({ sum: 0.001, min: 0.02, max: 0.02 });
    expect(taken(bucketedHistogram(wrong, SECONDS))).toMatchObject({
      sumUs: null,
      minUs: null,
      maxUs: null,
    });
  });
});

describe("deltaAggregate", () => {
  it("has the sender's count, sum, minimum and maximum", () => {
    expect(deltaAggregate(taken(bucketedHistogram(explicit(), SECONDS)), 1)).toMatchObject({
      count: 3,
      sumUs: 60_000,
      minUs: 10_000,
      maxUs: 30_000,
      outcomes: [0, 3, 0, 0, 0, 0],
    });
  });

  it("has those of the spread where the sender tells none", () => {
    const value = exponential({ sum: undefined, counts: [3], count: 3 });
    const { count, sumUs, minUs, maxUs } = deltaAggregate(
      taken(bucketedHistogram(value, SECONDS)),
      0,
    );
    expect(count).toBe(3);
    expect(minUs).toBeGreaterThan(1_000_000);
    expect(maxUs).toBeLessThanOrEqual(2_000_000);
    expect(sumUs / 3).toBeGreaterThan(minUs);
    expect(sumUs / 3).toBeLessThan(maxUs);
  });
});
