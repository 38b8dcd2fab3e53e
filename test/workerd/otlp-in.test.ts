import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import {
  attributes,
  decodeOtlpAnswer,
  encodeOtlp,
  nanos,
  requestOf,
} from "../support/otlp-request.ts";
import { call, getJson, live, moveClock, stopClock } from "./api.ts";

/* Metrics of OpenTelemetry by POST /v1/metrics, as far as a request can tell. */

const PATH = "/v1/metrics";
const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";
const DELTA = 1;
const CUMULATIVE = 2;

beforeAll(() => stopClock());

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly type: string | null;
  readonly bytes: Uint8Array;
  readonly body: unknown;
}

async function send(
  tenant: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>>,
): Promise<Sent> {
  const response = await call(PATH, `${tenant}-ingest`, { method: "POST", body, headers });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get("content-type");
  const isJson =
    type?.startsWith("application/json") || type?.startsWith("application/problem+json");
  const read: unknown = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined;
  return { status: response.status, headers: response.headers, type, bytes, body: read };
}

function sendJson(tenant: string, body: unknown): Promise<Sent> {
  return send(tenant, JSON.stringify(body), { "content-type": JSON_TYPE });
}

function sendProtobuf(tenant: string, body: object): Promise<Sent> {
  return send(tenant, encodeOtlp(body), { "content-type": PROTOBUF_TYPE });
}

function point(given: object = {}, host = "graph.facebook.com"): object {
  return {
    attributes: attributes({
      "server.address": host,
      "http.request.method": "POST",
      "server.port": 443,
      "http.response.status_code": 200,
    }),
    startTimeUnixNano: nanos(Date.now() - 10_000),
    timeUnixNano: nanos(Date.now()),
    count: "3",
    sum: 0.06,
    min: 0.01,
    max: 0.03,
    explicitBounds: [0.01, 0.025],
    bucketCounts: ["1", "1", "1"],
    ...given,
  };
}

function durations(dataPoints: readonly object[], aggregationTemporality = DELTA): object {
  const histogram = { aggregationTemporality, dataPoints };
  return requestOf({ name: "http.client.request.duration", unit: "s", histogram });
}

interface Window {
  readonly count: number;
  readonly error: number;
  readonly minMs: number | null;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
}

async function minuteOf(
  tenant: string,
  target: string,
  operation = "*",
): Promise<Window | undefined> {
  // A snapshot of this very moment may be from before the request.
  moveClock(1_500);
  const { series } = await getJson<{
    series: { target: string; operation: string; windows: Record<string, Window> }[];
  }>("/v1/live", `${tenant}-read`);
  return series.find((one) => one.target === target && one.operation === operation)?.windows["1m"];
}

describe("delta histograms", () => {
  it("are counted from JSON, with the sender's sum, minimum and maximum", async () => {
    const tenant = "acme";
    const sent = await sendJson(tenant, durations([point()]));
    expect(sent).toMatchObject({ status: 200, body: {} });
    expect(sent.type).toMatch(/^application\/json/);
    expect(await minuteOf(tenant, "meta", "post")).toMatchObject({
      count: 3,
      minMs: 10,
      meanMs: 20,
      maxMs: 30,
    });
    expect((await live(tenant)).ledger).toMatchObject({
      offered: 3,
      accepted: 3,
      isBalanced: true,
    });
  });

  it("are counted from protobuf, gzipped or not, and once for each body", async () => {
    const tenant = "globex";
    const bytes = encodeOtlp(durations([point(), point({}, "api.pinterest.com")]));
    const plain = await send(tenant, bytes, { "content-type": PROTOBUF_TYPE });
    expect(plain).toMatchObject({ status: 200, type: PROTOBUF_TYPE, bytes: new Uint8Array(0) });
    const headers = {
      "content-type": `${PROTOBUF_TYPE}; charset=utf-8`,
      "content-encoding": "gzip",
    };
    expect(await send(tenant, gzipSync(bytes), headers)).toMatchObject({ status: 200 });
    expect(await minuteOf(tenant, "meta")).toMatchObject({ count: 3 });
    expect(await minuteOf(tenant, "pinterest")).toMatchObject({ count: 3 });
    const { ledger } = await live(tenant);
    expect(ledger).toMatchObject({ offered: 12, accepted: 6, duplicates: 6, isBalanced: true });
  });

  it("are counted from exponential histograms", async () => {
    const exponential = {
      ...point({}, "api.pinterest.com"),
      sum: 6,
      min: 1.5,
      max: 2.5,
      explicitBounds: [],
      bucketCounts: [],
      scale: 0,
      positive: { offset: 0, bucketCounts: ["1", "2"] },
    };
    const exponentialHistogram = { aggregationTemporality: DELTA, dataPoints: [exponential] };
    const body = requestOf({
      name: "http.client.request.duration",
      unit: "s",
      exponentialHistogram,
    });
    expect(await sendProtobuf("acme", body)).toMatchObject({ status: 200 });
    expect(await minuteOf("acme", "pinterest")).toMatchObject({
      count: 3,
      minMs: 1_500,
      meanMs: 2_000,
      maxMs: 2_500,
    });
  });
});

