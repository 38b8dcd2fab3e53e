import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Exemplar } from "../../../../src/exemplar.ts";
import {
  exportRequests,
  MAX_REQUEST_BYTES,
  type ExportContext,
} from "../../../../src/export/otlp/export-requests.ts";
import { bucketIndex, bucketLowestUs } from "../../../../src/histogram/bucket-layout.ts";
import { AggregateBuilder } from "../../../../src/histogram/aggregate-builder.ts";
import { MAX_SUMMED_PARTS, MEASURES, type MeasureValues } from "../../../../src/measures.ts";
import { SeriesTotals } from "../../../../src/merge/series-totals.ts";
import { OUTCOMES } from "../../../../src/outcome.ts";
import { defaultTargetKind } from "../../../../src/target-kind.ts";
import { decodeOtlp, type OtlpMetric, type OtlpRequest } from "../../../support/decode-otlp.ts";
import { measured } from "../../../support/measured.ts";
import { seedOf } from "../../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 1, 0, 250);
const CREATED = Date.UTC(2026, 10, 1);
const SEED = seedOf("OTLP requests", process.env["SEED"]);

const CONTEXT: ExportContext = {
  tenant: "acme",
  version: "1.2.3",
  at: NOW,
  maxBuckets: 160,
  kindOf: defaultTargetKind,
  exemplarsOf: () => [],
};

interface Call {
  readonly durationUs: number;
  readonly outcome: number;
}

function totalsOf(
  target: string,
  operation: string,
  calls: readonly Call[],
  measures: MeasureValues = {},
  createdAt = CREATED,
): SeriesTotals {
  const totals = new SeriesTotals({ target, operation }, createdAt);
  const builder = new AggregateBuilder();
  for (const { durationUs, outcome } of calls) builder.record(durationUs, outcome);
  const more = measured(measures, 1, NOW);
  if (more.size > 0) builder.addMeasures(more);
  totals.add(builder.finish());
  return totals;
}

function requestsOf(
  series: readonly SeriesTotals[],
  context: Partial<ExportContext> = {},
  maxBytes?: number,
): OtlpRequest[] {
  return Array.from(exportRequests(series, { ...CONTEXT, ...context }, maxBytes), ({ body }) =>
    decodeOtlp(body),
  );
}

function metricOf(request: OtlpRequest | undefined, name: string): OtlpMetric {
  const metric = request?.metrics.find((one) => one.name === name);
  if (metric === undefined) throw new Error(`there is no ${name}`);
  return metric;
}

const nanos = (atMs: number): bigint => BigInt(atMs) * 1_000_000n;

