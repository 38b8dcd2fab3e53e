import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Exemplar } from "../../../src/exemplar.ts";
import type { HistogramSample, MetricFamily } from "../../../src/export/metric-family.ts";
import { prometheusProtobuf } from "../../../src/export/protobuf-exposition.ts";
import {
  type DecodedExemplar,
  type DecodedHistogram,
  decodeExposition,
} from "../../support/export/decode-exposition.ts";
import { pageBytes } from "../../support/export/page-bytes.ts";
import { families } from "../../support/export/random-families.ts";
import { seedOf } from "../../support/seeded.ts";

const TYPE_NUMBERS = { counter: 0, gauge: 1, histogram: 4 };

function expectHistogram(read: DecodedHistogram | undefined, sample: HistogramSample): void {
  const { native, exemplars } = sample;
  expect(read).toMatchObject({
    count: sample.count,
    sum: sample.sum + 0,
    classic: [...sample.classic, { le: Infinity, cumulative: sample.count }],
    schema: native.schema,
    zeroCount: native.zeroCount,
    createdAt: sample.createdAt,
    exemplars: exemplars.map(decoded),
  });
  if (read === undefined) return;
  // Else it is taken for a classic one while it is empty.
  expect(read.zeroThreshold).toBeGreaterThan(0);
  expect(read.spans.length).toBeGreaterThan(0);
  const held = [...native.counts].flatMap((count, i) =>
    count === 0 ? [] : [[native.offset + i, count] as const],
  );
  expect([...read.native].filter(([, count]) => count !== 0)).toEqual(held);
  // What is empty is told only where leaving it out would take more room.
  const gaps = [...read.native].filter(([, count]) => count === 0).length;
  expect(gaps).toBeLessThanOrEqual(2 * held.length);
  for (const [le, { value }] of read.bucketExemplars) {
    const below = sample.classic.findLast((bucket) => bucket.le < le)?.le ?? -Infinity;
    expect(value).toBeGreaterThan(below);
    expect(value).toBeLessThanOrEqual(le);
  }
}

function decoded({ traceId, spanId, durationUs, at }: Exemplar): DecodedExemplar {
  const labels = { trace_id: traceId, ...(spanId !== undefined && { span_id: spanId }) };
  return { labels, value: durationUs / 1e6, at };
}

test("families decode to what they were", () => {
  const property = fc.property(families, (all) => {
    const read = decodeExposition(pageBytes(prometheusProtobuf(all)));
    expect(read.map(({ name, help, type, unit }) => ({ name, help, type, unit }))).toEqual(
      all.map(({ name, help, type, unit = "" }) => ({
        name: type === "counter" ? `${name}_total` : name,
        help,
        type: TYPE_NUMBERS[type],
        unit,
      })),
    );
    for (const [i, family] of all.entries()) {
      const metrics = read[i]?.metrics ?? [];
      const samples = [...family.samples];
      expect(metrics.map(({ labels }) => labels)).toEqual(samples.map(({ labels }) => labels));
      for (const [j, sample] of samples.entries()) {
        const metric = metrics[j];
        if ("classic" in sample) {
          expectHistogram(metric?.histogram, sample);
          continue;
        }
        const { value, createdAt } = sample;
        if (family.type === "counter") expect(metric?.counter).toEqual({ value, createdAt });
        else expect(metric?.gauge).toBe(value);
      }
    }
  });
  fc.assert(property, { numRuns: 200, seed: seedOf("protobuf", process.env["SEED"]) });
});

describe("a family that would be a long message", () => {
  const long: MetricFamily = {
    name: "level",
    help: "Levels.",
    type: "gauge",
    samples: Array.from({ length: 1_000 }, (_, i) => ({ labels: [["i", String(i)]], value: i })),
  };

  test("goes on in further ones of the same name, with all of its samples in order", () => {
    const read = decodeExposition(pageBytes(prometheusProtobuf([long], 4_096)));
    expect(read.length).toBeGreaterThan(3);
    expect(new Set(read.map(({ name, type, help }) => `${name} ${type} ${help}`)).size).toBe(1);
    const values = read.flatMap(({ metrics }) => metrics.map(({ gauge }) => gauge));
    expect(values).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });

  test("is one message as a rule", () => {
    expect(decodeExposition(pageBytes(prometheusProtobuf([long])))).toHaveLength(1);
  });
});

test("a family without samples is left out", () => {
  const empty: MetricFamily = { name: "nothing", help: "", type: "counter", samples: [] };
  expect([...prometheusProtobuf([empty])]).toEqual([]);
});
