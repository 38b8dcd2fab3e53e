import { describe, expect, it } from "vitest";
import { judge, type Judgement } from "../../../../bench/accuracy/judge.ts";
import type { AnySystem, PercentileSystem } from "../../../../bench/accuracy/percentile-system.ts";
import { everySample, PERCENTILES, sampleOf } from "../../../../bench/accuracy/sample.ts";
import { SYSTEMS } from "../../../../bench/accuracy/systems.ts";
import { ddsketch } from "../../../../bench/accuracy/systems/ddsketch.ts";
import { EXPONENTIAL_HISTOGRAM } from "../../../../bench/accuracy/systems/exponential-histogram.ts";
import { prometheusHistogram } from "../../../../bench/accuracy/systems/prometheus-histogram.ts";
import { HDR_HISTOGRAM } from "../../../../bench/accuracy/systems/hdr-histogram.ts";
import { TACHOGRAPH } from "../../../../bench/accuracy/systems/tachograph.ts";

/** A multiple of 10,000: then all agree on which value has the rank of a percentile. */
const COUNT = 10_000;
/** Floating point at the edge of a bucket. */
const ROUNDING = 1e-9;

async function read<Part, Series>(
  system: PercentileSystem<Part, Series>,
  valuesUs: Int32Array,
  percentiles: readonly number[],
): Promise<readonly number[]> {
  const recorder = system.open();
  recorder.record(valuesUs);
  return system.percentilesUs(system.only(await recorder.finish()), percentiles);
}

async function judgements<Part, Series>(
  system: PercentileSystem<Part, Series>,
): Promise<Judgement[]> {
  const all: Judgement[] = [];
  for (const sample of everySample(COUNT)) all.push(await judge(system, sample));
  return all;
}

describe("systems that promise an error", () => {
  it.each([
    ["Tachograph", judgements(TACHOGRAPH), 0.001],
    ["hdr-histogram-js", judgements(HDR_HISTOGRAM), 0.001],
    ["DDSketch", judgements(ddsketch(0.01)), 0.01],
  ])("%s keeps to it, and merges to the same", async (_, found, bound) => {
    for (const { single, merged, isSame } of await found) {
      expect(single).toBeLessThanOrEqual(bound + ROUNDING);
      expect(merged).toBe(single);
      expect(isSame).toBe(true);
    }
  });

  it("reads from Tachograph what hdr-histogram-js counts", async () => {
    for (const { valuesUs } of everySample(COUNT)) {
      expect(await read(TACHOGRAPH, valuesUs, PERCENTILES)).toEqual(
        await read(HDR_HISTOGRAM, valuesUs, PERCENTILES),
      );
    }
  });
});

describe("judge", () => {
  it("sees that a merge lost something", async () => {
    const forgetful: typeof HDR_HISTOGRAM = {
      ...HDR_HISTOGRAM,
      merger: (parts) => HDR_HISTOGRAM.merger(parts.slice(1)),
    };
    const { isSame } = await judge(forgetful, sampleOf("Pareto", COUNT));
    expect(isSame).toBe(false);
  });
});

describe("judge, of what counts nothing but how many there are", () => {
  const counting = (extra: number): PercentileSystem<number, number> => ({
    name: "a count",
    bound: "none",
    isRule: true,
    open: () => {
      let count = 0;
      return { record: (valuesUs) => void (count += valuesUs.length), finish: () => count };
    },
    only: (count) => count,
    merger: (parts) => () => parts.reduce((sum, part) => sum + part, extra),
    percentilesUs: (count, percentiles) => percentiles.map(() => count),
    contents: (count) => [count],
    bytes: () => 8,
  });
  const sample = {
    valuesUs: Int32Array.of(1, 2, 3, 4),
    parts: [Int32Array.of(1, 4), Int32Array.of(2, 3)],
    truthUs: [4, 5],
  };

  it("takes the worst of all percentiles, of one process and of the merged", async () => {
    expect(await judge(counting(0), sample)).toEqual({
      single: 0.2,
      merged: 0.2,
      isSame: true,
      bytes: 8,
    });
  });

  it("sees one more in the merged", async () => {
    const { single, merged, isSame } = await judge(counting(1), sample);
    expect([single, merged, isSame]).toEqual([0.2, 0.25, false]);
  });
});

describe("OpenTelemetry's histogram", () => {
  it("is read between the bounds of its bucket, by the logarithm", async () => {
    // Between 1 s and 1,024 s there are 10 powers of two: 160 buckets are enough for scale 4.
    const [p50 = 0, p100 = 0] = await read(
      EXPONENTIAL_HISTOGRAM,
      Int32Array.of(1_100_000, 512_000_000, 1_000_000_000),
      [50, 100],
    );
    // Half of (2^(143/16), 2^9], and the end of the bucket of 1,000 s: 2^(160/16).
    expect(p50 / 1_000_000).toBeCloseTo(2 ** (143.5 / 16), 6);
    expect(p100 / 1_000_000).toBeCloseTo(2 ** 10, 6);
  });
});

describe("prom-client's histogram", () => {
  it("is read along the line between its bounds, merged as well", async () => {
    const system = prometheusHistogram("three", [0.1, 0.5, 1]);
    const record = (...valuesUs: number[]) => {
      const recorder = system.open();
      recorder.record(Int32Array.from(valuesUs));
      return recorder.finish();
    };
    const parts = [await record(50_000, 200_000), await record(300_000, 2_000_000)];
    const series = system.merger(parts)();
    // Rank 2 of 4: one of the two in (0.1, 0.5]; the last is above all bounds.
    const [p50 = 0, p99] = await system.percentilesUs(series, [50, 99]);
    expect(p50).toBeCloseTo(300_000, 6);
    expect(p99).toBe(1_000_000);
    expect(await system.contents(series)).toEqual([0.1, 1, 0.5, 2, 1, 0, Infinity, 1]);
  });
});

describe("all systems", () => {
  it("count every value once, and weigh something", async () => {
    const sample = sampleOf("log-normal", COUNT);
    const check = async (system: AnySystem): Promise<Judgement> =>
      system((kind) => judge(kind, sample));
    for (const { single, merged, bytes } of await Promise.all(SYSTEMS.map(check))) {
      // Nobody is off by more than a default bucket of prom-client is wide.
      expect(single).toBeLessThan(1.5);
      expect(merged).toBeLessThan(1.5);
      expect(bytes).toBeGreaterThan(100);
    }
  });
});
