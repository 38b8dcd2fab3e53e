import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type DecodedFamily, decodeExposition } from "../support/export/decode-exposition.ts";
import { type TextSample, textSamples, valueOf } from "../support/export/text-samples.ts";
import {
  call,
  coordinatorOf,
  evict,
  live,
  moveClock,
  setClockAhead,
  shardOf,
  take,
} from "./api.ts";

const TENANT = "acme";
const META = { target: "meta", kind: "platform", operation: "events" };
const PROTOBUF =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

beforeAll(async () => {
  setClockAhead();
  await take(TENANT, [
    { target: "meta", operation: "events", durationMs: 183.25 },
    { target: "meta", operation: "events", durationMs: 1_000, outcome: "error" },
    { target: "google", operation: "search", durationMs: 20 },
  ]);
});
afterAll(() => vi.useRealTimers());
// What is answered is then of now.
beforeEach(() => moveClock(1_500));

function scrape(
  accept?: string,
  query = "",
  headers: Record<string, string> = {},
): Promise<Response> {
  const wanted = accept === undefined ? headers : { ...headers, Accept: accept };
  return call(`/metrics${query}`, `${TENANT}-read`, { headers: wanted });
}

/** The runtime takes OpenMetrics for no text, and warns of reading it as one. */
async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

async function samples(query = ""): Promise<TextSample[]> {
  const response = await scrape("text/plain", query);
  expect(response.status).toBe(200);
  return textSamples(await response.text());
}

async function families(query = ""): Promise<DecodedFamily[]> {
  const response = await scrape(PROTOBUF, query);
  expect(response.status).toBe(200);
  return decodeExposition(new Uint8Array(await response.arrayBuffer()));
}

