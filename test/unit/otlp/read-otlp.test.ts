import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { OtlpError } from "../../../src/otlp/otlp-error.ts";
import type { OtlpPoint, OtlpRequest } from "../../../src/otlp/otlp-model.ts";
import { readOtlpJson } from "../../../src/otlp/read-otlp-json.ts";
import { readOtlpProtobuf } from "../../../src/otlp/read-otlp-protobuf.ts";
import { encodeOtlp, requestOf } from "../../support/otlp-request.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("read OTLP", process.env["SEED"]);

/* Requests as OTLP/JSON has them. */

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom("é", "日本", "\u0000", "\u{1F600}"),
);
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const nanoseconds = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const count = fc.oneof(fc.nat(), fc.maxSafeNat()).map(String);
const counts = fc.array(count, { maxLength: 20 });
const digits = (length: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => Buffer.from(bytes).toString("hex"));

const { value: anyValue } = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: int64 }),
    fc.record({ doubleValue: double }),
    fc.record({
      bytesValue: fc.uint8Array({ maxLength: 9 }).map((b) => Buffer.from(b).toString("base64")),
    }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie("value"), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: text, value: tie("value") }), { maxLength: 3 }),
      }),
    }),
  ),
}));
const attributes = fc.array(fc.record({ key: text, value: anyValue }), { maxLength: 5 });

const exemplar = fc.record({
  timeUnixNano: nanoseconds,
  asDouble: double,
  traceId: digits(16),
  spanId: digits(8),
});
const common = {
  attributes,
  startTimeUnixNano: nanoseconds,
  timeUnixNano: nanoseconds,
  flags: fc.constantFrom(0, 1),
  exemplars: fc.array(exemplar, { maxLength: 2 }),
};
const statistics = { sum: double, min: double, max: double };
const numberPoint = fc.oneof(
  fc.record({ ...common, asDouble: double }),
  fc.record({ ...common, asInt: int64 }),
);
const histogramPoint = fc.record(
  { ...common, ...statistics, count, bucketCounts: counts, explicitBounds: fc.array(double) },
  { requiredKeys: ["attributes", "timeUnixNano", "count"] },
);
const exponentialPoint = fc.record(
  {
    ...common,
    ...statistics,
    count,
    zeroCount: count,
    zeroThreshold: double,
    scale: fc.integer({ min: -10, max: 20 }),
    positive: fc.record({
      offset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      bucketCounts: counts,
    }),
    negative: fc.record({ offset: fc.integer({ min: -9, max: 9 }), bucketCounts: counts }),
  },
  { requiredKeys: ["attributes", "timeUnixNano", "count", "scale"] },
);
const dataOf = (point: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.record({
    dataPoints: fc.array(point, { maxLength: 3 }),
    aggregationTemporality: fc.constantFrom(0, 1, 2),
    isMonotonic: fc.boolean(),
  });
const metric = fc.oneof(
  fc.record({ name: text, unit: text, description: text, histogram: dataOf(histogramPoint) }),
  fc.record({ name: text, unit: text, exponentialHistogram: dataOf(exponentialPoint) }),
  fc.record({ name: text, unit: text, sum: dataOf(numberPoint) }),
  fc.record({ name: text, gauge: dataOf(numberPoint) }),
  fc.record({ name: text, summary: fc.record({ dataPoints: fc.array(fc.record({ count })) }) }),
  fc.record({ name: text }),
);
const requests = fc.record({
  resourceMetrics: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeMetrics: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, attributes }),
          metrics: fc.array(metric, { maxLength: 3 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 2 },
  ),
});

function pointsOf(request: OtlpRequest): readonly OtlpPoint[] {
  return request.flatMap(({ scopes }) =>
    scopes.flatMap(({ metrics }) => metrics.flatMap(({ data }) => data.points)),
  );
}

function onlyPoint(request: OtlpRequest): OtlpPoint {
  const [point] = pointsOf(request);
  if (point === undefined) throw new Error("there is no point");
  return point;
}

