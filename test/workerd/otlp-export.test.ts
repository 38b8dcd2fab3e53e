import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import type { OtlpExportHealth } from "../../src/coordinator/otlp-export-health.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import { decodeOtlp, encodePartialSuccess, type OtlpRequest } from "../support/decode-otlp.ts";
import { call, coordinatorOf, evict, moveClock, stopClock, take, until } from "./api.ts";

const TENANT = "outage";
const DEFAULTS = config.otlpExport;

/** What the collector got, and what it said. */
interface Push {
  readonly url: string;
  readonly headers: Headers;
  readonly request: OtlpRequest;
  readonly status: number;
}

let pushes: Push[];
let answers: (() => Response)[];
/** Whether the collector takes its time with its answers. */
let isHeld: boolean;

beforeAll(() => {
  // The middle of a UTC day, so that no hour and no day ends by accident.
  stopClock(startOf(Date.now(), DAY_MS) + DAY_MS + 12 * HOUR_MS + 10 * MINUTE_MS);
  // See vitest.config.ts.
  Object.assign(config, {
    otlpExport: { ...DEFAULTS, endpointSecret: "RECEIVER_A_URL", tenants: [TENANT, "globex"] },
  });
});
afterAll(() => {
  Object.assign(config, { otlpExport: DEFAULTS });
  vi.useRealTimers();
});
beforeEach(() => {
  pushes = [];
  answers = [];
  isHeld = false;
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const plain = request.body?.pipeThrough(new DecompressionStream("gzip")) ?? null;
    const bytes = new Uint8Array(await new Response(plain).arrayBuffer());
    await until("the collector answers", async () => !isHeld);
    const response = answers.shift()?.() ?? new Response(null);
    pushes.push({
      url: request.url,
      headers: request.headers,
      request: decodeOtlp(bytes),
      status: response.status,
    });
    return response;
  });
});
afterEach(() => vi.restoreAllMocks());

const busy = (): Response => new Response(null, { status: 503 });

async function exportHealth(tenant = TENANT): Promise<OtlpExportHealth> {
  const { otlpExport } = await coordinatorOf(tenant).health();
  if (otlpExport === null) throw new Error("nothing is pushed");
  return otlpExport;
}

/** Moves to the next minute and runs the alarm; waits for `pushed` pushes in all. */
async function minute(tenant: string, pushed: number): Promise<void> {
  moveClock(MINUTE_MS);
  expect(await runDurableObjectAlarm(coordinatorOf(tenant))).toBe(true);
  await until(`${pushed} pushes have arrived`, async () => pushes.length >= pushed);
}

/** The durations' count and start of one push. */
function durations({ request }: Push): { count: number | undefined; start: bigint | undefined } {
  const metric = request.metrics.find(({ name }) => name === "tachograph.call.duration");
  const [point] = metric?.points ?? [];
  return { count: point?.count, start: point?.startTimeUnixNano };
}

let sequence = 0;

function send(tenant: string, calls: number): Promise<unknown> {
  sequence += 1;
  const timings = Array.from({ length: calls }, (_, i) => ({
    target: "meta",
    operation: "events",
    durationMs: 10 + i,
    at: Date.now(),
  }));
  return take(tenant, timings, { reporter: "edge-1", sequence });
}

test("totals reach a collector that was away, in order, through evictions, and only grow", async () => {
  answers = [busy];
  await send(TENANT, 3);
  await minute(TENANT, 1);
  await until("the failure is noted", async () => (await exportHealth()).failures === 1);
  expect(await exportHealth()).toMatchObject({
    origin: "https://a.receiver.test",
    queuedPushes: 1,
    lastError: "answered 503",
  });

  await evict(coordinatorOf(TENANT));
  await send(TENANT, 4);
  await minute(TENANT, 3);
  await until("both are sent", async () => (await exportHealth()).queuedPushes === 0);
  expect(pushes.map(({ status }) => status)).toEqual([503, 200, 200]);
  expect(pushes.map((push) => durations(push).count)).toEqual([3, 3, 7]);
  expect(new Set(pushes.map((push) => durations(push).start)).size).toBe(1);
  for (const { url, headers, request } of pushes) {
    expect(url).toBe("https://a.receiver.test/hook/v1/metrics");
    expect(headers.get("content-type")).toBe("application/x-protobuf");
    expect(request.resource["service.instance.id"]).toBe(TENANT);
  }

  await evict(coordinatorOf(TENANT));
  await send(TENANT, 1);
  await minute(TENANT, 4);
  expect(durations(pushes.at(-1) as Push)).toEqual({
    count: 8,
    start: durations(pushes[0] as Push).start,
  });
});

