import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gainAggregate } from "../../../src/merge/gain-aggregate.ts";
import { totalGain } from "../../../src/merge/total-gain.ts";
import type { BucketedHistogram, TotalValue } from "../../../src/wire/running-total.ts";
import { MAX_DURATION_US } from "../../../src/wire/timing-columns.ts";
import { seedOf } from "../../support/seeded.ts";

const BOUNDS_US = [1_000, 1_000_000, 2_500_000, 10_000_000];

/** What a process has counted that keeps its histogram between these bounds. */
function totalOf(
  durationsUs: readonly number[],
  more: Partial<BucketedHistogram> = {},
  boundsUs: readonly number[] = BOUNDS_US,
): TotalValue {
  const counts = [...boundsUs, Infinity].map(
    (bound, i) =>
      durationsUs.filter(
        (durationUs) => durationUs > (boundsUs[i - 1] ?? -1) && durationUs <= bound,
      ).length,
  );
  const histogram: BucketedHistogram = {
    count: durationsUs.length,
    sumUs: durationsUs.reduce((sum, durationUs) => sum + durationUs, 0),
    minUs: durationsUs.length === 0 ? null : Math.min(...durationsUs),
    maxUs: durationsUs.length === 0 ? null : Math.max(...durationsUs),
    buckets: { kind: "explicit", boundsUs, counts },
    ...more,
  };
  return { kind: "histogram", histogram };
}

/** What is counted of a stream that had counted `before` and has counted `added` as well now. */
function gained(
  before: readonly number[],
  added: readonly number[],
  more: Partial<BucketedHistogram> = {},
) {
  const gain = totalGain(totalOf(before), totalOf([...before, ...added], more));
  if (typeof gain === "string") throw new Error(gain);
  return gainAggregate(gain, 0);
}

const durations = fc.array(fc.integer({ min: 0, max: 20_000_000 }), { maxLength: 30 });

describe("what a total gained is counted", () => {
  it("with the sender's sum: ten calls of 1.1 s in a bucket to 2.5 s are 11 s", () => {
    const calls = Array.from({ length: 10 }, () => 1_100_000);
    expect(gained([], calls)).toMatchObject({ count: 10, sumUs: 11_000_000 });
    expect(gained([5, 9_000_000], calls)).toMatchObject({ count: 10, sumUs: 11_000_000 });
  });

  it("with count and sum of what was added, and a mean between its extremes", () => {
    fc.assert(
      fc.property(durations, durations, fc.boolean(), (before, added, tellsExtremes) => {
        fc.pre(added.length > 0);
        const unknown = { minUs: null, maxUs: null };
        const aggregate = gained(before, added, tellsExtremes ? {} : unknown);
        const sumUs = added.reduce((sum, durationUs) => sum + durationUs, 0);
        expect([aggregate.count, aggregate.sumUs]).toEqual([added.length, sumUs]);
        expect(aggregate.outcomes[0]).toBe(added.length);
        const meanUs = sumUs / added.length;
        expect(aggregate.minUs).toBeLessThanOrEqual(meanUs);
        expect(aggregate.maxUs).toBeGreaterThanOrEqual(meanUs);
      }),
      { seed: seedOf("gain aggregate", process.env["SEED"]), numRuns: 500 },
    );
  });

  it("alone at its duration", () => {
    const lone = { count: 1, sumUs: 1_234_567, minUs: 1_234_567, maxUs: 1_234_567 };
    expect(gained([5, 2_400_000, 9_000_000], [1_234_567])).toMatchObject(lone);
  });

  it("with a sum that its buckets allow", () => {
    const of = (sumUs: number, more: Partial<BucketedHistogram> = {}) =>
      gained([500], [2_000_000, 2_000_000], { sumUs, ...more }).sumUs;
    expect(of(4_000_500)).toBe(4_000_000);
    expect(of(600)).toBe(2_000_000);
    expect(of(9e15)).toBe(4_000_000);
    expect(of(9e15, { maxUs: null })).toBe(5_000_000);
    // Extremes of the last interval alone, as some senders have them, say nothing of these.
    expect(of(4_400_500, { minUs: 3_000_000, maxUs: 900_000 })).toBe(4_400_000);
  });

  it("with extremes of its own where those of all are others", () => {
    const { minUs, maxUs } = gained([5, 9_000_000], [1_200_000, 2_400_000]);
    expect(minUs).toBeGreaterThan(1_000_000);
    expect(maxUs).toBeLessThanOrEqual(2_500_000);
    expect(gained([5, 9_000_000], [3, 9_500_000])).toMatchObject({ minUs: 3, maxUs: 9_500_000 });
  });

  it("without a sum as it is spread, and at most ten minutes each", () => {
    const aggregate = gained([], [1_100_000, 1_100_000], { sumUs: null, minUs: null, maxUs: null });
    expect(aggregate.sumUs / 2).toBeCloseTo(1_750_000, -4);
    expect(gained([], [2_000_000_000])).toMatchObject({ count: 1, sumUs: MAX_DURATION_US });
    const many = gainAggregate(
      totalOf([], {
        count: 1e9,
        sumUs: 5e17,
        buckets: { kind: "explicit", boundsUs: [5e8, 6e8], counts: [0, 1e9, 0] },
      }),
      0,
    );
    expect(many).toMatchObject({ count: 1e9, sumUs: Number.MAX_SAFE_INTEGER });
    expect(many.minUs).toBeGreaterThan(5e8);
  });

  it("as one value of a measure", () => {
    const { count, measures } = gainAggregate({ kind: "measure", code: 0, parts: 7 }, 0);
    expect([count, [...(measures ?? [])]]).toEqual([0, [[0, { count: 1, parts: 7, at: 0 }]]]);
  });
});
