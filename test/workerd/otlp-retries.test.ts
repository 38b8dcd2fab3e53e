import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { config } from "../../src/configured.ts";
import { parseConfig } from "../../src/config.ts";
import { attributes, nanos, requestOf } from "../support/otlp-request.ts";
import { call, evict, getJson, live, moveClock, shardOf, stopClock, take } from "./api.ts";

/* Metrics of OpenTelemetry that are sent again, because of a shard that could not take them. */

const DELTA = 1;
const CUMULATIVE = 2;
const { otlp: OTLP, maxTargets: MAX_TARGETS } = config;

beforeAll(() => stopClock());
afterEach(() => {
  Object.assign(config, { otlp: OTLP, maxTargets: MAX_TARGETS });
});

function post(tenant: string, body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return call("/v1/metrics", `${tenant}-ingest`, { method: "POST", body, headers });
}

function pointOf(target: string, given: object = {}): object {
  return {
    attributes: attributes({ "tachograph.target": target }),
    startTimeUnixNano: nanos(Date.now() - 10_000),
    timeUnixNano: nanos(Date.now()),
    count: "3",
    sum: 0.06,
    explicitBounds: [0.01, 0.025],
    bucketCounts: ["1", "1", "1"],
    ...given,
  };
}

function durations(dataPoints: readonly object[], aggregationTemporality = DELTA): string {
  const histogram = { aggregationTemporality, dataPoints };
  return JSON.stringify(requestOf({ name: "http.client.request.duration", unit: "s", histogram }));
}

/** Lets a shard store nothing, until the function that it returns is called. */
async function breakShard(tenant: string, target: string): Promise<() => Promise<void>> {
  const rename = (from: string, to: string): Promise<void> =>
    runInDurableObject(shardOf(tenant, target), (_, { storage }) => {
      storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    });
  await rename("log", "log_away");
  return () => rename("log_away", "log");
}

async function countOf(tenant: string, target: string): Promise<number | undefined> {
  moveClock(1_500);
  const { series } = await getJson<{
    series: { target: string; operation: string; windows: Record<string, { count: number }> }[];
  }>("/v1/live", `${tenant}-read`);
  return series.find((one) => one.target === target && one.operation === "*")?.windows["1m"]?.count;
}

async function expectUnavailable(response: Response): Promise<void> {
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await response.json()).toEqual({
    code: 14,
    message: expect.stringMatching(/^the timings could not be stored.*counted twice\.$/),
  });
}

describe("a request of which one shard takes nothing", () => {
  it.each([
    ["acme", "meta", DELTA],
    ["globex", "pinterest", DELTA],
    ["evict", "meta", CUMULATIVE],
    ["stream", "pinterest", CUMULATIVE],
  ] as const)(
    "is answered 503, and counts once when it comes again (%s)",
    async (tenant, target, temporality) => {
      await take(tenant, [
        { target: "meta", durationMs: 5 },
        { target: "pinterest", durationMs: 5 },
      ]);
      const faulty = pointOf("meta", { count: "4" });
      const body = durations([pointOf("meta"), pointOf("pinterest"), faulty], temporality);
      const repair = await breakShard(tenant, target);
      for (let i = 0; i < 2; i++) await expectUnavailable(await post(tenant, body));
      await repair();
      for (let i = 0; i < 3; i++) {
        const response = await post(tenant, body);
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({
          partialSuccess: { rejectedDataPoints: "1" },
        });
        await evict(shardOf(tenant, "meta"));
      }
      expect(await countOf(tenant, "meta")).toBe(4);
      expect(await countOf(tenant, "pinterest")).toBe(4);
      const { ledger } = await live(tenant);
      expect(ledger).toMatchObject({ accepted: 8, isBalanced: true });
      if (temporality === DELTA) {
        // Four repeats for the target that was counted at once, and two for the other.
        expect(ledger).toMatchObject({ duplicates: 18, rejected: { bad_histogram: 1 } });
      }
    },
  );
});

describe("a shard's memory of requests", () => {
  it("is in the health of the shard, and leaves that of reporters alone", async () => {
    const tenant = "outage";
    const timing = { target: "meta", durationMs: 5 };
    const numbered = { reporter: "edge-1", sequence: 1 };
    expect(await take(tenant, [timing], numbered)).toMatchObject({ duplicate: false });
    for (let i = 1; i <= 5; i++) {
      const body = durations([pointOf("meta", { sum: 0.05 + i / 1_000 })]);
      expect((await post(tenant, body)).status).toBe(200);
    }
    expect(await take(tenant, [timing], numbered)).toMatchObject({ duplicate: true });
    moveClock(1_500);
    expect((await live(tenant)).ledger).toMatchObject({ accepted: 16, duplicates: 1 });
    const health = await getJson<object>("/health/deep", `${tenant}-admin`);
    expect(JSON.stringify(health)).toContain('"requests":{"known":5,"forgotten":0}');
  });
});

describe("sums for targets that a tenant has no room for", () => {
  it.each([DELTA, CUMULATIVE])("are refused and told (temporality %i)", async (temporality) => {
    const tenant = "alarms";
    const metrics = { "app.rows": { measure: "rowsRead" as const, target: null } };
    const { otlp } = parseConfig({ otlp: { metrics } });
    Object.assign(config, { otlp, maxTargets: 2 });
    await take(tenant, [
      { target: "meta", durationMs: 5 },
      { target: "pinterest", durationMs: 5 },
    ]);
    const dataPoints = ["late", "meta"].map((target) =>
      pointOf(target, { asInt: "12", startTimeUnixNano: nanos(Date.now() - 1_000) }),
    );
    const sum = { aggregationTemporality: temporality, isMonotonic: true, dataPoints };
    const response = await post(tenant, JSON.stringify(requestOf({ name: "app.rows", sum })));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: "1",
        errorMessage: expect.stringMatching(/^1 of late: there are too many targets/),
      },
    });
  });
});
