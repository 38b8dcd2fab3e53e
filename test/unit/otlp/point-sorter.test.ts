import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import { forEachBucket } from "../../../src/histogram/sparse-counts.ts";
import type { OtlpConfigInput } from "../../../src/otlp/otlp-config.ts";
import type { OtlpAttributes } from "../../../src/otlp/otlp-model.ts";
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

function timingsOf({ targets }: PointSorter, target: string): number {
  const delta = targets.get(target)?.delta.finish() ?? [];
  return delta.reduce((sum, { aggregate }) => sum + aggregate.count, 0);
}

const TAKES_ROWS: OtlpConfigInput = {
  metrics: { "db.rows": { measure: "rowsRead", target: "d1" } },
};

describe("PointSorter", () => {
  it("makes timings of delta points", () => {
    const { targets, rejected, refused } = sort(requestOf(durations([point()])));
    expect([...targets.keys()]).toEqual(["meta"]);
    const meta = targets.get("meta");
    expect(meta).toMatchObject({ points: new Map([[`${NOW} post`, 1]]), totals: [] });
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

  it("goes through the attributes of a resource and of a scope once, whatever their metrics", () => {
    const passes: OtlpAttributes[] = [];
    const watched = (of: OtlpAttributes): OtlpAttributes => {
      const values = new Map(of.values);
      const entries = values[Symbol.iterator].bind(values);
      values[Symbol.iterator] = () => {
        passes.push(of);
        return entries();
      };
      return { ...of, values };
    };
    const passesOf = (temporality: number): number => {
      passes.length = 0;
      const metrics = Array.from({ length: 50 }, () => durations([point(), point()], temporality));
      const scopes = [1, 2].map(() => ({ scope: { name: "s" }, metrics }));
      const resource = { attributes: attributes({ "service.name": "a" }) };
      const request = readOtlpJson({ resourceMetrics: [{ resource, scopeMetrics: scopes }] });
      const counted = request.map((one) => ({
        attributes: watched(one.attributes),
        scopes: one.scopes.map((scope) => ({ ...scope, attributes: watched(scope.attributes) })),
      }));
      const { otlp: config } = parseConfig({});
      const options = { config, maxTargets: 64, nowMs: NOW, random: () => 0.5 };
      new PointSorter(options).sort(counted);
      return passes.length;
    };
    expect(passesOf(CUMULATIVE)).toBe(3);
    expect(passesOf(DELTA)).toBe(0);
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
      point({ timeUnixNano: nanos(NOW + 35_000) }),
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
      { bad_histogram: 1 },
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
    expect(timingsOf(sorter, "meta")).toBe(3);
    expect(sorter.rejected.count).toBe(1);
    expect(sorter.rejected.message()).toMatch(message);
    expect(sorter.refused).toEqual(refused);
  });

  it("books no more refused timings than a request may count", () => {
    const many = { count: "600000000", bucketCounts: ["600000000", "0", "0"], attributes: [] };
    const { refused } = sort(requestOf(durations([point(many), point(many)])));
    expect(refused).toEqual({ bad_target: 600_000_001 });
  });

  it("lets refused points take nothing from those that are counted", () => {
    const many = { count: "1000000000", bucketCounts: ["1000000000", "0", "0"], attributes: [] };
    const corrupt = point({ count: "1000000000" });
    const request = requestOf(durations([point(many), corrupt, point(), point()]));
    const { refused, rejected, targets } = sort(request);
    expect(refused).toEqual({ bad_target: 1_000_000_000, bad_histogram: 1 });
    expect(rejected.count).toBe(2);
    const [entry] = targets.get("meta")?.delta.finish() ?? [];
    expect(entry?.aggregate.count).toBe(6);
  });

  it.each<[string, object, object]>([
    ["bounds that do not ascend", { explicitBounds: [2, 1] }, { bad_histogram: 3 }],
    ["too many buckets to read", { bucketCounts: Array(10_001).fill("1") }, { bad_histogram: 1 }],
    ["no buckets", { explicitBounds: [], bucketCounts: [], sum: -1 }, { bad_histogram: 3 }],
    ["a count beyond 2^53", { count: "9007199254740993" }, { bad_histogram: 1 }],
  ])("books what is certain of a refused point with %s", (_, given, refused) => {
    expect(sort(requestOf(durations([point(given)]))).refused).toEqual(refused);
  });

  it("books the timings of histograms that cannot be counted", () => {
    expect(sort(requestOf(durations([point(), point()], DELTA, "By"))).refused).toEqual({
      bad_histogram: 6,
    });
    expect(sort(requestOf(durations([point(), point({ flags: 1 })], 0))).refused).toEqual({
      bad_histogram: 1,
    });
    const gauge = { name: "http.client.request.duration", gauge: { dataPoints: [{}] } };
    expect(sort(requestOf(gauge)).refused).toEqual({});
    const notRows = { ...durations([point()]), name: "db.rows" };
    expect(sort(requestOf(notRows), TAKES_ROWS).refused).toEqual({});
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
    expect([...sorter.targets.keys()].every((name) => timingsOf(sorter, name) === 0)).toBe(true);
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

  it("says what to do about the old names, and takes them where they are configured", () => {
    const old = { ...durations([point()], DELTA, "ms"), name: "http.client.duration" };
    const { rejected, targets } = sort(requestOf(old));
    expect([...targets]).toEqual([]);
    expect(rejected.message()).toBe(
      "1 of http.client.duration: this is the old name of http.client.request.duration; set " +
        "OTEL_SEMCONV_STABILITY_OPT_IN=http where it is measured, or add " +
        '"http.client.duration": {} to otlp.metrics of tachograph.config.ts.',
    );
    expect(sort(requestOf(old), { others: "ignore" }).rejected.count).toBe(0);
    const taken = sort(requestOf(old), { metrics: { "http.client.duration": {} } });
    expect(taken.rejected.count).toBe(0);
    expect(taken.targets.get("meta")?.delta.finish()[0]?.aggregate.sumUs).toBe(60);
  });

  it("refuses targets beyond what a tenant may have", () => {
    const points = Array.from({ length: 100 }, (_, i) =>
      point({ attributes: attributes({ "tachograph.target": `t${i}` }) }),
    );
    const sorter = sort(requestOf(durations(points)), {}, 64);
    expect(sorter.targets.size).toBe(64);
    expect(sorter.refused).toEqual({ too_many_targets: 108 });
    expect(sorter.rejected.count).toBe(36);
    expect(sorter.rejected.message()).toMatch(/there are too many targets; raise maxTargets/);
  });

  it("takes hosts that no table names together, however many there are", () => {
    const points = Array.from({ length: 100 }, (_, i) => point({}, `h${i}.example.com`));
    const { targets, rejected } = sort(requestOf(durations(points)));
    expect(rejected.count).toBe(0);
    expect([...targets.keys()]).toEqual(["http"]);
    expect(targets.get("http")?.delta.finish()[99]?.operation).toBe("h99.example.com");
    const named = sort(requestOf(durations(points)), { hosts: { "*": "web" } });
    expect([...named.targets.keys()]).toEqual(["web"]);
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
    const sorter = sort(requestOf(durations([nothing, point({ flags: 1, count: "9" })])));
    expect(sorter.rejected.count).toBe(0);
    expect(timingsOf(sorter, "meta")).toBe(0);
  });

  it("takes or refuses all points of a slot together, whose time is partly out of reach", () => {
    const NEAR = NOW + 2_000;
    const times = [-305_000, -300_001, -300_000, 30_000, 34_999, 35_000].map((offset) =>
      point({ timeUnixNano: nanos(NOW + offset), startTimeUnixNano: "1" }),
    );
    const { otlp: config } = parseConfig({});
    const sorter = new PointSorter({ config, maxTargets: 64, nowMs: NEAR, random: () => 0.5 });
    sorter.sort(readOtlpJson(requestOf(durations(times))));
    expect([...(sorter.targets.get("meta")?.points ?? [])]).toEqual([
      [`${NOW - 300_000} post`, 1],
      [`${NOW + 30_000} post`, 2],
    ]);
    expect(sorter.refused).toEqual({ too_old: 6, in_the_future: 3 });
  });

  it("keeps targets and room for timings for points that are too old", () => {
    const half = { count: "500000000", bucketCounts: ["500000000", "0", "0"] };
    const old = { timeUnixNano: nanos(NOW - 400_000), startTimeUnixNano: "1" };
    const points = [point({ ...half, ...old }), point(half), point()];
    const sorter = sort(requestOf(durations(points)));
    expect(timingsOf(sorter, "meta")).toBe(500_000_000);
    expect(sorter.refused).toEqual({ too_old: 500_000_000, too_many_values: 3 });
    const targets = [point(old), point({}, "api.pinterest.com")];
    expect(sort(requestOf(durations(targets)), {}, 1).refused).toEqual({
      too_old: 3,
      too_many_targets: 3,
    });
  });

  it("spreads the buckets of a request that has very many over fewer durations", () => {
    const wide = point({
      count: "20000",
      sum: undefined,
      explicitBounds: Array.from({ length: 99 }, (_, i) => 0.1 * (i + 1)),
      bucketCounts: Array.from({ length: 100 }, () => "200"),
    });
    const durationsOf = (points: number) => {
      const { targets } = sort(requestOf(durations(Array.from({ length: points }, () => wide))));
      const [entry] = targets.get("meta")?.delta.finish() ?? [];
      let own = 0;
      forEachBucket(entry?.aggregate.counts ?? new Uint8Array(), () => (own += 1));
      return [entry?.aggregate.count, own];
    };
    const [, few = 0] = durationsOf(1);
    const [count, many = 0] = durationsOf(2_000);
    expect(count).toBe(2_000 * 20_000);
    expect(many).toBeGreaterThanOrEqual(100);
    expect(many).toBeLessThan(few / 2);
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
