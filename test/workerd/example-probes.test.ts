import { applyD1Migrations } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Env } from "../../examples/tracking-worker/env.ts";
import { keepLastRun } from "../../examples/tracking-worker/last-run.ts";
import { answerHealthDeep } from "../../examples/tracking-worker/probes/answer-health-deep.ts";
import { heal } from "../../examples/tracking-worker/probes/heal.ts";
import { PROBES } from "../../examples/tracking-worker/probes/probes.ts";
import { runExampleProbes } from "../../examples/tracking-worker/probes/run-example-probes.ts";
import { runProbes } from "../../src/client/probe/run-probes.ts";
import { parseConfig } from "../../src/config.ts";
import type { AlertNotice } from "../../src/notify/notice.ts";
import { webhookChannel } from "../../src/notify/webhook.ts";
import { parseWebhookKeys } from "../../src/notify/webhook-key.ts";
import { contextExample, noticeExample } from "../support/alert-notices.ts";
import { MemoryRecorder } from "../support/memory-recorder.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = `whsec_${btoa("another key of 24 bytes!")}`;

const bindings = { DB: testEnv.CLIENT_DB, CACHE: testEnv.CLIENT_KV, HEAL_SECRET: SECRET };
const env = { ...testEnv, ...bindings } as unknown as Env;
const { DB: db } = env;

beforeAll(() => applyD1Migrations(db, testEnv.EXAMPLE_MIGRATIONS));
beforeEach(async () => {
  const tables = ["leads", "sessions", "credits", "deliveries"];
  await db.batch(tables.map((table) => db.prepare(`DELETE FROM ${table}`)));
});

async function run(sql: string, ...values: (string | number | null)[]): Promise<void> {
  await db
    .prepare(sql)
    .bind(...values)
    .run();
}

const addLead = (id: string, createdAt: number, processedAt: number | null = null) =>
  run("INSERT INTO leads VALUES (?1, ?1, ?2, ?3)", id, createdAt, processedAt);

const addSession = (visitor: string, touchedAt: number, state = "active") =>
  run(
    "INSERT INTO sessions (visitor, state, started_at, touched_at) VALUES (?1, ?2, 0, ?3)",
    visitor,
    state,
    touchedAt,
  );

const addCredit = (conversion: string, channel: string, millionths: number, at = NOW - HOUR) =>
  run(
    "INSERT INTO credits VALUES ('v', ?1, 'linear', ?2, ?3, ?4, 10)",
    conversion,
    channel,
    millionths,
    at,
  );

const addDeliveries = (
  delivered: number,
  failed: number,
  { platform = "meta", minute = NOW - 5 * MINUTE } = {},
) => run("INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4)", minute, platform, delivered, failed);

function recorderAt(at = NOW): MemoryRecorder {
  const tacho = new MemoryRecorder();
  tacho.at = at;
  return tacho;
}

async function findings(): Promise<Record<string, unknown>> {
  const results = await runProbes(PROBES, env, recorderAt());
  expect(results.filter(({ detail }) => detail.includes("D1_ERROR"))).toEqual([]);
  return Object.fromEntries(results.map(({ name, ok, value }) => [name, [ok, value]]));
}

describe("the example's probes", () => {
  it("are well where there is nothing", async () => {
    expect(await findings()).toEqual({
      "lost-leads": [true, 0],
      "stuck-sessions": [true, 0],
      "credits-not-whole": [true, 0],
      "delivery-rate": [true, null],
    });
  });

  it("find what must not be, and nothing else", async () => {
    await addLead("lost", NOW - HOUR - 1);
    await addLead("young", NOW - HOUR);
    await addLead("done", NOW - 2 * HOUR, NOW - HOUR);
    await addSession("stuck", NOW - 30 * MINUTE - 1);
    await addSession("fresh", NOW - 30 * MINUTE);
    await addSession("ended", NOW - 9 * HOUR, "ended");
    await addCredit("whole", "a", 400_000);
    await addCredit("whole", "b", 600_000);
    await addCredit("short", "a", 999_999);
    await addCredit("over", "a", 1_000_001);
    await addCredit("old", "a", 1, NOW - 25 * HOUR);
    await addDeliveries(90, 10);
    await addDeliveries(0, 500, { minute: NOW - 61 * MINUTE });
    expect(await findings()).toEqual({
      "lost-leads": [false, 1],
      "stuck-sessions": [false, 1],
      "credits-not-whole": [false, 2],
      "delivery-rate": [false, 0.9],
    });
  });

  it.each([
    [95, 5, [true, 0.95]],
    [949, 51, [false, 0.949]],
    [0, 99, [true, null]],
    [0, 100, [false, 0]],
  ])("take %d delivered and %d failed as %j", async (delivered, failed, expected) => {
    await addDeliveries(delivered, failed);
    expect((await findings())["delivery-rate"]).toEqual(expected);
  });

  it("see one platform that is down beside others that are called more often", async () => {
    await addDeliveries(90, 10);
    await addDeliveries(10_000, 0, { platform: "google" });
    await addDeliveries(0, 99, { platform: "tiktok" });
    expect((await findings())["delivery-rate"]).toEqual([false, 0.9]);
  });

  it("run by their timetable, as the cron was planned", async () => {
    const tacho = recorderAt();
    await runExampleProbes(env, tacho, NOW);
    expect(tacho.take()).toHaveLength(4);
    await runExampleProbes(env, tacho, NOW + MINUTE);
    expect(tacho.timings.map(({ operation }) => operation)).not.toContain("credits-not-whole");
    expect(tacho.take()).toHaveLength(3);
  });

  it("are each in /health/deep, which is 503 when one is not well", async () => {
    await keepLastRun(env.CACHE, { at: NOW - MINUTE, ok: false });
    const well = await answerHealthDeep(env, recorderAt());
    expect(well.status).toBe(200);
    expect(await well.json()).toMatchObject({
      status: "ok",
      lastRun: { at: NOW - MINUTE, ok: false },
      probes: { "lost-leads": { ok: true, value: 0 }, "delivery-rate": { ok: true, value: null } },
    });
    await env.CACHE.put("last-run", "what is no run");
    await addLead("lost", NOW - 2 * HOUR);
    const unwell = await answerHealthDeep(env, recorderAt(NOW + 6_000));
    expect(unwell.status).toBe(503);
    expect(unwell.headers.get("cache-control")).toBe("no-store");
    expect(await unwell.json()).toMatchObject({
      status: "failing",
      lastRun: null,
      probes: { "lost-leads": { ok: false, value: 1, detail: "1 is above 0" } },
    });
  });
});

