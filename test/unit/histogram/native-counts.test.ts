import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketHighestUs, bucketIndex } from "../../../src/histogram/bucket-layout.ts";
import {
  coarsened,
  COARSEST_SCHEMA,
  FINEST_SCHEMA,
  type NativeCounts,
  NativeCountsBuilder,
  nativeUpperBound,
} from "../../../src/histogram/native-counts.ts";
import { seedOf } from "../../support/seeded.ts";

const duration = fc.oneof(
  fc.integer({ min: 0, max: 3_000 }),
  fc.integer({ min: 0, max: 600_000_000 }),
);

/** What each bucket holds, without those that hold nothing. */
function held({ offset, counts }: NativeCounts): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const [position, count] of counts.entries()) {
    if (count > 0) buckets.set(offset + position, count);
  }
  return buckets;
}

function countsOf(durationsUs: readonly number[]): NativeCounts {
  const builder = new NativeCountsBuilder();
  for (const durationUs of durationsUs) builder.add(bucketIndex(durationUs), 1);
  return builder.view();
}

describe("native counts", () => {
  test("hold each duration in the bucket whose bounds its own bucket's highest lies between", () => {
    const property = fc.property(
      fc.array(duration, { maxLength: 60 }),
      fc.integer({ min: COARSEST_SCHEMA, max: FINEST_SCHEMA }),
      (durationsUs, schema) => {
        const counts = coarsened(countsOf(durationsUs), schema);
        const shown = durationsUs.map((us) => bucketHighestUs(bucketIndex(us)) / 1e6);
        const zeros = durationsUs.filter((us) => us === 0).length;
        expect(counts.zeroCount).toBe(zeros);
        const buckets = held(counts);
        for (const [index, count] of buckets) {
          // A value that is a bound itself may be off by what a logarithm rounds.
          const above = nativeUpperBound(index - 1, schema) * (1 - 1e-12);
          const upTo = nativeUpperBound(index, schema) * (1 + 1e-12);
          const within = shown.filter((seconds) => seconds > above && seconds <= upTo).length;
          expect(within).toBeGreaterThanOrEqual(count);
        }
        const total = [...buckets.values()].reduce((sum, count) => sum + count, 0);
        expect(total + zeros).toBe(durationsUs.length);
      },
    );
    fc.assert(property, { numRuns: 300, seed: seedOf("native counts", process.env["SEED"]) });
  });

  test("are the same in whatever order and however often they grew", () => {
    const property = fc.property(fc.array(duration, { minLength: 1, maxLength: 60 }), (all) => {
      expect(held(countsOf(all.toReversed()))).toEqual(held(countsOf(all)));
    });
    fc.assert(property, { numRuns: 200, seed: seedOf("native growth", process.env["SEED"]) });
  });

  test("coarsened in steps are as coarsened at once, and as fine as they are they stay", () => {
    const property = fc.property(
      fc.array(duration, { maxLength: 40 }),
      fc.integer({ min: COARSEST_SCHEMA, max: FINEST_SCHEMA }),
      fc.integer({ min: COARSEST_SCHEMA, max: FINEST_SCHEMA }),
      (all, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const finest = countsOf(all);
        expect(held(coarsened(coarsened(finest, high), low))).toEqual(held(coarsened(finest, low)));
        expect(held(coarsened(finest, FINEST_SCHEMA))).toEqual(held(finest));
      },
    );
    fc.assert(property, { numRuns: 200, seed: seedOf("native coarser", process.env["SEED"]) });
  });

  test("a duration that is a power of two closes its bucket", () => {
    const seconds = 0.5;
    const counts = countsOf([bucketHighestUs(bucketIndex(seconds * 1e6))]);
    const [index] = held(coarsened(counts, 0)).keys();
    // 500,223 µs is the highest of its bucket: above 2^-1 s, so within (2^-1, 2^0].
    expect(index).toBe(0);
    expect(nativeUpperBound(0, 0)).toBe(1);
  });
});
