import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { totalGain } from "../../../src/merge/total-gain.ts";
import type {
  BucketedHistogram,
  ExponentialBuckets,
  TotalValue,
} from "../../../src/wire/running-total.ts";
import { seedOf } from "../../support/seeded.ts";

/** Values at a scale, as OpenTelemetry numbers buckets: the lower bound is not in them. */
function exponential(values: readonly number[], scale: number): ExponentialBuckets {
  const at = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
  const offset = at.length === 0 ? 0 : Math.min(...at);
  const counts = Array.from({ length: Math.max(offset - 1, ...at) - offset + 1 }, () => 0);
  for (const index of at) counts[index - offset] = (counts[index - offset] ?? 0) + 1;
  return {
    kind: "exponential",
    scale,
    unitUs: 1_000,
    zeroCount: 0,
    zeroThresholdUs: 0,
    offset,
    counts,
  };
}

function histogramOf(
  buckets: BucketedHistogram["buckets"],
  more: Partial<BucketedHistogram> = {},
): TotalValue {
  const zero = buckets.kind === "exponential" ? buckets.zeroCount : 0;
  const count = buckets.counts.reduce((sum, one) => sum + one, zero);
  const histogram = { count, sumUs: null, minUs: null, maxUs: null, buckets, ...more };
  return { kind: "histogram", histogram };
}

/** Non-empty buckets by their number. */
function filled(value: TotalValue | string): [number, number][] {
  if (typeof value === "string" || value.kind === "measure") throw new Error("it is no histogram");
  const { buckets } = value.histogram;
  if (buckets.kind !== "exponential") throw new Error("it is explicit");
  return [...buckets.counts.entries()].flatMap(([i, count]): [number, number][] =>
    count === 0 ? [] : [[i + buckets.offset, count]],
  );
}

// Off the bounds, where a logarithm may come out on either side.
const values = fc.array(
  fc.integer({ min: -400, max: 400 }).map((i) => 2 ** ((i + 0.5) / 32)),
  { maxLength: 12 },
);

describe("what a running total gained", () => {
  it("is, at whatever scales it was kept, what was added", () => {
    fc.assert(
      fc.property(
        values,
        values,
        fc.integer({ min: -6, max: 5 }),
        fc.integer({ min: -6, max: 5 }),
        (old, added, before, now) => {
          const gain = totalGain(
            histogramOf(exponential(old, before)),
            histogramOf(exponential([...old, ...added], now)),
          );
          const expected = exponential(added, Math.min(before, now));
          expect(filled(gain)).toEqual(filled(histogramOf(expected)));
          expect(gain).toMatchObject({
            histogram: { count: added.length, buckets: { scale: Math.min(before, now) } },
          });
        },
      ),
      { seed: seedOf("total gain", process.env["SEED"]), numRuns: 500 },
    );
  });

  it("fell if any bucket did, even if all together grew", () => {
    const before = exponential([1.5, 3, 3], 3);
    expect(totalGain(histogramOf(before), histogramOf(exponential([1.5, 3, 5, 9], 3)))).toBe(
      "fell",
    );
    expect(totalGain(histogramOf(before), histogramOf(exponential([1.5, 3], 3)))).toBe("fell");
    const zeros = { ...before, zeroCount: 2 };
    expect(totalGain(histogramOf(zeros), histogramOf(exponential([1.5, 3, 3, 5, 5], 3)))).toBe(
      "fell",
    );
    const explicit = (...counts: number[]) =>
      histogramOf({ kind: "explicit", boundsUs: [10], counts });
    expect(totalGain(explicit(3, 1), explicit(2, 5))).toBe("fell");
    const measure = (parts: number): TotalValue => ({ kind: "measure", code: 0, parts });
    expect(totalGain(measure(3), measure(2))).toBe("fell");
    expect(totalGain(measure(3), measure(5))).toEqual(measure(2));
  });

  it("cannot be told of two that are not of one kind", () => {
    const old = histogramOf(exponential([2], 3));
    const grown = exponential([2, 3], 3);
    const others: TotalValue[] = [
      histogramOf({ ...grown, unitUs: 1 }),
      histogramOf({ ...grown, zeroThresholdUs: 1 }),
      histogramOf({ kind: "explicit", boundsUs: [10], counts: [3, 4] }),
      { kind: "measure", code: 0, parts: 9 },
    ];
    for (const other of others) expect(totalGain(old, other)).toBe("incomparable");
    const codes = [0, 1].map((code): TotalValue => ({ kind: "measure", code, parts: 1 }));
    const [one = old, two = old] = codes;
    expect(totalGain(one, two)).toBe("incomparable");
    const explicit = (...boundsUs: number[]) =>
      histogramOf({ kind: "explicit", boundsUs, counts: [1, ...boundsUs.map(() => 1)] });
    expect(totalGain(explicit(1, 2), explicit(1, 3))).toBe("incomparable");
    expect(totalGain(explicit(1), explicit(1, 3))).toBe("incomparable");
  });

  it("has a sum where both tell theirs", () => {
    const total = (count: number, sumUs: number | null) =>
      histogramOf({ kind: "explicit", boundsUs: [10], counts: [count, 0] }, { sumUs });
    const sumOf = (before: TotalValue, now: TotalValue) => {
      const gain = totalGain(before, now);
      return typeof gain === "object" && gain.kind === "histogram" ? gain.histogram.sumUs : gain;
    };
    expect(sumOf(total(2, 9), total(3, 11.5))).toBe(2.5);
    expect(sumOf(total(2, 9), total(3, null))).toBeNull();
    expect(sumOf(total(2, null), total(3, 11.5))).toBeNull();
    expect(sumOf(total(2, 9), total(3, 8))).toBeNull();
    expect(sumOf(total(0, null), total(3, 8))).toBe(8);
  });

  it("lies within the extremes of all, but for what is above every bound and of before", () => {
    const total = (above: number, maxUs: number | null) =>
      histogramOf(
        { kind: "explicit", boundsUs: [10], counts: [2, above] },
        { minUs: 4, maxUs, sumUs: null },
      );
    const boundsOf = (before: TotalValue, now: TotalValue) => {
      const gain = totalGain(before, now);
      if (typeof gain === "string" || gain.kind === "measure") throw new Error("it is no gain");
      return [gain.histogram.minUs, gain.histogram.maxUs];
    };
    expect(boundsOf(total(0, 8), total(0, 8))).toEqual([4, 8]);
    expect(boundsOf(total(0, 8), total(1, 900))).toEqual([4, 900]);
    expect(boundsOf(total(1, 900), total(2, 900))).toEqual([4, null]);
    expect(boundsOf(total(1, 900), total(2, null))).toEqual([4, null]);
    expect(boundsOf(total(1, null), total(2, 900))).toEqual([4, null]);
    const nothing = histogramOf({ kind: "explicit", boundsUs: [10], counts: [0, 0] });
    expect(boundsOf(nothing, total(2, 900))).toEqual([4, 900]);
    const [one, two] = [[2], [2, 9]].map((all) =>
      histogramOf(exponential(all, 3), { minUs: 2_000, maxUs: 9_000 }),
    );
    if (one === undefined || two === undefined) throw new Error("there are none");
    expect(boundsOf(one, two)).toEqual([2_000, 9_000]);
  });
});