/** What a webhook channel of Tachograph sends of some alerts. */
async function sent(
  notices: readonly Partial<AlertNotice>[],
  { secret = SECRET, nowMs = NOW } = {},
): Promise<{ readonly headers: Record<string, string>; readonly body: string }> {
  const { channels } = parseConfig({ channels: { heal: { type: "webhook" } } });
  const config = channels["heal"];
  const keys = parseWebhookKeys(secret);
  if (config?.type !== "webhook" || !keys.ok) throw new Error("it is no channel");
  const channel = webhookChannel(config, "https://example.com/hooks/heal", keys.keys);
  const about = {
    rule: "probe-failing",
    target: "probe",
    metric: "lastMeasure",
    measure: "failing",
    unit: "Value",
  } as const;
  const message = {
    kind: "alerts" as const,
    notices: notices.map((notice) => noticeExample({ ...about, ...notice })),
  };
  const outgoing = await channel.compose(message, contextExample({ nowMs }));
  if (outgoing.via !== "http") throw new Error("it is no request");
  return { headers: { ...outgoing.headers }, body: outgoing.body };
}

interface Changes {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly env?: Env;
  readonly nowMs?: number;
  readonly recorder?: MemoryRecorder;
}

async function post(
  { headers, body }: Awaited<ReturnType<typeof sent>>,
  changes: Changes = {},
): Promise<Response> {
  const request = new Request("https://example.com/hooks/heal", {
    method: "POST",
    headers: { ...headers, ...changes.headers },
    body: changes.body ?? body,
  });
  return heal(request, changes.env ?? env, changes.recorder ?? recorderAt(), changes.nowMs ?? NOW);
}

async function count(sql: string): Promise<unknown> {
  return db.prepare(sql).first("count");
}

const LEADS = "SELECT count(*) AS count FROM leads WHERE processed_at IS NULL";
const LOST = { operation: "lost-leads", event: "firing" } as const;
const STUCK = { operation: "stuck-sessions", event: "firing" } as const;