describe("cumulative histograms", () => {
  it("are counted by what they gained since their start", async () => {
    const tenant = "stream";
    const startTimeUnixNano = nanos(Date.now() - 60_000);
    const total = (times: number, afterMs = times): object =>
      durations(
        [
          point({
            startTimeUnixNano,
            timeUnixNano: nanos(Date.now() + afterMs),
            count: String(3 * times),
            sum: 0.06 * times,
            bucketCounts: [1, 1, 1].map((one) => String(one * times)),
          }),
        ],
        CUMULATIVE,
      );
    for (const times of [1, 2, 2, 5]) {
      expect(await sendProtobuf(tenant, total(times))).toMatchObject({
        status: 200,
        bytes: new Uint8Array(0),
      });
    }
    const window = await minuteOf(tenant, "meta");
    expect(window?.count).toBe(15);

    expect(await sendJson(tenant, total(3, 9))).toMatchObject({
      status: 200,
      body: {
        partialSuccess: {
          rejectedDataPoints: "1",
          errorMessage: "1 of meta: a cumulative stream went back without a new start time.",
        },
      },
    });
    moveClock(1_500);
    const { ledger } = await live(tenant);
    expect(ledger).toMatchObject({ accepted: 15, rejected: { went_back: 1 }, isBalanced: true });
  });
});

describe("partial success", () => {
  it("tells how many points were refused, and why, in the encoding of the request", async () => {
    const body = durations([point(), point({ count: "4" }), point({ timeUnixNano: "0" })]);
    const errorMessage =
      "1 of http.client.request.duration: the buckets count 3 and not 4. " +
      "1 of http.client.request.duration: timeUnixNano must be nanoseconds since 1970.";
    const partialSuccess = { rejectedDataPoints: "2", errorMessage };
    expect(await sendJson("acme", body)).toMatchObject({
      status: 200,
      body: { partialSuccess },
    });
    const answer = await sendProtobuf("evict", body);
    expect(decodeOtlpAnswer(answer.bytes)).toEqual({ partialSuccess });
    expect(await minuteOf("evict", "meta")).toMatchObject({ count: 3 });
    const { ledger } = await live("evict");
    expect(ledger).toMatchObject({
      offered: 7,
      accepted: 3,
      rejected: { bad_histogram: 1, bad_time: 3 },
    });
    expect(ledger.isBalanced).toBe(true);
  });

  it("tells of metrics that nothing can be made of", async () => {
    const gauge = requestOf({ name: "http.client.request.duration", gauge: { dataPoints: [{}] } });
    expect(await sendJson("acme", gauge)).toMatchObject({
      status: 200,
      body: {
        partialSuccess: {
          rejectedDataPoints: "1",
          errorMessage: expect.stringMatching(/send a histogram/),
        },
      },
    });
    const other = requestOf({ name: "process.cpu.time", sum: { dataPoints: [{}, {}] } });
    expect(await sendJson("acme", other)).toMatchObject({
      body: { partialSuccess: { rejectedDataPoints: "2" } },
    });
  });

  it("refuses targets beyond those of a tenant, and counts them", async () => {
    const tenant = "outage";
    const of = (target: string): object =>
      point({ attributes: attributes({ "tachograph.target": target }) });
    const targets = Array.from({ length: 70 }, (_, i) => of(`t${i}`));
    expect(await sendJson(tenant, durations(targets))).toMatchObject({
      body: { partialSuccess: { rejectedDataPoints: "6" } },
    });
    // A tenant that has all of its targets refuses others in later requests as well.
    const late = durations([of("late"), of("t3")]);
    expect(await sendJson(tenant, late)).toMatchObject({
      body: {
        partialSuccess: {
          rejectedDataPoints: "1",
          errorMessage:
            "1 of late: there are too many targets; raise maxTargets, or let targetFrom name what is of few values.",
        },
      },
    });
    const lateTotal = durations([of("later")], CUMULATIVE);
    expect(await sendJson(tenant, lateTotal)).toMatchObject({
      body: { partialSuccess: { rejectedDataPoints: "1" } },
    });
    const { ledger } = await live(tenant);
    expect(ledger.accepted).toBe(65 * 3);
    expect(ledger.rejected.too_many_targets).toBe(6 * 3 + 3 + 1);
    expect(ledger.isBalanced).toBe(true);
  });

  it("counts operations beyond their number as other", async () => {
    const tenant = "alarms";
    const points = Array.from({ length: 100 }, (_, i) => ({
      ...point(),
      attributes: attributes({ "server.address": "graph.facebook.com", "url.template": `/o/${i}` }),
    }));
    expect(await sendJson(tenant, durations(points))).toMatchObject({ status: 200, body: {} });
    expect(await minuteOf(tenant, "meta", "other")).toMatchObject({ count: 36 * 3 });
    expect((await live(tenant)).ledger).toMatchObject({ accepted: 300, capped: 108 });
  });
});

