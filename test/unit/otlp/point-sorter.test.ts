import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import type { OtlpConfigInput } from "../../../src/otlp/otlp-config.ts";
import { PointSorter } from "../../../src/otlp/point-sorter.ts";
import { readOtlpJson } from "../../../src/otlp/read-otlp-json.ts";
import { attributes, nanos, requestOf } from "../../support/otlp-request.ts";

const NOW = 1_795_190_060_000;
const DELTA = 1;
const CUMULATIVE = 2;

function sort(request: object, otlp: OtlpConfigInput = {}, maxTargets = 64): PointSorter {
  const { otlp: config } = parseConfig({ otlp });
  const sorter = new PointSorter({ config, maxTargets, nowMs: NOW, random: () => 0.5 });
  sorter.sort(readOtlpJson(request));
  return sorter;
}

function point(given: object = {}, host = "graph.facebook.com"): object {
  return {
    attributes: attributes({ "server.address": host, "http.request.method": "POST" }),
    startTimeUnixNano: nanos(NOW - 60_000),
    timeUnixNano: nanos(NOW),
    count: "3",
    sum: 0.06,
    explicitBounds: [0.01, 0.025],
    bucketCounts: ["1", "1", "1"],
    ...given,
  };
}

function durations(
  dataPoints: readonly object[],
  aggregationTemporality = DELTA,
  unit = "s",
): object {
  return {
    name: "http.client.request.duration",
    unit,
    histogram: { aggregationTemporality, dataPoints },
  };
}

function rows(value: object, aggregationTemporality = DELTA, isMonotonic = true): object {
  const dataPoints = [{ ...point(), ...value }];
  return {
    name: "db.rows",
    unit: "{row}",
    sum: { aggregationTemporality, isMonotonic, dataPoints },
  };
}

const TAKES_ROWS: OtlpConfigInput = {
  metrics: { "db.rows": { measure: "rowsRead", target: "d1" } },
};