describe("a Worker that mends itself", () => {
  it("runs the job of the probe that fails, and no other", async () => {
    await addLead("lost", NOW - 2 * HOUR);
    await addLead("young", NOW - MINUTE);
    await addSession("stuck", NOW - 2 * HOUR);
    const recorder = recorderAt();
    const response = await post(await sent([LOST]), { recorder });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ healed: [{ probe: "lost-leads", rows: 1 }] });
    expect(recorder.take()).toEqual(["heal-lost-leads ok"]);
    expect(await count(LEADS)).toBe(1);
    expect(await findings()).toMatchObject({
      "lost-leads": [true, 0],
      "stuck-sessions": [false, 1],
    });
  });

  it("takes several alerts at once, and does no harm when a message comes twice", async () => {
    await addLead("lost", NOW - 2 * HOUR);
    await addSession("stuck", NOW - 2 * HOUR);
    await addSession("fresh", NOW - MINUTE);
    const message = await sent([LOST, STUCK, { ...STUCK, alertId: "a-8", event: "repeat" }]);
    expect(await (await post(message)).json()).toEqual({
      healed: [
        { probe: "lost-leads", rows: 1 },
        { probe: "stuck-sessions", rows: 1 },
      ],
    });
    expect(await (await post(message)).json()).toEqual({
      healed: [
        { probe: "lost-leads", rows: 0 },
        { probe: "stuck-sessions", rows: 0 },
      ],
    });
  });

  it.each<[string, Partial<AlertNotice>]>([
    ["an end", { ...LOST, event: "resolved", resolvedAt: NOW }],
    ["a probe that has no job", { operation: "delivery-rate" }],
    ["another target's alert", { ...LOST, target: "meta" }],
    ["a member of every object", { operation: "constructor" }],
  ])("does nothing for %s", async (_what, notice) => {
    await addLead("lost", NOW - 2 * HOUR);
    const response = await post(await sent([notice]));
    expect(await response.json()).toEqual({ healed: [] });
    expect(await count(LEADS)).toBe(1);
  });

  it("answers a test, which has no alert", async () => {
    const { channels } = parseConfig({ channels: { heal: { type: "webhook" } } });
    const keys = parseWebhookKeys(SECRET);
    if (channels["heal"]?.type !== "webhook" || !keys.ok) throw new Error("it is no channel");
    const channel = webhookChannel(channels["heal"], "https://example.com/", keys.keys);
    const outgoing = await channel.compose({ kind: "test" }, contextExample({ nowMs: NOW }));
    if (outgoing.via !== "http") throw new Error("it is no request");
    const response = await post({ headers: { ...outgoing.headers }, body: outgoing.body });
    expect([response.status, await response.json()]).toEqual([200, { healed: [] }]);
  });

  it.each([["now"], ["5 min ago"], ["5 min ahead"]])(
    "takes one that was signed %s",
    async (when) => {
      const offMs = when === "now" ? 0 : when.endsWith("ago") ? 300_000 : -300_000;
      expect((await post(await sent([LOST]), { nowMs: NOW + offMs })).status).toBe(200);
    },
  );

  it("takes any of the keys while one replaces another", async () => {
    const both = { ...env, HEAL_SECRET: `${OTHER} ${SECRET}` };
    expect((await post(await sent([LOST]), { env: both })).status).toBe(200);
    const signedTwice = await sent([LOST], { secret: `${OTHER} ${SECRET}` });
    expect((await post(signedTwice)).status).toBe(200);
  });

  it.each<[string, number, (message: Awaited<ReturnType<typeof sent>>) => Changes]>([
    ["another body", 401, ({ body }) => ({ body: body.replace("lost-leads", "stuck-sessions") })],
    ["another id", 401, () => ({ headers: { "webhook-id": "another" } })],
    ["another time", 401, () => ({ headers: { "webhook-timestamp": String(NOW / 1_000 + 1) } })],
    ["an old time", 401, () => ({ nowMs: NOW + 301_000 })],
    ["a time ahead", 401, () => ({ nowMs: NOW - 301_000 })],
    ["no signature", 401, () => ({ headers: { "webhook-signature": "" } })],
    [
      "half a signature",
      401,
      ({ headers }) => ({
        headers: { "webhook-signature": headers["webhook-signature"]?.slice(0, 20) ?? "" },
      }),
    ],
    [
      "a signature of another version",
      401,
      ({ headers }) => ({
        headers: { "webhook-signature": `v2${headers["webhook-signature"]?.slice(2) ?? ""}` },
      }),
    ],
    ["no time", 401, () => ({ headers: { "webhook-timestamp": "" } })],
    ["another key", 401, () => ({ env: { ...env, HEAL_SECRET: OTHER } })],
    ["too long a body", 413, () => ({ body: "x".repeat(70_000) })],
    ["no key set", 503, () => ({ env: { ...env, HEAL_SECRET: "" } })],
  ])("refuses %s with %d, and changes nothing", async (_what, status, changes) => {
    await addLead("lost", NOW - 2 * HOUR);
    const message = await sent([LOST]);
    const response = await post(message, changes(message));
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await count(LEADS)).toBe(1);
  });

  it.each(["{}", "not JSON", '{"type":"alert.firing","data":{"alert":{"event":1}}}', "[]"])(
    "refuses %s though it is signed",
    async (body) => {
      const key = await crypto.subtle.importKey(
        "raw",
        Uint8Array.from(atob(SECRET.slice(6)), (character) => character.charCodeAt(0)),
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign"],
      );
      const timestamp = String(NOW / 1_000);
      const signed = new TextEncoder().encode(`id.${timestamp}.${body}`);
      const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
      const headers = {
        "webhook-id": "id",
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${btoa(String.fromCharCode(...signature))}`,
      };
      expect((await post({ headers, body })).status).toBe(400);
    },
  );

  it("fails as a whole when its job does, so that the message comes again", async () => {
    const broken = { ...env, DB: { prepare: () => ({ bind: () => ({ run: failing }) }) } };
    await expect(post(await sent([LOST]), { env: broken as unknown as Env })).rejects.toThrow(
      "D1 is away",
    );
  });
});

function failing(): Promise<never> {
  return Promise.reject(new Error("D1 is away"));
}
