import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketLowestUs, bucketIndex } from "../../../src/histogram/bucket-layout.ts";
import {
  coarsened,
  COARSEST_SCHEMA,
  FINEST_SCHEMA,
  type NativeCounts,
  NativeCountsBuilder,
} from "../../../src/histogram/native-counts.ts";
import { seedOf } from "../../support/seeded.ts";

const duration = fc.oneof(
  fc.integer({ min: 0, max: 3_000 }),
  fc.integer({ min: 0, max: 600_000_000 }),
);

/** The inclusive upper bound of a bucket, in seconds. */
function nativeUpperBound(index: number, schema: number): number {
  return 2 ** (index / 2 ** schema);
}

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
  test("hold each duration in the bucket whose bounds its own bucket's lowest lies between", () => {
    const property = fc.property(
      fc.array(duration, { maxLength: 60 }),
      fc.integer({ min: COARSEST_SCHEMA, max: FINEST_SCHEMA }),
      (durationsUs, schema) => {
        const counts = coarsened(countsOf(durationsUs), schema);
        const shown = durationsUs.map((us) => bucketLowestUs(bucketIndex(us)) / 1e6);
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

  test("are the same packed or not, and go on after it", () => {
    const property = fc.property(
      fc.array(duration, { maxLength: 60 }),
      fc.array(duration, { maxLength: 20 }),
      (first, then) => {
        const builder = new NativeCountsBuilder();
        for (const durationUs of first) builder.add(bucketIndex(durationUs), 1);
        builder.pack();
        builder.pack();
        expect(held(builder.view())).toEqual(held(countsOf(first)));
        expect(builder.view().zeroCount).toBe(countsOf(first).zeroCount);
        for (const durationUs of then) builder.add(bucketIndex(durationUs), 1);
        expect(held(builder.view())).toEqual(held(countsOf([...first, ...then])));
        expect(builder.view().zeroCount).toBe(countsOf([...first, ...then]).zeroCount);
      },
    );
    fc.assert(property, { numRuns: 200, seed: seedOf("native packed", process.env["SEED"]) });
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

  test("a duration that is a bound counts as within it, whatever the schema", () => {
    for (let schema = COARSEST_SCHEMA; schema <= FINEST_SCHEMA; schema++) {
      for (const durationUs of [250_000, 500_000, 1_000_000, 2_000_000, 4_000_000]) {
        const counts = coarsened(countsOf([durationUs]), schema);
        const [index = NaN] = held(counts).keys();
        const seconds = durationUs / 1e6;
        expect(nativeUpperBound(index, schema)).toBeGreaterThanOrEqual(seconds);
        expect(nativeUpperBound(index - 1, schema)).toBeLessThan(seconds);
      }
    }
  });
});
