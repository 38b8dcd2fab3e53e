import { diag, DiagLogLevel, type DiagLogger } from "@opentelemetry/api";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { Api, seriesByName, type Stats, TOKENS } from "./api.ts";
import { System } from "./system.ts";

/* Metrics of the real OpenTelemetry SDK, exported to a running Tachograph. */

const SEED = Number(process.env["TACHOGRAPH_SEED"] ?? 20_261_121);
const METRIC = "http.client.request.duration";
/** What OpenTelemetry advises for it, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** How wide the buckets of an exponential histogram of 160 are for what is recorded here. */
const EXPONENTIAL_WIDTH = 2 ** (1 / 8);

let system: System;
let api: Api;
/** What the SDK has to complain of: partial success and failed exports. */
const complaints: string[] = [];

const logger: DiagLogger = {
  error: (...args) => complaints.push(args.join(" ")),
  warn: (...args) => complaints.push(args.join(" ")),
  info: () => undefined,
  debug: () => undefined,
  verbose: () => undefined,
};

beforeAll(async () => {
  diag.setLogger(logger, DiagLogLevel.WARN);
  system = await System.start();
  api = new Api(system.url);
});
afterAll(async () => {
  diag.disable();
  await system?.dispose();
});

interface Sender {
  readonly encoding: "protobuf" | "json";
  readonly temporality: "DELTA" | "CUMULATIVE";
  readonly isExponential?: boolean;
  readonly isGzipped?: boolean;
}

function providerOf({ encoding, temporality, isExponential, isGzipped }: Sender): MeterProvider {
  const Exporter = encoding === "json" ? JsonExporter : ProtobufExporter;
  const exporter = new Exporter({
    url: `${system.url}/v1/metrics`,
    headers: { authorization: `Bearer ${TOKENS.ingest}` },
    temporalityPreference: AggregationTemporalityPreference[temporality],
    // The type of this is in a package that only the exporters depend on.
    ...(isGzipped && { compression: "gzip" as never }),
  });
  const exponential = {
    instrumentName: METRIC,
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
  };
  return new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: isExponential ? [exponential] : [],
  });
}

/** Records calls in three exports; returns their durations in milliseconds. */
async function exportCalls(
  provider: MeterProvider,
  host: string,
  random: () => number,
): Promise<number[]> {
  const histogram = provider.getMeter("e2e", "1.0.0").createHistogram(METRIC, {
    unit: "s",
    advice: { explicitBucketBoundaries: BOUNDS },
  });
  const durationsMs: number[] = [];
  for (let flush = 0; flush < 3; flush++) {
    for (let i = 0; i < 200; i++) {
      const seconds = 0.004 * 10 ** (3 * random());
      const status = i % 20 === 0 ? 500 : i % 50 === 1 ? 429 : 200;
      durationsMs.push(seconds * 1_000);
      histogram.record(seconds, {
        "http.request.method": "POST",
        "server.address": host,
        "server.port": 443,
        "url.template": "/{pixel}/events",
        "http.response.status_code": status,
        ...(status === 500 && { "error.type": "500" }),
      });
    }
    await provider.forceFlush();
  }
  await provider.shutdown();
  return durationsMs.toSorted((one, other) => one - other);
}

/** The bucket that the sender counted a duration in, in milliseconds. */
function bucketOf(durationMs: number, isExponential: boolean): readonly [number, number] {
  if (isExponential) return [durationMs / EXPONENTIAL_WIDTH, durationMs * EXPONENTIAL_WIDTH];
  const above = BOUNDS.findIndex((bound) => durationMs <= bound * 1_000);
  return [(BOUNDS[above - 1] ?? 0) * 1_000, (BOUNDS[above] ?? 600) * 1_000];
}

async function liveStats(target: string): Promise<Stats> {
  const stats = seriesByName(await api.live()).get(`${target}/pixel-events`)?.windows["5m"];
  if (stats === undefined) throw new Error(`there is no series of ${target}`);
  return stats;
}

describe("the OpenTelemetry SDK", () => {
  it.each<[string, string, Sender]>([
    ["meta", "graph.facebook.com", { encoding: "protobuf", temporality: "DELTA" }],
    ["pinterest", "api.pinterest.com", { encoding: "json", temporality: "DELTA", isGzipped: true }],
    [
      "tiktok",
      "business-api.tiktok.com",
      { encoding: "protobuf", temporality: "CUMULATIVE", isGzipped: true },
    ],
    ["reddit", "ads-api.reddit.com", { encoding: "json", temporality: "CUMULATIVE" }],
    [
      "snap",
      "tr.snapchat.com",
      { encoding: "protobuf", temporality: "DELTA", isExponential: true },
    ],
    [
      "linkedin",
      "api.linkedin.com",
      { encoding: "json", temporality: "CUMULATIVE", isExponential: true },
    ],
  ])("is read as it recorded: %s, %s, %j", async (target, host, sender) => {
    const random = seededRandom(SEED);
    const before = (await api.live()).ledger.accepted;
    const durationsMs = await exportCalls(providerOf(sender), host, random);
    expect(complaints).toEqual([]);
    await api.merged(before + 600);

    const stats = await liveStats(target);
    expect(stats).toMatchObject({ count: 600, ok: 558, error: 30, rateLimited: 12, timeout: 0 });
    for (const [percentile, value] of [
      [50, stats.p50Ms],
      [90, stats.p90Ms],
      [99, stats.p99Ms],
    ] as const) {
      const exact = durationsMs[Math.ceil((percentile / 100) * 600) - 1] ?? 0;
      const [low, high] = bucketOf(exact, sender.isExponential === true);
      expect(value).toBeGreaterThanOrEqual(low * 0.998);
      expect(value).toBeLessThanOrEqual(high * 1.002);
    }
    if (sender.temporality === "DELTA") {
      const sumMs = durationsMs.reduce((sum, durationMs) => sum + durationMs, 0);
      expect(stats.meanMs).toBeCloseTo(sumMs / 600, 1);
      expect(stats.minMs).toBeCloseTo(durationsMs[0] ?? 0, 1);
      expect(stats.maxMs).toBeCloseTo(durationsMs.at(-1) ?? 0, 1);
    }
  });

  it("is told what nothing can be made of, and how many points that were", async () => {
    const provider = providerOf({ encoding: "json", temporality: "DELTA" });
    const meter = provider.getMeter("e2e");
    meter.createUpDownCounter("db.client.connections").add(3);
    meter.createCounter("process.restarts").add(1);
    await provider.forceFlush();
    await provider.shutdown();
    expect(complaints.join("\n")).toMatch(
      /partial success.*"rejectedDataPoints":"?2.*not counted here/is,
    );
    expect((await api.live()).ledger.isBalanced).toBe(true);
  });
});