describe("a request by the official definitions", () => {
  const calls = [
    { durationUs: 0, outcome: 0 },
    { durationUs: 1_000, outcome: 0 },
    { durationUs: 250_000, outcome: 1 },
  ];
  const [request] = requestsOf([
    totalsOf("d1.orders", "select", calls, {
      rowsRead: 12,
      sqlMs: 1.5,
      slow: 1,
      sizeBytes: 4_096,
      value: -2.5,
    }),
  ]);

  it("says whose it is, so that two tenants never become one series", () => {
    expect(request?.resource).toEqual({
      "service.name": "tachograph",
      "service.version": "1.2.3",
      "service.instance.id": "acme",
      "tachograph.tenant": "acme",
    });
    expect(request?.scope).toEqual({ name: "tachograph", version: "1.2.3" });
  });

  it("has durations as one cumulative exponential histogram in seconds", () => {
    const metric = metricOf(request, "tachograph.call.duration");
    expect(metric).toMatchObject({ kind: "exponentialHistogram", unit: "s", temporality: 2 });
    const [point] = metric.points;
    expect(point).toMatchObject({
      attributes: {
        "tachograph.target": "d1.orders",
        "tachograph.kind": "d1",
        "tachograph.operation": "select",
      },
      startTimeUnixNano: nanos(CREATED),
      timeUnixNano: nanos(NOW),
      count: 3,
      zeroCount: 1,
    });
    expect(point?.sum).toBeCloseTo(0.251, 9);
  });

  it("has how calls ended as totals", () => {
    const metric = metricOf(request, "tachograph.calls");
    const about = { kind: "sum", unit: "{call}", temporality: 2, isMonotonic: true };
    expect(metric).toMatchObject(about);
    const ended = metric.points.map(({ attributes, value, isInt }) => [
      attributes["tachograph.outcome"],
      value,
      isInt,
    ]);
    // From the first call on, so that the first timeout is an increase.
    expect(ended).toEqual([
      ["ok", 2, true],
      ["error", 1, true],
      ["timeout", 0, true],
      ["rate_limited", 0, true],
    ]);
  });

  it("has measures in base units: what is added up as totals, what is newest as a gauge", () => {
    expect(metricOf(request, "tachograph.rows_read")).toMatchObject({
      kind: "sum",
      isMonotonic: true,
      points: [{ value: 12, isInt: true, startTimeUnixNano: nanos(CREATED) }],
    });
    expect(metricOf(request, "tachograph.sql")).toMatchObject({
      unit: "s",
      points: [{ value: 0.0015, isInt: false }],
    });
    expect(metricOf(request, "tachograph.size")).toMatchObject({
      kind: "gauge",
      temporality: 0,
      unit: "By",
      points: [{ value: 4_096, startTimeUnixNano: 0n, timeUnixNano: nanos(NOW) }],
    });
    expect(metricOf(request, "tachograph.probe_value")).toMatchObject({
      unit: "",
      points: [{ value: -2.5 }],
    });
    expect(request?.metrics.map(({ name }) => name)).not.toContain("tachograph.wait");
  });

  it("has no calls of a series of measures alone", () => {
    const [only] = requestsOf([totalsOf("cache", "l1", [], { keys: 7 })]);
    expect(only?.metrics.map(({ name }) => name)).toEqual(["tachograph.cache_keys"]);
  });

  it("is none where there is nothing to say", () => {
    expect(requestsOf([])).toEqual([]);
    expect(requestsOf([totalsOf("meta", "events", [])])).toEqual([]);
  });

  it("does not end before it begins when the clock has gone back", () => {
    const [point] = metricOf(
      requestsOf([totalsOf("meta", "events", calls, {}, NOW + 5_000)])[0],
      "tachograph.call.duration",
    ).points;
    expect(point?.startTimeUnixNano).toBe(nanos(NOW));
  });

  it("takes exemplars along", () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const spanId = "00f067aa0ba902b7";
    const exemplars: Exemplar[] = [
      { traceId, spanId, durationUs: 250_000, at: NOW - 10 },
      { traceId, durationUs: 1_000, at: NOW - 20 },
    ];
    const [decoded] = requestsOf([totalsOf("meta", "events", calls)], {
      exemplarsOf: () => exemplars,
    });
    expect(metricOf(decoded, "tachograph.call.duration").points[0]?.exemplars).toEqual([
      { timeUnixNano: nanos(NOW - 10), value: 0.25, traceId, spanId },
      { timeUnixNano: nanos(NOW - 20), value: 0.001, traceId, spanId: "" },
    ]);
  });
});

const call = fc.record({
  durationUs: fc.oneof(
    fc.constantFrom(0, 1, 1_000, 250_000, 600_000_000),
    fc.integer({ min: 0, max: 600_000_000 }),
    fc.integer({ min: 1_000, max: 2_000 }),
  ),
  outcome: fc.nat(OUTCOMES.length - 1),
});

