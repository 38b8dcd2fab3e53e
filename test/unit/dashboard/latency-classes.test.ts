import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barClasses } from "../../../dashboard/src/charts/bar-classes.ts";
import { BucketTally } from "../../../dashboard/src/live/bucket-tally.ts";
import { LatencyClasses, sumCounts } from "../../../dashboard/src/live/latency-classes.ts";
import {
  bucketHighestUs,
  bucketIndex,
  bucketLowestUs,
  HIGHEST_TRACKABLE_US,
} from "../../../src/histogram/bucket-layout.ts";
import { anyDurations, serverCounts } from "./support/timings.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("classes of latency", process.env["SEED"]);

const DENSITIES = [8, 16, 32, 64] as const;

const anyClasses = fc.constantFrom(...DENSITIES).map((perDecade) => new LatencyClasses(perDecade));

function tallyOf(durationsUs: readonly number[]): BucketTally {
  const tally = new BucketTally();
  tally.add({
    forEach: (visit) =>
      serverCounts(durationsUs).forEach((index, count) =>
        visit(bucketLowestUs(index), bucketHighestUs(index), count),
      ),
  });
  return tally;
}

describe("LatencyClasses", () => {
  it.each(DENSITIES)("never cuts a bucket of the server's, at %i a decade", (perDecade) => {
    const classes = new LatencyClasses(perDecade);
    const isWhole = (bucket: number): boolean => {
      const [lowest, highest] = [bucketLowestUs(bucket), bucketHighestUs(bucket)];
      const index = classes.indexOf(highest);
      return (
        classes.indexOf(lowest) === index &&
        classes.fromUs(index) <= lowest &&
        classes.fromUs(index + 1) > highest
      );
    };
    const last = bucketIndex(HIGHEST_TRACKABLE_US);
    const buckets = Array.from({ length: last + 1 }, (_, bucket) => bucket);
    expect(buckets.filter((bucket) => !isWhole(bucket))).toEqual([]);
  });

  it("counts every value once, and adds up", () => {
    fc.assert(
      fc.property(anyClasses, fc.array(anyDurations, { maxLength: 4 }), (classes, parts) => {
        const counted = parts.map((part) => classes.count((visit) => tallyOf(part).forEach(visit)));
        const whole = classes.count((visit) => tallyOf(parts.flat()).forEach(visit));
        expect(sumCounts(counted)).toEqual(whole);
        expect(whole.total).toBe(parts.flat().length);
        expect(whole.counts.reduce((sum, count) => sum + count, 0)).toBe(whole.total);
        for (const us of parts.flat()) {
          expect(whole.counts[classes.indexOf(us) - whole.first]).toBeGreaterThan(0);
        }
      }),
      { seed },
    );
  });
});

describe("barClasses", () => {
  it("has not too many bars, one after the other, that hold all there is", () => {
    fc.assert(
      fc.property(anyDurations, (durations) => {
        const bars = barClasses(tallyOf(durations));
        expect(bars.length).toBeLessThanOrEqual(72);
        expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(durations.length);
        for (const [index, { fromMs, toMs }] of bars.entries()) {
          expect(fromMs).toBeLessThan(toMs);
          expect(bars[index + 1]?.fromMs ?? toMs).toBe(toMs);
          const within = durations.filter((us) => us / 1000 >= fromMs && us / 1000 < toMs);
          expect(within).toHaveLength(bars[index]?.count ?? -1);
        }
        if (bars.length > 0) {
          expect(bars[0]?.count).toBeGreaterThan(0);
          expect(bars.at(-1)?.count).toBeGreaterThan(0);
        }
      }),
      { seed, numRuns: 300 },
    );
  });
});
