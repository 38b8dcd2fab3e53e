import fc from "fast-check";
import { Int32Histogram } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import {
  BUCKET_COUNT,
  bucketHighestUs,
  bucketIndex,
  bucketLowestUs,
  HIGHEST_TRACKABLE_US,
  LOWEST_DISCERNIBLE_US,
} from "../../../src/histogram/bucket-layout.ts";
import { SIGNIFICANT_DIGITS } from "../../../src/histogram/significant-digits.ts";

const library = new Int32Histogram(LOWEST_DISCERNIBLE_US, HIGHEST_TRACKABLE_US, SIGNIFICANT_DIGITS);

function aroundPowersOfTwo(): number[] {
  const values = [0, HIGHEST_TRACKABLE_US - 1, HIGHEST_TRACKABLE_US];
  for (let power = 1; power <= HIGHEST_TRACKABLE_US; power *= 2) {
    values.push(power - 1, power, power + 1);
  }
  return values;
}

function expectLibrarysBucket(valueUs: number): void {
  const index = bucketIndex(valueUs);
  expect([valueUs, index]).toEqual([valueUs, library.countsArrayIndex(valueUs)]);
  expect(bucketLowestUs(index)).toBe(library.valueFromIndex(index));
  expect(bucketLowestUs(index)).toBe(library.lowestEquivalentValue(valueUs));
  expect(bucketHighestUs(index)).toBe(library.highestEquivalentValue(valueUs));
}

describe("bucket layout", () => {
  it("covers ten minutes at a microsecond and three digits", () => {
    expect([LOWEST_DISCERNIBLE_US, HIGHEST_TRACKABLE_US, SIGNIFICANT_DIGITS]).toEqual([
      1, 600_000_000, 3,
    ]);
    expect(BUCKET_COUNT).toBe(21 * 1024);
    expect(BUCKET_COUNT).toBe(library.countsArrayLength);
    expect(bucketIndex(HIGHEST_TRACKABLE_US)).toBeLessThan(BUCKET_COUNT);
  });

  it("equals the library's around every power of two", () => {
    for (const valueUs of aroundPowersOfTwo()) expectLibrarysBucket(valueUs);
  });

  it("equals the library's for any duration", () => {
    const duration = fc.integer({ min: 0, max: HIGHEST_TRACKABLE_US });
    fc.assert(fc.property(duration, expectLibrarysBucket), { numRuns: 2000 });
  });

  it("leaves no gap and no overlap between neighbouring buckets", () => {
    expect(bucketLowestUs(0)).toBe(0);
    for (let index = 1; index < BUCKET_COUNT; index++) {
      if (bucketLowestUs(index) !== bucketHighestUs(index - 1) + 1) {
        expect.fail(`bucket ${index} does not begin where ${index - 1} ends`);
      }
    }
  });

  it("keeps every duration to a thousandth", () => {
    for (let index = 0; index < BUCKET_COUNT; index++) {
      const lowest = bucketLowestUs(index);
      if (bucketHighestUs(index) - lowest > lowest / 1000) {
        expect.fail(`bucket ${index} from ${lowest} µs is too wide`);
      }
    }
  });
});
