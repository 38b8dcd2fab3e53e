import fc from "fast-check";
import type { Exemplar } from "../../../src/exemplar.ts";
import type {
  HistogramSample,
  Labels,
  MetricFamily,
  NumberSample,
} from "../../../src/export/metric-family.ts";

import { keyOf } from "./text-samples.ts";

/** Any text: quotation marks, backslashes and line ends more often than they are in nature. */
export const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', "\\", "\n", "\r", "\t", "{", "}", ",", "=", "#", " ", "n", "é", "\u2028"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});

/** Help without blanks at its ends, which parsers may drop. */
const help = anyText
  .map((text) => text.trim())
  .filter((text) => !/[\p{Z}\p{C}]/u.test(text.slice(-1)));

const labels: fc.Arbitrary<Labels> = fc
  .uniqueArray(fc.tuple(fc.constantFrom("target", "operation", "shard", "rule"), anyText), {
    selector: ([name]) => name,
    maxLength: 3,
  })
  // An empty label is no label to Prometheus.
  .map((all) => all.filter(([, value]) => value !== ""));

const count = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.maxSafeNat());
const epochMs = fc.integer({ min: 1, max: 4e12 });

const gaugeSample: fc.Arbitrary<NumberSample> = fc.record({
  labels,
  value: fc.double({ noNaN: false }),
});

const counterSample: fc.Arbitrary<NumberSample> = fc.record({
  labels,
  value: fc.oneof(count, fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
  createdAt: fc.option(epochMs, { nil: undefined }),
});

const BOUNDS = [0.05, 0.5, 1, 2.5, 30] as const;

const HEX_DIGITS = Array.from("0123456789abcdef");

function hex(length: number): fc.Arbitrary<string> {
  return fc.string({
    unit: fc.constantFrom(...HEX_DIGITS),
    minLength: length,
    maxLength: length,
  });
}

const exemplar: fc.Arbitrary<Exemplar> = fc.record({
  traceId: hex(32),
  spanId: fc.option(hex(16), { nil: undefined }),
  durationUs: fc.integer({ min: 0, max: 600_000_000 }),
  at: epochMs,
});

/** Counts are of buckets here and become cumulative. */
const histogramSample: fc.Arbitrary<HistogramSample> = fc
  .record({
    labels,
    buckets: fc.array(fc.integer({ min: 0, max: 2 ** 40 }), {
      minLength: BOUNDS.length,
      maxLength: BOUNDS.length,
    }),
    above: fc.integer({ min: 0, max: 2 ** 40 }),
    sum: fc.double({ min: 0, max: 1e15, noNaN: true }),
    createdAt: epochMs,
    schema: fc.integer({ min: -4, max: 8 }),
    zeroCount: fc.integer({ min: 0, max: 2 ** 40 }),
    offset: fc.integer({ min: -6_000, max: 3_000 }),
    native: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 45 })), {
      maxLength: 40,
    }),
    exemplars: fc.array(exemplar, { maxLength: 3 }),
  })
  .map(({ buckets, above, native, schema, zeroCount, offset, ...rest }) => {
    let cumulative = 0;
    const classic = BOUNDS.map((le, i) => {
      cumulative += buckets[i] ?? 0;
      return { le, cumulative };
    });
    const counts = Float64Array.from(native);
    return {
      ...rest,
      classic,
      count: cumulative + above,
      native: { schema, zeroCount, offset, counts },
    };
  });

function distinct<Sample extends { readonly labels: Labels }>(
  sample: fc.Arbitrary<Sample>,
): fc.Arbitrary<Sample[]> {
  return fc.uniqueArray(sample, {
    selector: (one) => keyOf(Object.fromEntries(one.labels)),
    minLength: 1,
    maxLength: 4,
  });
}

/** Families of each type, with distinct names. */
export const families: fc.Arbitrary<MetricFamily[]> = fc
  .record({
    counters: fc.array(fc.record({ help, samples: distinct(counterSample) }), { maxLength: 3 }),
    gauges: fc.array(fc.record({ help, samples: distinct(gaugeSample) }), { maxLength: 3 }),
    histograms: fc.array(fc.record({ help, samples: distinct(histogramSample) }), {
      maxLength: 2,
    }),
  })
  .map(({ counters, gauges, histograms }) => [
    ...counters.map((one, i) => ({ name: `a${i}_things`, type: "counter" as const, ...one })),
    ...gauges.map((one, i) => ({
      name: `b${i}_bytes`,
      type: "gauge" as const,
      unit: "bytes" as const,
      ...one,
    })),
    ...histograms.map((one, i) => ({
      name: `c${i}_seconds`,
      type: "histogram" as const,
      unit: "seconds" as const,
      ...one,
    })),
  ]);