describe("PointSorter", () => {
  it("makes timings of delta points", () => {
    const { targets, rejected, refused } = sort(requestOf(durations([point()])));
    expect([...targets.keys()]).toEqual(["meta"]);
    const meta = targets.get("meta");
    expect(meta).toMatchObject({ timings: 3, deltaPoints: 1, totals: [] });
    expect(meta?.delta.finish()).toEqual([
      {
        slotStart: NOW,
        operation: "post",
        aggregate: expect.objectContaining({ count: 3, sumUs: 60_000 }),
      },
    ]);
    expect(rejected.count).toBe(0);
    expect(rejected.message()).toBe("");
    expect(refused).toEqual({});
  });

  it("hands cumulative points on as what their streams have counted", () => {
    const { targets } = sort(requestOf(durations([point()], CUMULATIVE)));
    expect(targets.get("meta")?.delta.finish()).toEqual([]);
    expect(targets.get("meta")?.totals).toEqual([
      {
        stream: expect.stringMatching(/^[0-9a-f]{32}$/),
        operation: "post",
        outcome: 0,
        startAt: NOW - 60_000,
        at: NOW,
        value: {
          kind: "histogram",
          histogram: {
            count: 3,
            sumUs: 60_000,
            minUs: null,
            maxUs: null,
            buckets: { kind: "explicit", boundsUs: [10_000, 25_000], counts: [1, 1, 1] },
          },
        },
      },
    ]);
  });

  it("tells streams apart by everything that names them, in any order", () => {
    const streamOf = (request: object): string | undefined =>
      sort(request).targets.get("meta")?.totals[0]?.stream;
    const base = requestOf(durations([point()], CUMULATIVE), { "service.name": "a", host: "h" });
    const turned = point();
    Object.assign(turned, {
      attributes: [
        ...("attributes" in turned && Array.isArray(turned.attributes) ? turned.attributes : []),
      ].toReversed(),
    });
    const same = requestOf(durations([turned], CUMULATIVE), { host: "h", "service.name": "a" });
    expect(streamOf(same)).toBe(streamOf(base));
    const others = [
      requestOf(durations([point()], CUMULATIVE), { "service.name": "b", host: "h" }),
      requestOf(durations([point()], CUMULATIVE, "ms"), { "service.name": "a", host: "h" }),
      requestOf(durations([point({}, "facebook.com")], CUMULATIVE), {
        "service.name": "a",
        host: "h",
      }),
    ].map(streamOf);
    expect(new Set([streamOf(base), ...others]).size).toBe(4);
  });

  it("takes units of time, and the configured one where none is named", () => {
    const sumOf = (unit: string, otlp?: OtlpConfigInput): unknown =>
      sort(requestOf(durations([point()], DELTA, unit)), otlp)
        .targets.get("meta")
        ?.delta.finish()[0]?.aggregate.sumUs;
    expect(sumOf("s")).toBe(60_000);
    expect(sumOf("")).toBe(60_000);
    expect(sumOf("ms")).toBe(60);
    const inMs = { metrics: { "http.client.request.duration": { unit: "ms" as const } } };
    expect(sumOf("", inMs)).toBe(60);
    expect(sort(requestOf(durations([point()], DELTA, "By"))).rejected.message()).toBe(
      "1 of http.client.request.duration: its unit must be one of s, ms, us, ns, min, h, d.",
    );
  });

  it("adds monotonic sums to measures", () => {
    const { targets, rejected } = sort(requestOf(rows({ asInt: "12" })), TAKES_ROWS);
    expect(rejected.count).toBe(0);
    const [entry] = targets.get("d1")?.delta.finish() ?? [];
    expect(entry?.aggregate.count).toBe(0);
    expect(entry?.aggregate.measures).toEqual(new Map([[0, { count: 1, parts: 12, at: 0 }]]));
    expect(targets.get("d1")?.timings).toBe(0);
    const cumulative = sort(requestOf(rows({ asDouble: 7 }, CUMULATIVE)), TAKES_ROWS);
    expect(cumulative.targets.get("d1")?.totals).toMatchObject([
      { value: { kind: "measure", code: 0, parts: 7 } },
    ]);
  });

  it("converts measures of time", () => {
    const metric = { ...rows({ asDouble: 0.25 }), unit: "s" };
    const otlp: OtlpConfigInput = { metrics: { "db.rows": { measure: "sqlMs", target: "d1" } } };
    const [entry] = sort(requestOf(metric), otlp).targets.get("d1")?.delta.finish() ?? [];
    expect(entry?.aggregate.measures).toEqual(new Map([[2, { count: 1, parts: 250_000, at: 0 }]]));
  });

  it.each<[string, object, RegExp, object]>([
    [
      "too old",
      point({ timeUnixNano: nanos(NOW - 300_001), startTimeUnixNano: "1" }),
      /more than 5 min ago/,
      { too_old: 3 },
    ],
    [
      "ahead of time",
      point({ timeUnixNano: nanos(NOW + 30_001) }),
      /more than 30 s ahead/,
      { in_the_future: 3 },
    ],
    ["without a time", point({ timeUnixNano: undefined }), /timeUnixNano must be/, { bad_time: 3 }],
    [
      "with a start after its time",
      point({ startTimeUnixNano: nanos(NOW + 1) }),
      /is after timeUnixNano/,
      { bad_time: 3 },
    ],
    [
      "without a target",
      point({ attributes: [] }),
      /needs the attribute tachograph\.target or server\.address/,
      { bad_target: 3 },
    ],
    [
      "with counts that do not add up",
      point({ count: "4" }),
      /buckets count 3 and not 4/,
      { bad_histogram: 4 },
    ],
    [
      "with a negative count",
      point({ count: "-3" }),
      /count must be a whole number/,
      { bad_histogram: 1 },
    ],
    [
      "with two billion timings",
      point({ count: "2000000000", bucketCounts: ["2000000000", "0", "0"] }),
      /too many timings/,
      { too_many_values: 1 },
    ],
  ])("refuses a point that is %s", (_, faulty, message, refused) => {
    const sorter = sort(requestOf(durations([faulty, point()])));
    expect(sorter.targets.get("meta")?.timings).toBe(3);
    expect(sorter.rejected.count).toBe(1);
    expect(sorter.rejected.message()).toMatch(message);
    expect(sorter.refused).toEqual(refused);
  });

  it("books no more refused timings than a request may count", () => {
    const many = { count: "600000000", bucketCounts: ["600000000", "0", "0"], attributes: [] };
    const { refused } = sort(requestOf(durations([point(many), point(many)])));
    expect(refused).toEqual({ bad_target: 600_000_001 });
  });

  it("books one timing for a refused total, of which nobody knows what is new", () => {
    const { refused } = sort(requestOf(durations([point({ count: "4" })], CUMULATIVE)));
    expect(refused).toEqual({ bad_histogram: 1 });
  });

  it("refuses cumulative histograms with more buckets than a shard remembers", () => {
    const bounds = Array.from({ length: 512 }, (_, i) => i + 1);
    const wide = point({ explicitBounds: bounds, bucketCounts: [...bounds.map(() => "0"), "3"] });
    expect(sort(requestOf(durations([wide], CUMULATIVE))).rejected.message()).toMatch(
      /512 buckets/,
    );
    expect(sort(requestOf(durations([wide]))).rejected.count).toBe(0);
  });

  it.each<[string, object, RegExp]>([
    [
      "a gauge",
      { name: "db.rows", gauge: { dataPoints: [{}, {}] } },
      /2 of db\.rows: a gauge cannot be added up; send a monotonic sum/,
    ],
    [
      "a gauge of durations",
      { name: "http.client.request.duration", gauge: { dataPoints: [{}] } },
      /send a histogram/,
    ],
    [
      "a summary",
      { name: "http.client.request.duration", summary: { dataPoints: [{}] } },
      /percentiles cannot be merged; send a histogram/,
    ],
    [
      "a sum of durations",
      { ...rows({ asInt: "1" }), name: "http.client.request.duration" },
      /send a histogram, or give it a measure/,
    ],
    [
      "a histogram for a measure",
      { ...durations([point()]), name: "db.rows" },
      /only a monotonic sum can be counted as rowsRead/,
    ],
    ["a sum that may go down", rows({ asInt: "1" }, DELTA, false), /send a monotonic one/],
    ["no temporality", durations([point()], 0), /send delta or cumulative/],
    ["a negative sum", rows({ asInt: "-1" }), /must be a number from 0/],
    ["a sum that is no number", rows({ asDouble: "NaN" }), /must be a number from 0/],
    [
      "a cumulative sum beyond 2^53",
      rows({ asInt: "9007199254740993" }, CUMULATIVE),
      /must be a number from 0/,
    ],
  ])("refuses %s", (_, metric, message) => {
    const sorter = sort(requestOf(metric), TAKES_ROWS);
    expect(sorter.rejected.message()).toMatch(message);
    expect([...sorter.targets.values()].every(({ timings }) => timings === 0)).toBe(true);
  });

  it("names metrics that are not configured once, or says nothing of them", () => {
    const other = { name: "process.cpu.time", sum: { dataPoints: [{}, {}] } };
    expect(sort(requestOf(other)).rejected).toMatchObject({ count: 2 });
    expect(sort(requestOf(other)).rejected.message()).toMatch(
      /^2 of metrics not counted here, such as process\.cpu\.time: add them to otlp\.metrics/,
    );
    expect(sort(requestOf(other), { others: "ignore" }).rejected.count).toBe(0);
    const off = { metrics: { "http.client.request.duration": false as const } };
    expect(sort(requestOf(durations([point()])), off).rejected.count).toBe(1);
  });

  it("refuses targets beyond what a tenant may have", () => {
    const points = Array.from({ length: 100 }, (_, i) => point({}, `h${i}.example.com`));
    const sorter = sort(requestOf(durations(points)), {}, 64);
    expect(sorter.targets.size).toBe(64);
    expect(sorter.refused).toEqual({ too_many_targets: 108 });
    expect(sorter.rejected.count).toBe(36);
    expect(sorter.rejected.message()).toMatch(/give hosts a common one in otlp\.hosts/);
    const together = sort(requestOf(durations(points)), { hosts: { "*": "web" } }, 64);
    expect([...together.targets.keys()]).toEqual(["web"]);
  });

  it("passes on the exemplars that lead to a trace", () => {
    const exemplars = [
      {
        timeUnixNano: nanos(NOW - 5),
        asDouble: 0.02,
        traceId: "AB".repeat(16),
        spanId: "cd".repeat(8),
      },
      { asDouble: 0.03, traceId: "ef".repeat(16) },
      { asDouble: 0.03, traceId: "0".repeat(32) },
      { asDouble: 0.03 },
      { asDouble: -1, traceId: "ab".repeat(16) },
      { asDouble: 0.01, traceId: "ab".repeat(16), timeUnixNano: nanos(NOW - 400_000) },
    ];
    const { targets } = sort(requestOf(durations([point({ exemplars })])));
    expect(targets.get("meta")?.exemplars.take()).toEqual([
      { operation: "post", traceId: "ef".repeat(16), durationUs: 30_000, at: NOW },
      {
        operation: "post",
        traceId: "ab".repeat(16),
        spanId: "cd".repeat(8),
        durationUs: 20_000,
        at: NOW - 5,
      },
    ]);
  });

  it("takes points of nothing, and those that say that nothing was recorded", () => {
    const nothing = point({ count: "0", bucketCounts: ["0", "0", "0"], min: "Infinity" });
    const { rejected, targets } = sort(
      requestOf(durations([nothing, point({ flags: 1, count: "9" })])),
    );
    expect(rejected.count).toBe(0);
    expect(targets.get("meta")?.timings).toBe(0);
  });

  it("keeps its message short, whatever there is to say", () => {
    const metrics = Array.from({ length: 50 }, (_, i) => `m${i}${"x".repeat(240)}`);
    const otlp = { metrics: Object.fromEntries(metrics.map((name) => [name, {}])) };
    const parts = metrics.map((name) => ({ name, gauge: { dataPoints: [{}] } }));
    const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: parts }] }] };
    const { rejected } = sort(request, otlp);
    expect(rejected.count).toBe(50);
    expect(rejected.message().length).toBeLessThanOrEqual(1_000);
  });
});
