import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { totalsFamilies } from "../../../src/export/families/totals-families.ts";
import type {
  HistogramSample,
  MetricFamily,
  NumberSample,
} from "../../../src/export/metric-family.ts";
import type { MetricsSource } from "../../../src/export/metrics-source.ts";
import { prometheusProtobuf } from "../../../src/export/protobuf-exposition.ts";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import type { MeasureValues } from "../../../src/measures.ts";
import { CLASSIC_BOUNDS_US } from "../../../src/merge/classic-bounds.ts";
import { SeriesTotals } from "../../../src/merge/series-totals.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { defaultTargetKind } from "../../../src/target-kind.ts";
import { type DecodedHistogram, decodeExposition } from "../../support/export/decode-exposition.ts";
import { pageBytes } from "../../support/export/page-bytes.ts";
import { measured } from "../../support/measured.ts";
import { hdrOf } from "../../support/plain-list.ts";
import { seedOf } from "../../support/seeded.ts";

const CREATED = Date.UTC(2026, 10, 20);

interface Timing {
  readonly durationUs: number;
  readonly outcome: number;
}

const timing: fc.Arbitrary<Timing> = fc.record({
  durationUs: fc.oneof(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: 2_000_000 }),
    fc.integer({ min: 0, max: 600_000_000 }),
    fc.constantFrom(...CLASSIC_BOUNDS_US),
  ),
  outcome: fc.nat({ max: OUTCOMES.length - 1 }),
});

function totalsOf(timings: readonly Timing[], target = "meta", operation = "events"): SeriesTotals {
  const builder = new AggregateBuilder();
  for (const { durationUs, outcome } of timings) builder.record(durationUs, outcome);
  const totals = new SeriesTotals({ target, operation }, CREATED);
  totals.add(builder.finish());
  return totals;
}

function familiesOf(totals: readonly SeriesTotals[], schema = 8): MetricFamily[] {
  const source: Pick<MetricsSource, "totals" | "exemplars" | "kindOf"> = {
    totals,
    exemplars: () => [],
    kindOf: defaultTargetKind,
  };
  return [...totalsFamilies(source, schema)];
}

function histogramOf(totals: SeriesTotals): HistogramSample {
  const [family] = familiesOf([totals]);
  if (family?.type !== "histogram") throw new Error("the first family is no histogram");
  const [sample] = family.samples;
  if (sample === undefined) throw new Error("there is no sample");
  return sample;
}

function decodedOf(totals: SeriesTotals, schema: number): DecodedHistogram {
  const [family] = familiesOf([totals], schema);
  const pieces = prometheusProtobuf(family === undefined ? [] : [family]);
  const [decoded] = decodeExposition(pageBytes(pieces));
  const histogram = decoded?.metrics[0]?.histogram;
  if (histogram === undefined) throw new Error("there is no histogram");
  return histogram;
}

function numbersOf(families: readonly MetricFamily[], name: string): readonly NumberSample[] {
  const family = families.find((one) => one.name === name);
  if (family === undefined || family.type === "histogram") throw new Error(`no ${name}`);
  return [...family.samples];
}

/** The bounds of the native bucket in which a rank lies, seconds. */
function bucketAtRank(
  { schema, zeroCount, native }: DecodedHistogram,
  rank: number,
): readonly [number, number] {
  let below = zeroCount;
  if (rank <= below) return [0, 0];
  for (const [index, count] of native) {
    below += count;
    if (rank <= below) return [2 ** ((index - 1) / 2 ** schema), 2 ** (index / 2 ** schema)];
  }
  throw new Error("the rank is above the count");
}

