import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitBuckets } from "../../../../src/export/otlp/fit-buckets.ts";
import {
  COARSEST_SCHEMA,
  coarsened,
  type NativeCounts,
} from "../../../../src/histogram/native-counts.ts";
import { seedOf } from "../../../support/seeded.ts";

const SEED = seedOf("OTLP buckets", process.env["SEED"]);

function native(offset: number, counts: readonly number[], zeroCount = 0): NativeCounts {
  return { schema: 8, zeroCount, offset, counts: Float64Array.from(counts) };
}

describe("fitBuckets", () => {
  it("numbers buckets as OpenTelemetry does, one lower than Prometheus", () => {
    // Bucket 256 of schema 8 is (2^(255/256), 2] seconds.
    expect(fitBuckets(native(256, [3]), 160)).toMatchObject({ scale: 8, offset: 255 });
  });

  it("begins and ends with a count", () => {
    const fitted = fitBuckets(native(-10, [0, 0, 1, 0, 2, 0, 0]), 160);
    expect(fitted).toEqual({ scale: 8, offset: -9, counts: Float64Array.of(1, 0, 2) });
  });

  it("has no buckets where nothing took any time", () => {
    expect(fitBuckets(native(0, [0, 0], 5), 160).counts).toHaveLength(0);
    expect(fitBuckets(native(0, []), 160).counts).toHaveLength(0);
  });

  it("is as fine as the limit lets it be, and loses no count", () => {
    const histogram = fc.record({
      offset: fc.integer({ min: -5_200, max: 2_000 }),
      counts: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(5)), {
        minLength: 1,
        maxLength: 3_000,
      }),
    });
    fc.assert(
      fc.property(histogram, fc.integer({ min: 2, max: 400 }), ({ offset, counts }, maxBuckets) => {
        const from = native(offset, counts);
        const fitted = fitBuckets(from, maxBuckets);
        const total = counts.reduce((sum, count) => sum + count, 0);
        expect(fitted.counts.reduce((sum, count) => sum + count, 0)).toBe(total);
        if (total === 0) return;
        expect(fitted.counts[0]).toBeGreaterThan(0);
        expect(fitted.counts.at(-1)).toBeGreaterThan(0);
        const whole = coarsened(from, fitted.scale);
        const indexed = (first: number, list: Float64Array): [number, number][] =>
          Array.from(list, (count, i): [number, number] => [first + i, count]).filter(
            ([, count]) => count > 0,
          );
        expect(indexed(fitted.offset + 1, fitted.counts)).toEqual(
          indexed(whole.offset, whole.counts),
        );
        if (fitted.scale > COARSEST_SCHEMA) {
          expect(fitted.counts.length).toBeLessThanOrEqual(maxBuckets);
        }
        if (fitted.scale === 8) return;
        // One finer would be too many.
        const finer = coarsened(from, fitted.scale + 1);
        const filled = indexed(finer.offset, finer.counts).map(([index]) => index);
        expect((filled.at(-1) ?? 0) - (filled[0] ?? 0) + 1).toBeGreaterThan(maxBuckets);
      }),
      { seed: SEED },
    );
  });
});