test("/health/deep has the part of tenants that push, with what the collector says", async () => {
  const refused = (): Response =>
    new Response("no such tenant", { status: 401, headers: { "content-type": "text/plain" } });
  const partial = (): Response =>
    new Response(encodePartialSuccess(1, "too old"), {
      headers: { "content-type": "application/x-protobuf" },
    });
  answers = [refused, partial];
  await send(TENANT, 1);
  await minute(TENANT, 1);
  await until("it is noted", async () => (await exportHealth()).isRefused);
  const failing = await call("/health/deep", `${TENANT}-read`);
  expect(failing.status).toBe(503);
  expect(await failing.json()).toMatchObject({
    status: "failing",
    otlpExport: {
      ok: false,
      problems: [
        "the collector refuses what is pushed, and it is lost: answered 401: no such tenant",
        "pushes were given up: 1 refused, 0 as too many waited, 0 a day old",
      ],
      detail: { droppedPushes: { refused: 1 } },
    },
  });

  await send(TENANT, 1);
  await minute(TENANT, 2);
  await until("it is noted", async () => (await exportHealth()).rejectedPoints === 1);
  const health = await call("/health/deep", `${TENANT}-read`);
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({
    otlpExport: {
      ok: true,
      problems: [
        "pushes were given up: 1 refused, 0 as too many waited, 0 a day old",
        "the collector rejected 1 points: too old",
      ],
    },
  });
});

async function alarmInMs(): Promise<number> {
  const at = await runInDurableObject(coordinatorOf(TENANT), (_, { storage }) =>
    storage.getAlarm(),
  );
  return at === null ? Infinity : at - Date.now();
}

test("an attempt that fails after the alarm is over is made again as soon as it may be", async () => {
  answers = [busy];
  isHeld = true;
  await send(TENANT, 1);
  await minute(TENANT, 0);
  // Of the tick after this one, as nobody knows yet how the attempt ends.
  expect(await alarmInMs()).toBeGreaterThan(2_000);
  isHeld = false;
  await until("it has failed", async () => (await exportHealth()).failures === 1);
  await until("it is due again", async () => (await alarmInMs()) <= 1_000);
});

test("what waits is forgotten when nobody wants it any more, and all of it told once somebody does", async () => {
  const countRows = (): Promise<unknown> =>
    runInDurableObject(coordinatorOf(TENANT), (_, { storage }) =>
      storage.sql
        .exec(
          `SELECT (SELECT COUNT(*) FROM otlp_pushes) AS pushes,
                  (SELECT COUNT(*) FROM otlp_progress) AS progress`,
        )
        .one(),
    );
  answers = Array.from({ length: 9 }, () => busy);
  await send(TENANT, 1);
  await minute(TENANT, 1);
  const queued = (await exportHealth()).queuedPushes;
  expect(queued).toBeGreaterThan(0);
  expect(await countRows()).toEqual({ pushes: queued, progress: 1 });
  const wanted = config.otlpExport;
  try {
    // Behind a fault it waits.
    Object.assign(config, {
      otlpExport: { ...wanted, enabled: true, endpointSecret: "NOT_SET" },
    });
    await evict(coordinatorOf(TENANT));
    expect(await countRows()).toEqual({ pushes: queued, progress: 1 });
    Object.assign(config, { otlpExport: { ...wanted, tenants: ["globex"] } });
    await evict(coordinatorOf(TENANT));
    expect(await countRows()).toEqual({ pushes: 0, progress: 0 });
  } finally {
    Object.assign(config, { otlpExport: wanted });
  }
  await evict(coordinatorOf(TENANT));
  answers = [];
  const before = pushes.length;
  await minute(TENANT, before + 1);
  expect(durations(pushes.at(-1) as Push).count).toBeGreaterThan(0);
});

test("another tenant pushes nothing and has no such part", async () => {
  await send("acme", 1);
  moveClock(MINUTE_MS);
  await runDurableObjectAlarm(coordinatorOf("acme"));
  const health = await call("/health/deep", "acme-read");
  expect(await health.json()).not.toHaveProperty("otlpExport");
  expect(pushes).toEqual([]);
});

test("what cannot be pushed as it is configured is a fault, and keeps nobody from working", async () => {
  Object.assign(config, {
    otlpExport: { ...config.otlpExport, enabled: true, endpointSecret: "NOT_SET" },
  });
  await send("globex", 1);
  moveClock(MINUTE_MS);
  await runDurableObjectAlarm(coordinatorOf("globex"));
  const health = await call("/health/deep", "globex-read");
  expect(health.status).toBe(503);
  const body = await health.json<{ otlpExport: { problems: string[] }; coordinator: object }>();
  expect(body.otlpExport.problems[0]).toContain("wrangler secret put NOT_SET");
  expect(body.coordinator).toMatchObject({ ok: true });
});