describe("whatever was counted", () => {
  it("arrives: every call is in one bucket that it fits into, and in one outcome", () => {
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 16, max: 1_024 }),
        (calls, maxBuckets) => {
          const [request] = requestsOf([totalsOf("meta", "events", calls)], { maxBuckets });
          const [point] = metricOf(request, "tachograph.call.duration").points;
          const { scale = NaN, offset = NaN, bucketCounts = [], zeroCount } = point ?? {};
          expect(bucketCounts.length).toBeLessThanOrEqual(maxBuckets);
          expect(scale).toBeLessThanOrEqual(8);
          const above = calls.filter(({ durationUs }) => durationUs > 0);
          expect(zeroCount).toBe(calls.length - above.length);
          const expected = new Map<number, number>();
          for (const { durationUs } of above) {
            // A call is told as the lowest duration of our bucket, up to 0.1 % below it.
            const seconds = bucketLowestUs(bucketIndex(durationUs)) / 1e6;
            expect(seconds * 1e6).toBeGreaterThanOrEqual(durationUs / 1.001);
            const index = Math.ceil(Math.log2(seconds) * 2 ** scale) - 1;
            expected.set(index, (expected.get(index) ?? 0) + 1);
          }
          const filled = bucketCounts.flatMap((count, i) =>
            count > 0 ? [[offset + i, count]] : [],
          );
          expect(new Map(filled as [number, number][])).toEqual(expected);
          const counted = bucketCounts.reduce((sum, count) => sum + count, 0);
          expect(counted + (zeroCount ?? NaN)).toBe(point?.count);
          expect(point?.count).toBe(calls.length);
          const sumUs = calls.reduce((sum, { durationUs }) => sum + durationUs, 0);
          expect(point?.sum).toBe(sumUs / 1e6);
          const ended = metricOf(request, "tachograph.calls").points;
          expect(ended.reduce((sum, { value }) => sum + (value ?? NaN), 0)).toBe(calls.length);
        },
      ),
      { seed: SEED },
    );
  });

  it("is in one of the requests, whole ones and none too long, when it is too much for one", () => {
    const all = Array.from({ length: 300 }, (_, index) =>
      totalsOf(`target-${index % 60}`, `operation-${index}`, [
        { durationUs: index * 1_000, outcome: index % OUTCOMES.length },
        { durationUs: 5, outcome: 0 },
      ]),
    );
    const maxBytes = 30_000;
    const encoded = [...exportRequests(all, CONTEXT, maxBytes)];
    expect(encoded.length).toBeGreaterThan(4);
    const told = new Map<string, number>();
    for (const { body, points } of encoded) {
      expect(body.length).toBeLessThanOrEqual(maxBytes);
      const { metrics } = decodeOtlp(body);
      expect(metrics.flatMap((metric) => metric.points)).toHaveLength(points);
      for (const { attributes, count } of metricOf(decodeOtlp(body), "tachograph.call.duration")
        .points) {
        const name = `${attributes["tachograph.target"]}/${attributes["tachograph.operation"]}`;
        expect(told.has(name)).toBe(false);
        told.set(name, count ?? NaN);
      }
    }
    expect(told.size).toBe(300);
    expect([...told.values()].every((count) => count === 2)).toBe(true);
  });

  it("fits into one request of the default length as a hundred series", () => {
    const wide = Array.from({ length: 400 }, (_, index) => ({
      durationUs: Math.floor(1.05 ** index) % 600_000_000,
      outcome: index % OUTCOMES.length,
    }));
    const all = Array.from({ length: 100 }, (_, index) => totalsOf("meta", `op-${index}`, wide));
    const encoded = [...exportRequests(all, CONTEXT)];
    expect(encoded).toHaveLength(1);
    expect(encoded[0]?.body.length).toBeLessThan(MAX_REQUEST_BYTES / 10);
  });

  it("keeps the largest numbers exactly", () => {
    const totals = totalsOf("d1", "select", [{ durationUs: 1, outcome: 0 }]);
    const builder = new AggregateBuilder();
    const parts = new Map(
      MEASURES.flatMap(({ kind }, code) =>
        kind === "sum" ? [[code, { count: 1, parts: MAX_SUMMED_PARTS, at: 0 }] as const] : [],
      ),
    );
    builder.addMeasures(parts);
    totals.add(builder.finish());
    const [request] = requestsOf([totals]);
    const [rows] = metricOf(request, "tachograph.rows_read").points;
    expect(rows?.value).toBe(MAX_SUMMED_PARTS);
  });
});