describe("a series' histogram", () => {
  test("classic buckets grow up to the count and are exact at their bounds", () => {
    const property = fc.property(fc.array(timing, { minLength: 1, maxLength: 80 }), (timings) => {
      const { classic, count, sum } = histogramOf(totalsOf(timings));
      expect(count).toBe(timings.length);
      expect(sum).toBe(timings.reduce((all, { durationUs }) => all + durationUs, 0) / 1e6);
      expect(classic.map(({ le }) => le * 1e6)).toEqual(CLASSIC_BOUNDS_US);
      for (const [i, { le, cumulative }] of classic.entries()) {
        expect(cumulative).toBeGreaterThanOrEqual(classic[i - 1]?.cumulative ?? 0);
        // A duration at a bound is within; one above it by less than the layout tells apart may be.
        const within = timings.filter(({ durationUs }) => durationUs <= le * 1e6).length;
        const nearly = timings.filter(({ durationUs }) => durationUs <= le * 1e6 * 1.001).length;
        expect(cumulative).toBeGreaterThanOrEqual(within);
        expect(cumulative).toBeLessThanOrEqual(nearly);
      }
      expect(classic.at(-1)?.cumulative ?? 0).toBeLessThanOrEqual(count);
    });
    fc.assert(property, { numRuns: 200, seed: seedOf("classic", process.env["SEED"]) });
  });

  test("native buckets hold as many, and a percentile lies where ours does, but for our width", () => {
    const property = fc.property(
      fc.array(timing, { minLength: 1, maxLength: 80 }),
      fc.integer({ min: -4, max: 8 }),
      fc.constantFrom(50, 90, 95, 99, 99.9),
      (timings, schema, percentile) => {
        const histogram = decodedOf(totalsOf(timings), schema);
        const inBuckets = [...histogram.native.values()].reduce((all, count) => all + count, 0);
        expect(histogram.zeroCount + inBuckets).toBe(timings.length);
        expect(histogram.zeroCount).toBe(timings.filter((one) => one.durationUs === 0).length);
        const plain = timings.map((one) => ({
          ...one,
          target: "meta",
          operation: "events",
          at: CREATED,
        }));
        const seconds = hdrOf(plain).getValueAtPercentile(percentile) / 1e6;
        const rank = Math.max(1, Math.ceil((percentile / 100) * timings.length));
        const [above, upTo] = bucketAtRank(histogram, rank);
        // So whatever is chosen within the bucket is off by at most its width, 2^(2^-schema), and by
        // ours: a percentile is told as the highest of our bucket, and counted by the lowest.
        expect(seconds).toBeGreaterThanOrEqual(above * (1 - 1e-12));
        expect(seconds).toBeLessThanOrEqual(upTo * (1 + 1 / 1_024));
      },
    );
    fc.assert(property, { numRuns: 300, seed: seedOf("native", process.env["SEED"]) });
  });

  test("without timings is empty and still a native one", () => {
    const histogram = decodedOf(new SeriesTotals({ target: "meta", operation: "x" }, CREATED), 8);
    expect(histogram).toMatchObject({ count: 0, sum: 0, spans: [{ offset: 0, length: 0 }] });
    expect(histogram.zeroThreshold).toBeGreaterThan(0);
  });
});

describe("how calls ended", () => {
  test("adds up to the histogram's count", () => {
    const property = fc.property(fc.array(timing, { maxLength: 60 }), (timings) => {
      const samples = numbersOf(familiesOf([totalsOf(timings)]), "tachograph_calls");
      expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(timings.length);
      for (const { labels, value, createdAt } of samples) {
        const outcome = OUTCOMES.findIndex((name) => name === new Map(labels).get("outcome"));
        expect(value).toBe(timings.filter((one) => one.outcome === outcome).length);
        expect(createdAt).toBe(CREATED);
      }
    });
    fc.assert(property, { numRuns: 100, seed: seedOf("calls", process.env["SEED"]) });
  });

  test.each([
    ["meta", ["ok", "error", "timeout", "rate_limited"]],
    ["cache.pages", ["error", "timeout", "hit", "miss"]],
  ])("of %s there are zeros from the beginning", (target, outcomes) => {
    const samples = numbersOf(familiesOf([totalsOf([], target)]), "tachograph_calls");
    expect(samples.map(({ labels }) => new Map(labels).get("outcome"))).toEqual(outcomes);
  });
});

test("measures are told in base units, of the series that have them", () => {
  const measures: MeasureValues = {
    rowsRead: 7,
    rowsWritten: 3,
    sqlMs: 12.5,
    waitMs: 0.75,
    slow: 1,
    retries: 2,
    sizeBytes: 4_096,
    keys: 12,
    value: -2.5,
    failing: 1,
  };
  const builder = new AggregateBuilder();
  builder.record(1_000, 0, 2);
  builder.addMeasures(measured(measures, 2, CREATED));
  const totals = new SeriesTotals({ target: "d1.orders", operation: "select" }, CREATED);
  totals.add(builder.finish());
  // Samples are made as they are read, once.
  const samples = new Map(
    familiesOf([totals, totalsOf([])]).flatMap((family) =>
      family.type === "histogram" ? [] : [[family.name, [...family.samples]] as const],
    ),
  );
  const value = (name: string): number[] | undefined =>
    samples.get(`tachograph_${name}`)?.map((sample) => sample.value);
  expect(value("rows_read")).toEqual([14]);
  expect(value("rows_written")).toEqual([6]);
  expect(value("sql_seconds")).toEqual([0.025]);
  expect(value("wait_seconds")).toEqual([0.0015]);
  expect(value("slow_calls")).toEqual([2]);
  expect(value("retries")).toEqual([4]);
  expect(value("size_bytes")).toEqual([4_096]);
  expect(value("cache_keys")).toEqual([12]);
  expect(value("probe_value")).toEqual([-2.5]);
  expect(value("probe_failing")).toEqual([1]);
  expect(samples.get("tachograph_rows_read")?.[0]?.labels).toEqual([
    ["target", "d1.orders"],
    ["kind", "d1"],
    ["operation", "select"],
  ]);
});