describe("GET /metrics", () => {
  test.each([
    [undefined, "text/plain; version=0.0.4; charset=utf-8"],
    ["*/*", "text/plain; version=0.0.4; charset=utf-8"],
    ["image/png", "text/plain; version=0.0.4; charset=utf-8"],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.3",
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ],
    [
      "application/openmetrics-text;version=0.0.1",
      "application/openmetrics-text; version=0.0.1; charset=utf-8",
    ],
    [
      `${PROTOBUF},text/plain;version=0.0.4;q=0.5`,
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
    ],
  ])("whoever accepts %s gets %s", async (accept, contentType) => {
    const response = await scrape(accept);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(contentType);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("Vary")).toBe("Accept, Accept-Encoding");
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
  });

  test("counts what was reported, in each format", async () => {
    const page = await samples();
    expect(valueOf(page, "tachograph_call_duration_seconds_count", META)).toBe(2);
    expect(valueOf(page, "tachograph_call_duration_seconds_sum", META)).toBe(1.18325);
    expect(valueOf(page, "tachograph_calls_total", { ...META, outcome: "error" })).toBe(1);
    const duration = (await families()).find(
      ({ name }) => name === "tachograph_call_duration_seconds",
    );
    const meta = duration?.metrics.find(({ labels }) =>
      labels.some(([, value]) => value === "meta"),
    );
    expect(meta?.histogram).toMatchObject({ count: 2, sum: 1.18325, schema: 8, zeroCount: 0 });
    const open = await scrape("application/openmetrics-text");
    const text = await textOf(open);
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(
      valueOf(textSamples(text), "tachograph_call_duration_seconds_created", META),
    ).toBeLessThan(Date.now() / 1_000);
  });

  test("a percentile of the window is that of /v1/live", async () => {
    const page = await samples();
    const { series } = await live(TENANT);
    const meta = series.find((one) => one.target === "meta" && one.operation === "events");
    const labels = { ...META, window: "5m", percentile: "p95" };
    const p95 = valueOf(page, "tachograph_window_latency_seconds", labels);
    expect(p95).toBe((meta?.windows["5m"]?.p95Ms ?? Number.NaN) / 1_000);
  });

  test("compresses for whoever takes it", async () => {
    const packed = await scrape("text/plain", "", { "Accept-Encoding": "gzip" });
    expect(packed.headers.get("Content-Encoding")).toBe("gzip");
    expect(textSamples(await packed.text()).length).toBeGreaterThan(50);
    const plain = await scrape("text/plain", "", { "Accept-Encoding": "identity" });
    expect(plain.headers.get("Content-Encoding")).toBeNull();
    await plain.body?.cancel();
  });

  test("a coarser schema is had for the asking", async () => {
    const schemaOf = (all: readonly DecodedFamily[]): number | undefined =>
      all.find(({ name }) => name === "tachograph_call_duration_seconds")?.metrics[0]?.histogram
        ?.schema;
    expect(schemaOf(await families("?schema=3"))).toBe(3);
    expect(schemaOf(await families("?schema=-4"))).toBe(-4);
  });

  test("other targets are left out for the asking", async () => {
    const page = await samples("?target=google&target=tiktok");
    const targets = new Set(page.flatMap(({ labels }) => labels["target"] ?? []));
    expect(targets).toEqual(new Set(["google", "tiktok"]));
  });

  test.each([
    ["?schema=9", "schema", "must be an integer from -4 to 8"],
    ["?schema=-5", "schema", "must be an integer from -4 to 8"],
    ["?schema=high", "schema", "must be an integer from -4 to 8"],
    ["?schema=1&schema=2", "schema", "must be given once"],
    ["?target=No%20Name", "target", "must be a name"],
    [
      `?${"target=meta&".repeat(1)}${Array.from({ length: 65 }, (_, i) => `target=t${i}`).join("&")}`,
      "target",
      "at most 64",
    ],
  ])("400 for %s", async (query, parameter, reason) => {
    const response = await scrape("text/plain", query);
    expect(response.status).toBe(400);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    const text = await response.text();
    expect(text).toContain(parameter);
    expect(text).toContain(reason);
  });

  test("401 without a token, 403 without the scope, 405 for anything else, and a tenant's own only", async () => {
    const unknown = await call("/metrics", "nobody");
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get("WWW-Authenticate")).toContain("Bearer");
    expect((await call("/metrics", `${TENANT}-ingest`)).status).toBe(403);
    expect((await call("/metrics", `${TENANT}-admin`, { method: "POST" })).status).toBe(405);
    const other = textSamples(await (await call("/metrics", "globex-read")).text());
    expect(other.some(({ name }) => name === "tachograph_calls_total")).toBe(false);
    expect(valueOf(other, "tachograph_build_info", { version: "0.1.0" })).toBe(1);
  });

  test("HEAD says what GET would, without a page", async () => {
    const response = await call("/metrics", `${TENANT}-read`, {
      method: "HEAD",
      headers: { Accept: "application/openmetrics-text" },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toContain("application/openmetrics-text");
    expect(await response.text()).toBe("");
  });

  test("a reader that goes away does no harm", async () => {
    const response = await scrape("text/plain");
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect((await samples()).length).toBeGreaterThan(50);
  });

  test("no counter goes down when objects lose their memory", async () => {
    const counted = (page: readonly TextSample[]): Map<string, number> =>
      new Map(
        page
          .filter(({ name }) => /_(?:total|count|sum|bucket)$/.test(name))
          // What the dispatcher tells is known from the next hand-over on.
          .filter(({ name }) => !name.startsWith("tachograph_notifications_"))
          .map(({ name, labels, value }) => [name + JSON.stringify(labels), value]),
      );
    // Of denials nobody would save any before somebody asks again.
    for (const permits of [200, 150, 150]) {
      using _ = await shardOf(TENANT, "meta").takePermits({ permits });
    }
    const before = counted(await samples());
    expect(before.get('tachograph_permits_denied_total{"target":"meta"}')).toBe(300);
    await evict(coordinatorOf(TENANT));
    await evict(shardOf(TENANT, "meta"));
    const after = counted(await samples());
    await take(TENANT, [{ target: "meta", operation: "events", durationMs: 5 }]);
    await evict(coordinatorOf(TENANT));
    const last = counted(await samples());
    expect(after).toEqual(before);
    for (const [key, value] of last) expect(value, key).toBeGreaterThanOrEqual(after.get(key) ?? 0);
    expect(valueOf(await samples(), "tachograph_call_duration_seconds_count", META)).toBe(3);
  });
});