describe("bad input", () => {
  const good = encodeOtlp(durations([point()]));

  it("takes an empty request", async () => {
    expect(await sendJson("acme", {})).toMatchObject({ status: 200, body: {} });
    expect(await send("acme", new Uint8Array(0), { "content-type": PROTOBUF_TYPE })).toMatchObject({
      status: 200,
      bytes: new Uint8Array(0),
    });
  });

  it.each<[string, number, Uint8Array | string, Readonly<Record<string, string>>]>([
    ["no JSON", 400, "{", { "content-type": JSON_TYPE }],
    ["an empty body as JSON", 400, "", { "content-type": JSON_TYPE }],
    ["another shape", 400, '{"resourceMetrics":{}}', { "content-type": JSON_TYPE }],
    ["JSON that nests without an end", 400, '{"a":'.repeat(100_000), { "content-type": JSON_TYPE }],
    [
      "truncated protobuf",
      400,
      good.subarray(0, good.length - 9),
      { "content-type": PROTOBUF_TYPE },
    ],
    ["text as protobuf", 400, "hello, metrics", { "content-type": PROTOBUF_TYPE }],
    ["no gzip", 400, good, { "content-type": PROTOBUF_TYPE, "content-encoding": "gzip" }],
    ["another encoding", 415, good, { "content-type": PROTOBUF_TYPE, "content-encoding": "br" }],
    [
      "a gzip bomb",
      413,
      gzipSync(new Uint8Array(64 << 20)),
      { "content-type": PROTOBUF_TYPE, "content-encoding": "gzip" },
    ],
    ["a body of 5 MiB", 413, new Uint8Array(5 << 20), { "content-type": PROTOBUF_TYPE }],
  ])("answers %s with %i and a Status", async (_, status, body, headers) => {
    const sent = await send("acme", body, headers);
    expect(sent.status).toBe(status);
    expect(sent.type).toBe(headers["content-type"]);
    if (sent.type === JSON_TYPE) {
      expect(sent.body).toEqual({ code: 3, message: expect.stringMatching(/\S/) });
    } else {
      // Field 1 of google.rpc.Status, a varint, is the code.
      expect([...sent.bytes.subarray(0, 2)]).toEqual([0x08, status === 413 ? 8 : 3]);
    }
  });

  it("refuses a histogram of a million buckets, and counts the point beside it", async () => {
    const million = gzipSync(
      JSON.stringify(
        durations([
          point({ bucketCounts: Array.from({ length: 1_000_000 }, () => 0) }),
          point({}, "business-api.tiktok.com"),
        ]),
      ),
    );
    const headers = { "content-type": JSON_TYPE, "content-encoding": "gzip" };
    expect(await send("acme", million, headers)).toMatchObject({
      status: 200,
      body: {
        partialSuccess: {
          rejectedDataPoints: "1",
          errorMessage: expect.stringMatching(/more than 10000 buckets/),
        },
      },
    });
    expect(await minuteOf("acme", "tiktok")).toMatchObject({ count: 3 });
  });

  it("wants one of its two types, a token, and the right scope", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/grpc"]) {
      expect(await send("acme", good, { "content-type": type })).toMatchObject({
        status: 415,
        type: "application/problem+json",
      });
    }
    const init = { method: "POST", body: good, headers: { "content-type": PROTOBUF_TYPE } };
    expect((await call(PATH, "acme-read", init)).status).toBe(403);
    expect((await call(PATH, "nobody", init)).status).toBe(401);
    expect((await call(PATH, "acme-ingest", {})).status).toBe(405);
  });
});