/** What reading gives, or the one error that it may throw; nothing else gets through. */
function outcomeOf(read: () => OtlpRequest): OtlpRequest | OtlpError {
  try {
    return read();
  } catch (error) {
    if (error instanceof OtlpError) return error;
    throw error;
  }
}

function hex(digitPairs: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digitPairs.replaceAll(" ", ""), "hex"));
}

/** A field of bytes, for messages that no library writes. */
function field(number: number, ...bytes: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(bytes);
  const length: number[] = [];
  let rest = body.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Uint8Array.from([(number << 3) | 2, ...length, rest]), body]);
}

/** A request with one metric of such a field. */
function metricOf(...fields: readonly Uint8Array[]): Uint8Array {
  return field(1, field(2, field(2, ...fields)));
}

/** A value within so many lists. */
function within(value: object, lists: number): object {
  return lists === 0 ? value : { arrayValue: { values: [within(value, lists - 1)] } };
}

/** A value within so many maps. */
function withinMaps(value: object, maps: number): object {
  if (maps === 0) return value;
  return { kvlistValue: { values: [{ key: "k", value: withinMaps(value, maps - 1) }] } };
}

describe("both readers", () => {
  it("read the same out of the official definitions' bytes as out of the JSON", () => {
    const property = fc.property(requests, (request) => {
      const json: unknown = JSON.parse(JSON.stringify(request));
      expect(readOtlpProtobuf(encodeOtlp(request))).toEqual(readOtlpJson(json));
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  it("read every field of a point", () => {
    const point = {
      attributes: [{ key: "server.address", value: { stringValue: "graph.facebook.com" } }],
      startTimeUnixNano: "1795190000000000001",
      timeUnixNano: "1795190060000000002",
      count: "4",
      sum: 1.5,
      min: 0.25,
      max: 0.5,
      flags: 1,
      scale: 3,
      zeroCount: "1",
      zeroThreshold: 0.001,
      positive: { offset: -7, bucketCounts: ["1", "2"] },
      negative: { offset: 0, bucketCounts: ["0"] },
      exemplars: [
        { timeUnixNano: "5", asDouble: 0.5, traceId: "AB".repeat(16), spanId: "cd".repeat(8) },
      ],
    };
    const data = { aggregationTemporality: 2, dataPoints: [point] };
    const request = requestOf({ name: "m", unit: "s", exponentialHistogram: data }, { a: "b" });
    for (const read of [readOtlpJson(request), readOtlpProtobuf(encodeOtlp(request))]) {
      expect(read).toEqual([
        {
          attributes: { values: new Map([["a", { type: "string", text: "b" }]]), fault: undefined },
          scopes: [
            expect.objectContaining({
              name: "test",
              version: "1",
              metrics: [
                {
                  name: "m",
                  unit: "s",
                  data: {
                    kind: "exponentialHistogram",
                    temporality: "cumulative",
                    isMonotonic: false,
                    pointCount: 1,
                    points: [
                      {
                        attributes: {
                          values: new Map([
                            ["server.address", { type: "string", text: "graph.facebook.com" }],
                          ]),
                          fault: undefined,
                        },
                        startNs: 1_795_190_000_000_000_001n,
                        timeNs: 1_795_190_060_000_000_002n,
                        isEmpty: true,
                        fault: undefined,
                        value: {
                          kind: "exponentialHistogram",
                          count: 4,
                          sum: 1.5,
                          min: 0.25,
                          max: 0.5,
                          scale: 3,
                          zeroCount: 1,
                          zeroThreshold: 0.001,
                          offset: -7,
                          counts: [1, 2],
                          negativeCount: 0,
                        },
                        exemplars: [
                          {
                            timeNs: 5n,
                            value: 0.5,
                            traceId: "ab".repeat(16),
                            spanId: "cd".repeat(8),
                          },
                        ],
                      },
                    ],
                  },
                },
              ],
            }),
          ],
        },
      ]);
    }
  });

  it("do not build more buckets than a point may have", () => {
    const many = Array.from({ length: 10_001 }, () => "1");
    const bodies = [
      { name: "m", histogram: { dataPoints: [{ bucketCounts: many }] } },
      { name: "m", histogram: { dataPoints: [{ explicitBounds: many.map((_, i) => i) }] } },
      { name: "m", exponentialHistogram: { dataPoints: [{ positive: { bucketCounts: many } }] } },
      { name: "m", exponentialHistogram: { dataPoints: [{ negative: { bucketCounts: many } }] } },
    ].map((one) => requestOf(one));
    for (const body of bodies) {
      for (const read of [readOtlpJson(body), readOtlpProtobuf(encodeOtlp(body))]) {
        const { fault, value } = onlyPoint(read);
        expect(fault).toBe("there are more than 10000 buckets");
        expect(value.kind !== "number" && value.counts.length).toBeLessThanOrEqual(10_000);
      }
    }
  });

  it("tell of attributes that are too many, too long or too deep", () => {
    const pair = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
    const sum = (pairs: readonly object[]): object =>
      requestOf({ name: "m", sum: { dataPoints: [{ asInt: "1", attributes: pairs }] } });
    const faults = [
      Array.from({ length: 129 }, (_, i) => pair(`k${i}`, "v")),
      [pair("k".repeat(256), "v")],
      [pair("k", "v".repeat(4_097))],
      Array.from({ length: 17 }, (_, i) => pair(`k${i}`, "v".repeat(4_000))),
      [{ key: "k", value: { arrayValue: { values: Array.from({ length: 5_000 }, () => ({})) } } }],
      [{ key: "k", value: within({ stringValue: '"'.repeat(1_000) }, 8) }],
    ].map((pairs) => {
      const fault = onlyPoint(readOtlpJson(sum(pairs))).attributes.fault;
      expect(onlyPoint(readOtlpProtobuf(encodeOtlp(sum(pairs)))).attributes.fault).toBe(fault);
      return fault;
    });
    expect(faults).toEqual([
      "there are more than 128 attributes in one place",
      "an attribute's key is longer than 255 characters",
      "an attribute is longer than 4096 characters",
      "the attributes of one place are longer than 65536 characters",
      "an attribute is longer than 4096 characters",
      "an attribute is longer than 4096 characters",
    ]);
    const deep = sum([{ key: "k", value: within({ stringValue: "v" }, 9) }]);
    expect(() => readOtlpJson(deep)).toThrow("An attribute nests deeper than 8 levels.");
    expect(() => readOtlpProtobuf(encodeOtlp(deep))).toThrow(OtlpError);
  });

  it.each([within, withinMaps])("build no text that doubles with each level (%o)", (nest) => {
    const stringify = vi.spyOn(JSON, "stringify");
    const value = nest({ stringValue: '"'.repeat(100_000) }, 8);
    const attribute = { key: "k", value };
    const body = requestOf({ name: "m", sum: { dataPoints: [{ attributes: [attribute] }] } });
    const bytes = encodeOtlp(body);
    stringify.mockClear();
    for (const point of [onlyPoint(readOtlpJson(body)), onlyPoint(readOtlpProtobuf(bytes))]) {
      expect(point.attributes.fault).toBe("an attribute is longer than 4096 characters");
    }
    expect(stringify).not.toHaveBeenCalled();
    stringify.mockRestore();
  });

  it.each([
    [
      "points",
      10_001,
      (n: number) =>
        requestOf({ name: "m", gauge: { dataPoints: Array.from({ length: n }, () => ({})) } }),
    ],
    [
      "metrics",
      10_001,
      (n: number) => ({
        resourceMetrics: [{ scopeMetrics: [{ metrics: Array.from({ length: n }, () => ({})) }] }],
      }),
    ],
    [
      "scopes",
      2_000,
      (n: number) => ({
        resourceMetrics: [{ scopeMetrics: Array.from({ length: n }, () => ({})) }],
      }),
    ],
  ])("stop at too many %s", (_, tooMany, body) => {
    for (const read of [readOtlpJson, (json: object) => readOtlpProtobuf(encodeOtlp(json))]) {
      expect(outcomeOf(() => read(body(tooMany)))).toMatchObject({ isTooLarge: true });
      expect(outcomeOf(() => read(body(tooMany - 1)))).not.toBeInstanceOf(OtlpError);
    }
  });
});

describe("readOtlpJson", () => {
  it("takes integers as texts or numbers, enums by name, and null for none", () => {
    const point = {
      startTimeUnixNano: null,
      timeUnixNano: 1_795_190_000_000_000_000,
      unknown: { a: [1] },
      count: 2,
      sum: "0.5",
      min: null,
      bucketCounts: [1, "1"],
      explicitBounds: [0.1],
      attributes: null,
      exemplars: null,
    };
    const data = { aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA", dataPoints: [point] };
    const read = readOtlpJson(requestOf({ name: "m", histogram: data, gauge: null }));
    expect(read[0]?.scopes[0]?.metrics[0]?.data.temporality).toBe("delta");
    expect(onlyPoint(read)).toMatchObject({
      startNs: 0n,
      timeNs: 1_795_190_000_000_000_000n,
      value: { count: 2, sum: 0.5, min: undefined, counts: [1, 1], bounds: [0.1] },
    });
  });

  it("leaves it to whoever uses numbers to refuse those that are none", () => {
    const point = {
      timeUnixNano: "soon",
      count: "-1",
      sum: "NaN",
      bucketCounts: ["x", 1.5],
    };
    const read = onlyPoint(
      readOtlpJson(requestOf({ name: "m", histogram: { dataPoints: [point] } })),
    );
    expect(read.timeNs).toBeLessThan(0n);
    expect(read.value).toMatchObject({
      count: -1,
      sum: Number.NaN,
      counts: [Number.NaN, Number.NaN],
    });
  });

  it.each<[string, unknown]>([
    ["The body must be an object.", []],
    ["resourceMetrics must be a list.", { resourceMetrics: {} }],
    ["An entry of resourceMetrics must be an object.", { resourceMetrics: [1] }],
    ["resource must be an object.", { resourceMetrics: [{ resource: "r" }] }],
    ["A metric's name must be a text.", requestOf({ name: 1 })],
    ["dataPoints must be a list.", requestOf({ name: "m", sum: { dataPoints: 1 } })],
    [
      "bucketCounts must be a list.",
      requestOf({ name: "m", histogram: { dataPoints: [{ bucketCounts: "1" }] } }),
    ],
    [
      "intValue must be a whole number.",
      requestOf({
        name: "m",
        sum: { dataPoints: [{ attributes: [{ key: "k", value: { intValue: 1.5 } }] }] },
      }),
    ],
  ])("says %s", (message, body) => {
    expect(() => readOtlpJson(body)).toThrow(new OtlpError(message));
  });

  it("throws nothing but its error, whatever the JSON is", () => {
    const property = fc.property(fc.jsonValue(), requests, (junk, request) => {
      outcomeOf(() => readOtlpJson(junk));
      // A piece of a good request replaced by junk.
      const broken: unknown = JSON.parse(JSON.stringify(request), (key, value: unknown) =>
        key.length > 3 && key.length % 5 === 0 ? junk : value,
      );
      outcomeOf(() => readOtlpJson(broken));
    });
    fc.assert(property, { seed, numRuns: 300 });
  });
});

describe("readOtlpProtobuf", () => {
  const bounds = Array.from({ length: 3 }, (_, i) => i + 0.5);
  const sample = encodeOtlp(
    requestOf(
      {
        name: "http.client.request.duration",
        unit: "s",
        description: "d",
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              attributes: [{ key: "k", value: { arrayValue: { values: [{ intValue: "-1" }] } } }],
              timeUnixNano: "7",
              count: "4",
              sum: 1,
              explicitBounds: bounds,
              bucketCounts: ["1", "1", "1", "1"],
              exemplars: [{ asInt: "3", traceId: "ab".repeat(16) }],
            },
          ],
        },
      },
      { "service.name": "s" },
    ),
  );

  it("reads repeated numbers that are not packed, and in several parts", () => {
    const unpacked = hex("31 0100000000000000 31 0200000000000000");
    const packed = field(6, hex("0300000000000000"));
    const point = Buffer.concat([unpacked, packed, hex("39 000000000000e03f")]);
    const read = onlyPoint(readOtlpProtobuf(metricOf(field(9, field(1, point)))));
    expect(read.value).toMatchObject({ counts: [1, 2, 3], bounds: [0.5] });
    const varints = field(8, hex("10 01 12 02 0203"));
    const exponential = onlyPoint(readOtlpProtobuf(metricOf(field(10, field(1, varints)))));
    expect(exponential.value).toMatchObject({ counts: [1, 2, 3] });
  });

  it("skips fields that it does not know", () => {
    const unknown = Buffer.concat([
      hex("f801 05 fa01 03 010203 fd01 01020304 f901 0102030405060708"),
    ]);
    expect(readOtlpProtobuf(Uint8Array.from(unknown))).toEqual([]);
    expect(readOtlpProtobuf(new Uint8Array(0))).toEqual([]);
  });

  it("ends with its error, or reads less, wherever the bytes end", () => {
    for (let length = 0; length < sample.length; length++) {
      const read = outcomeOf(() => readOtlpProtobuf(sample.subarray(0, length)));
      // Only where nothing has begun is there nothing missing.
      if (length > 0) expect(read).toBeInstanceOf(OtlpError);
    }
  });

  it.each([
    [
      "a wrong wire type",
      hex("08 01"),
      /field 1 of ExportMetricsServiceRequest has wire type 0 instead of 2/,
    ],
    [
      "a number where a text should be",
      metricOf(hex("08 01")),
      /field 1 of Metric has wire type 0/,
    ],
    ["a length beyond the end", hex("0a ff01 00"), /premature EOF/],
    ["a length of 4 GiB", hex("0a ffffffff0f"), /premature EOF/],
    ["a varint without an end", hex("0a ffffffffffffffffffffffff"), /invalid varint/],
    ["field 0", hex("02 00"), /illegal tag/],
    ["a group", hex("7b 7c"), /is a group, which OTLP does not use/],
    ["groups without an end", new Uint8Array(100_000).fill(0x7b), /is a group/],
    ["a half double", metricOf(field(9, field(1, hex("29 0000")))), /.+/],
    ["half a packed count", metricOf(field(9, field(1, field(6, hex("0100"))))), /.+/],
  ])("refuses %s", (_, bytes, message) => {
    const read = outcomeOf(() => readOtlpProtobuf(bytes));
    expect(read).toBeInstanceOf(OtlpError);
    expect(read).toMatchObject({ isTooLarge: false, message: expect.stringMatching(message) });
  });

  it("refuses values within values without an end", () => {
    let value = field(1, hex("61"));
    for (let depth = 0; depth < 1_000; depth++) value = field(5, field(1, value));
    const point = field(7, field(1, hex("6b")), field(2, value));
    const read = outcomeOf(() => readOtlpProtobuf(metricOf(field(7, field(1, point)))));
    expect(read).toMatchObject({ message: "An attribute nests deeper than 8 levels." });
  });

  it("keeps no more buckets than may be of a million", () => {
    const million = new Uint8Array(1_000_000).fill(1);
    const read = onlyPoint(
      readOtlpProtobuf(metricOf(field(10, field(1, field(8, field(2, million)))))),
    );
    expect(read.fault).toBe("there are more than 10000 buckets");
    expect(read.value.kind !== "number" && read.value.counts.length).toBe(10_000);
  });

  it("throws nothing but its error, whatever the bytes are", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      outcomeOf(() => readOtlpProtobuf(bytes));
      outcomeOf(() => readOtlpProtobuf(metricOf(bytes)));
      outcomeOf(() => readOtlpProtobuf(metricOf(field(9, field(1, bytes)))));
      outcomeOf(() => readOtlpProtobuf(metricOf(field(10, field(1, bytes)))));
    });
    fc.assert(property, { seed, numRuns: 500 });
    const broken = fc.property(
      fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      (changes) => {
        const bytes = sample.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        outcomeOf(() => readOtlpProtobuf(bytes));
      },
    );
    fc.assert(broken, { seed, numRuns: 1_000 });
  });
});
