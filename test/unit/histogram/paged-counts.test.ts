import { build } from "hdr-histogram-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketIndex, BUCKET_COUNT } from "../../../src/histogram/bucket-layout.ts";
import { CorruptBytesError } from "../../../src/histogram/byte-reader.ts";
import { PagedCounts } from "../../../src/histogram/paged-counts.ts";
import { forEachBucket, mergeCounts } from "../../../src/histogram/sparse-counts.ts";
import { MAX_DURATION_US } from "../../../src/wire/timing-columns.ts";

const durations = fc.array(fc.integer({ min: 0, max: MAX_DURATION_US }), { maxLength: 200 });
const percentiles = [0.1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

function countsOf(values: readonly number[]): PagedCounts {
  const counts = new PagedCounts();
  for (const value of values) counts.add(bucketIndex(value), 1);
  return counts;
}

function buckets(counts: { forEach(visit: (bucket: number, count: number) => void): void }) {
  const found: [number, number][] = [];
  counts.forEach((bucket, count) => found.push([bucket, count]));
  return found;
}

describe("PagedCounts", () => {
  it("gives the percentiles of hdr-histogram-js", () => {
    fc.assert(
      fc.property(durations, (values) => {
        fc.pre(values.length > 0);
        const oracle = build({
          lowestDiscernibleValue: 1,
          highestTrackableValue: MAX_DURATION_US,
          numberOfSignificantValueDigits: 3,
        });
        for (const value of values) oracle.recordValue(value);
        expect(countsOf(values).valuesAtPercentiles(percentiles)).toEqual(
          percentiles.map((percentile) => oracle.getValueAtPercentile(percentile)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("has no percentiles when it is empty", () => {
    expect(new PagedCounts().valuesAtPercentiles([50])).toEqual([]);
  });

  it("is unchanged by adding and taking away the same", () => {
    fc.assert(
      fc.property(durations, durations, (kept, passing) => {
        const counts = countsOf(kept);
        const gone = countsOf(passing).toSparse();
        counts.addAll(gone);
        expect(counts.total).toBe(kept.length + passing.length);
        counts.subtractAll(gone);
        expect(buckets(counts)).toEqual(buckets(countsOf(kept)));
        expect(counts.total).toBe(kept.length);
      }),
    );
  });

  it("comes back from its sparse form, counts above 2^32 included", () => {
    const counts = new PagedCounts();
    counts.add(0, 1);
    counts.add(BUCKET_COUNT - 1, 2 ** 52);
    counts.add(700, 2 ** 33 + 5);
    const read: [number, number][] = [];
    forEachBucket(counts.toSparse(), (bucket, count) => read.push([bucket, count]));
    expect(read).toEqual([
      [0, 1],
      [700, 2 ** 33 + 5],
      [BUCKET_COUNT - 1, 2 ** 52],
    ]);
  });

  it("frees pages that become empty", () => {
    const counts = countsOf([5, 5, 6]);
    counts.subtractAll(countsOf([5, 5, 6]).toSparse());
    expect(buckets(counts)).toEqual([]);
    expect(counts.toSparse()).toHaveLength(0);
  });
});

describe("mergeCounts", () => {
  it("equals counting everything in one histogram, whatever the partition", () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 6 }), (parts) => {
        const merged = parts
          .map((part) => countsOf(part).toSparse())
          .reduce((sum, part) => mergeCounts(sum, part), new Uint8Array(0));
        expect(merged).toEqual(countsOf(parts.flat()).toSparse());
      }),
    );
  });

  it("changes neither operand", () => {
    const left = countsOf([1, 2, 3_000]).toSparse();
    const right = countsOf([2, 500_000_000]).toSparse();
    const before = [left.slice(), right.slice()];
    mergeCounts(left, right);
    expect([left, right]).toEqual(before);
  });
});

describe("forEachBucket", () => {
  it.each([
    ["ends in the middle of a number", new Uint8Array([0x80])],
    ["has a bucket without a count", new Uint8Array([5])],
    ["has a count of 0", new Uint8Array([5, 0])],
    ["names a bucket twice", new Uint8Array([1, 1, 0, 1])],
    ["names a bucket beyond the layout", new Uint8Array([0xff, 0xff, 0x7f, 1])],
    [
      "has a number above 2^53",
      new Uint8Array([1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ],
  ])("refuses bytes whose content %s", (_, bytes) => {
    expect(() => forEachBucket(bytes, () => undefined)).toThrow(CorruptBytesError);
  });
});
