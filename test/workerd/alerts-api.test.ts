import { createExecutionContext, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { AlertView } from "../../src/alerts/alert-view.ts";
import type { AuditEntry } from "../../src/alerts/archive.ts";
import type { RuleInput } from "../../src/alerts/rule-input.ts";
import { parseRule } from "../../src/alerts/rule-schema.ts";
import type { Silence } from "../../src/alerts/silence.ts";
import { handleRequest } from "../../src/api/router.ts";
import { config } from "../../src/configured.ts";
import type {
  ChannelHealth,
  ChannelTestResult,
  NotificationView,
} from "../../src/wire/dispatcher-rpc.ts";
import { Dispatcher } from "../../src/worker.ts";
import { call, coordinatorOf, evict, getJson, moveClock, stopClock, take, until } from "./api.ts";
import { configure, dispatcherOf, hook, receive, untilSent } from "./receivers.ts";

const HOUR_MS = 3_600_000;

// Objects of this file begin after this, with these channels.
beforeAll(() => {
  stopClock();
  configure({ a: hook("a"), b: hook("b") });
});
afterAll(() => vi.useRealTimers());
beforeEach(() => void receive(() => new Response("ok")));
afterEach(() => vi.restoreAllMocks());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function send(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await call(
    path,
    token,
    body === undefined ? { method } : { method, body: text },
  );
  const answer = await response.text();
  const { status, headers } = response;
  return { status, headers, body: answer === "" ? null : JSON.parse(answer) };
}

interface ProblemBody {
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly reason: string }[];
}

function problem({ status, headers, body }: Answer, expected: number): ProblemBody {
  expect([status, body]).toEqual([expected, expect.anything()]);
  expect(headers.get("Content-Type")).toBe("application/problem+json");
  return body as ProblemBody;
}

const pointers = (answer: Answer): string[] =>
  (problem(answer, 400).errors ?? []).map(({ pointer }) => pointer);

const openAlerts = async (tenant: string, query = ""): Promise<readonly AlertView[]> =>
  (await getJson<{ alerts: AlertView[] }>(`/v1/alerts${query}`, `${tenant}-read`)).alerts;

interface HistoryBody {
  readonly alerts: readonly AlertView[];
  readonly from: number;
  readonly to: number;
  readonly truncated: boolean;
  readonly unreadable: number;
}

const historyOf = (tenant: string, query = ""): Promise<HistoryBody> =>
  getJson<HistoryBody>(`/v1/alerts/history${query}`, `${tenant}-read`);

const auditOf = async (tenant: string, query = ""): Promise<readonly AuditEntry[]> =>
  (await getJson<{ entries: AuditEntry[] }>(`/v1/audit${query}`, `${tenant}-admin`)).entries;

/** Lets calls of a platform fail, as often as the rule `consecutive-errors` wants. */
async function fail(tenant: string, target: string): Promise<AlertView> {
  const one = { target, durationMs: 5, outcome: "error" };
  await take(
    tenant,
    Array.from({ length: 5 }, (_, i) => ({ ...one, at: Date.now() - 5 + i })),
  );
  moveClock(2_000);
  const alert = (await openAlerts(tenant)).find((open) => open.target === target);
  if (alert === undefined) throw new Error(`no alert of ${target} fires`);
  return alert;
}

async function succeed(tenant: string, target: string): Promise<void> {
  await take(tenant, [{ target, durationMs: 5, at: Date.now() }]);
  moveClock(2_000);
  expect((await openAlerts(tenant)).filter((open) => open.target === target)).toEqual([]);
}

async function rowsInD1(tenant: string, table: "alerts" | "audit"): Promise<number> {
  const query = `SELECT COUNT(*) AS found FROM ${table} WHERE tenant = ?1`;
  return (await env.DB.prepare(query).bind(tenant).first<number>("found")) ?? 0;
}

/** Runs alarms until D1 has everything of alerts and audit. */
async function carry(tenant: string): Promise<void> {
  await until("D1 has all records", async () => {
    moveClock(500);
    await runDurableObjectAlarm(coordinatorOf(tenant));
    return (await coordinatorOf(tenant).health()).archive.queued === 0;
  });
}

/** A request with some bindings replaced, and its answer. */
async function withBindings(bindings: object, path: string, init: RequestInit = {}) {
  const headers = { Authorization: "Bearer acme-admin" };
  const request = new Request(`http://tachograph.test${path}`, { headers, ...init });
  const answer = await handleRequest(request, { ...env, ...bindings }, createExecutionContext());
  const body: unknown = await answer.json();
  return { status: answer.status, headers: answer.headers, body };
}

describe("alerts", () => {
  test("one that fires is listed with what explains it, and can be looked for", async () => {
    const alert = await fail("acme", "meta");
    expect(alert).toMatchObject({
      rule: "consecutive-errors",
      target: "meta",
      operation: "*",
      severity: "HIGH",
      state: "firing",
      value: 5,
      threshold: 5,
      resolvedAt: null,
      acknowledgedBy: null,
      firedAt: expect.any(Number),
      since: expect.any(Number),
      summary: expect.stringContaining("meta"),
      action: expect.stringContaining("access token"),
    });
    await fail("acme", "google");
    const targets = async (query: string): Promise<string[]> =>
      (await openAlerts("acme", query)).map(({ target }) => target).toSorted();
    expect(await targets("")).toEqual(["google", "meta"]);
    expect(await targets("?target=meta")).toEqual(["meta"]);
    expect(await targets("?target=meta,google,tiktok")).toEqual(["google", "meta"]);
    expect(await targets("?state=firing,nodata&severity=HIGH,LOW")).toEqual(["google", "meta"]);
    expect(await targets("?state=pending")).toEqual([]);
    expect(await targets("?severity=CRITICAL")).toEqual([]);
    expect(await openAlerts("globex")).toEqual([]);
  });

  test.each([
    ["?state=resolved", "?state"],
    ["?state=", "?state"],
    ["?severity=high", "?severity"],
    ["?target=Meta", "?target"],
    ["?target=a&target=b", "?target"],
    ["/history?from=yesterday", "?from"],
    ["/history?to=-1", "?to"],
    ["/history?from=5&to=5", "?from"],
    ["/history?from=99999999999999999", "?from"],
  ])("%s is refused by the parameter's name", async (query, pointer) => {
    expect(pointers(await send("GET", `/v1/alerts${query}`, "acme-read"))).toEqual([pointer]);
  });

  test("taking one on is shown, kept, and stops repeats; who is not said is refused", async () => {
    const { id } = await fail("acme", "tiktok");
    const path = `/v1/alerts/${id}/acknowledge`;
    const answer = await send("POST", path, "acme-admin", { by: "Ana M." });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, acknowledgedBy: "Ana M.", state: "firing" });
    await evict(coordinatorOf("acme"));
    const [shown] = await openAlerts("acme", "?target=tiktok");
    expect(shown).toMatchObject({ id, acknowledgedBy: "Ana M.", acknowledgedAt: Date.now() });
    expect(await auditOf("acme")).toContainEqual(
      expect.objectContaining({ by: "Ana M.", action: "alert.acknowledge", subject: id }),
    );
    for (const by of [undefined, "", " ", "a\tb", "x".repeat(81), 7, null]) {
      expect(pointers(await send("POST", path, "acme-admin", { by }))).toEqual(["/by"]);
    }
    problem(await send("POST", path, "acme-admin", "{"), 400);
    expect((await openAlerts("acme", "?target=tiktok"))[0]?.acknowledgedBy).toBe("Ana M.");
    problem(await send("POST", path, "acme-read", { by: "ana" }), 403);
    // Of another tenant, and of none.
    problem(await send("POST", path, "globex-admin", { by: "ana" }), 404);
    for (const other of ["nothing", "%E0%A4%A", `${id}x`]) {
      const unknown = await send("POST", `/v1/alerts/${other}/acknowledge`, "acme-admin", {
        by: "ana",
      });
      expect(problem(unknown, 404).detail).toContain("GET /v1/alerts");
    }
    await succeed("acme", "tiktok");
    problem(await send("POST", path, "acme-admin", { by: "ana" }), 404);
  });

  test("history has an alert from the moment it fires, before and after D1 has it", async () => {
    const tenant = "globex";
    const startedAt = Date.now();
    const { id } = await fail(tenant, "pinterest");
    const mine = async (query = ""): Promise<readonly AlertView[]> =>
      (await historyOf(tenant, query)).alerts.filter((alert) => alert.id === id);
    expect(await rowsInD1(tenant, "alerts")).toBe(0);
    expect(await mine()).toMatchObject([{ state: "firing", target: "pinterest" }]);
    await carry(tenant);
    expect(await rowsInD1(tenant, "alerts")).toBe(1);
    await send("POST", `/v1/alerts/${id}/acknowledge`, `${tenant}-admin`, { by: "ana" });
    expect(await mine()).toMatchObject([{ state: "firing", acknowledgedBy: "ana" }]);
    await succeed(tenant, "pinterest");
    const ended = { state: "resolved", resolvedReason: "recovered", acknowledgedBy: "ana" };
    expect(await mine()).toMatchObject([ended]);
    await carry(tenant);
    expect(await mine()).toMatchObject([ended]);
    const { from, to, truncated, unreadable } = await historyOf(tenant);
    expect([to - from, truncated, unreadable]).toEqual([24 * HOUR_MS, false, 0]);
    expect(await mine(`?to=${startedAt}`)).toEqual([]);
    expect(await mine(`?from=${Date.now()}&to=${Date.now() + 1}`)).toEqual([]);
    expect(await mine(`?from=${startedAt}`)).toMatchObject([ended]);
    const { alerts } = await historyOf("acme");
    expect(alerts.map(({ target }) => target)).not.toContain("pinterest");
    expect(alerts.length).toBeGreaterThan(1);
    const times = alerts.map(({ firedAt }) => firedAt ?? 0);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
  });

  test("history says if there is more than it answers", async () => {
    const rows = env.DB.prepare(
      `INSERT INTO alerts (tenant, id, rule, target, operation, severity, state, fired_at,
         resolved_at, version, body)
       SELECT 'outage', 'x' || value, 'r', 't', '*', 'LOW', 'resolved', 5, 6, 1,
         json_set(?1, '$.id', 'x' || value) FROM json_each(?2)`,
    );
    const { alerts } = await historyOf("globex");
    const stored = await env.DB.prepare("SELECT body FROM alerts LIMIT 1").first<string>("body");
    expect(alerts.length).toBeGreaterThan(0);
    const insert = (from: number, to: number): Promise<unknown> =>
      rows
        .bind(stored, JSON.stringify(Array.from({ length: to - from }, (_, i) => from + i)))
        .run();
    await insert(0, 1_000);
    expect(await historyOf("outage", "?from=0&to=10")).toMatchObject({ truncated: false });
    await insert(1_000, 1_001);
    const page = await historyOf("outage", "?from=0&to=10");
    expect([page.truncated, page.alerts.length]).toEqual([true, 1_000]);
  });

  test("without the coordinator there is a clear 503, and none of D1's rows as if it were all", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const gone = (): Promise<never> => Promise.reject(new Error("gone"));
    const COORDINATOR = { getByName: () => ({ alerts: gone, unarchived: gone }) };
    for (const path of ["/v1/alerts", "/v1/alerts/history", "/v1/audit"]) {
      const answer = await withBindings({ COORDINATOR }, path);
      expect(problem(answer, 503).detail).toMatch(/coordinator of acme did not answer/);
      expect(answer.headers.get("Retry-After")).toBe("1");
    }
    expect(error).toHaveBeenCalled();
  });
});

describe("rules", () => {
  test("are shown whole, so that each can be used as it is", async () => {
    const { rules } = await getJson<{ rules: RuleInput[] }>("/v1/rules", "acme-read");
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.map((rule) => parseRule(rule))).toEqual(
      config.alerts.rules.map((rule) => ({ ok: true, rule })),
    );
    problem(await send("GET", "/v1/rules", "acme-ingest"), 403);
  });
});

describe("silences", () => {
  const body = (more: object = {}) => ({
    match: { target: "reddit" },
    to: Date.now() + HOUR_MS,
    by: "ana",
    why: "a planned change",
    ...more,
  });
  const silences = async (tenant = "acme"): Promise<readonly Silence[]> =>
    (await getJson<{ silences: Silence[] }>("/v1/silences", `${tenant}-admin`)).silences;

  test("one is made, found where it says, keeps quiet, and is ended", async () => {
    const asked = body();
    const made = await send("POST", "/v1/silences", "acme-admin", asked);
    expect(made.status).toBe(201);
    const silence = made.body as Silence;
    expect(silence).toEqual({ ...asked, from: Date.now(), id: expect.any(String) });
    const location = made.headers.get("Location") ?? "";
    expect(new URL(location).pathname).toBe(`/v1/silences/${silence.id}`);
    await evict(coordinatorOf("acme"));
    expect(await silences()).toEqual([silence]);
    expect(await getJson(new URL(location).pathname, "acme-admin")).toEqual(silence);
    expect(await silences("globex")).toEqual([]);

    const { id } = await fail("acme", "reddit");
    expect(await openAlerts("acme", "?target=reddit")).toMatchObject([{ silencedBy: silence.id }]);
    const { notifications } = await getJson<{ notifications: NotificationView[] }>(
      "/v1/notifications",
      "acme-read",
    );
    expect(notifications.filter(({ alert }) => alert === id)).toEqual([]);

    problem(await send("DELETE", `/v1/silences/${silence.id}`, "globex-admin"), 404);
    const path = `/v1/silences/${silence.id}?by=bob`;
    expect((await send("DELETE", path, "acme-admin")).status).toBe(204);
    problem(await send("DELETE", path, "acme-admin"), 404);
    problem(await send("GET", `/v1/silences/${silence.id}`, "acme-admin"), 404);
    expect(await silences()).toEqual([]);
    const entries = (await auditOf("acme")).filter(({ subject }) => subject === silence.id);
    expect(entries.map(({ by, action }) => `${by} ${action}`).toSorted()).toEqual([
      "ana silence.create",
      "bob silence.delete",
    ]);
    await succeed("acme", "reddit");
  });

  test("one that is deleted by nobody in particular is deleted by the token", async () => {
    const { body: made } = await send("POST", "/v1/silences", "acme-admin", body());
    const { id } = made as Silence;
    for (const by of ["", "%0A", "x".repeat(81), "a&by=b"]) {
      const answer = await send("DELETE", `/v1/silences/${id}?by=${by}`, "acme-admin");
      expect(pointers(answer)).toEqual(["?by"]);
    }
    moveClock(1);
    expect((await send("DELETE", `/v1/silences/${id}`, "acme-admin")).status).toBe(204);
    const [entry] = await auditOf("acme");
    expect(entry).toMatchObject({ action: "silence.delete", subject: id });
    expect(entry?.by).toMatch(/^token:[0-9a-f]{8}$/);
  });

  test("a rule that is not configured is taken, with a warning", async () => {
    const post = async (rule: string) => {
      const made = await send("POST", "/v1/silences", "acme-admin", body({ match: { rule } }));
      expect(made.status).toBe(201);
      const { id, warning } = made.body as Silence & { warning?: string };
      await send("DELETE", `/v1/silences/${id}`, "acme-admin");
      return warning;
    };
    expect(await post("consecutive-errors")).toBeUndefined();
    expect(await post("consecutive-error")).toMatch(/did you mean consecutive-errors\?/);
    expect(await post("of-tomorrow")).toMatch(/No rule is called of-tomorrow.*GET \/v1\/rules/);
  });

  test("what is no silence is refused by the members' names, for admins only", async () => {
    const post = (sent: unknown) => send("POST", "/v1/silences", "acme-admin", sent);
    expect(pointers(await post({}))).toEqual(["/match", "/to", "/by", "/why"]);
    expect(pointers(await post(body({ match: { targt: "meta" } })))).toEqual(["/match/targt"]);
    expect(pointers(await post("[]"))).toEqual([""]);
    problem(await send("POST", "/v1/silences", "acme-read", body()), 403);
    problem(await send("GET", "/v1/silences", "acme-read"), 403);
    problem(await send("DELETE", "/v1/silences/x", "acme-read"), 403);
    expect(await silences()).toEqual([]);
  });

  test("there are as many as there may be, and no more", async () => {
    const addSilence = () => Promise.resolve({ ok: false, reason: "too_many", maxSilences: 1_000 });
    const COORDINATOR = { getByName: () => ({ addSilence }) };
    const init = { method: "POST", body: JSON.stringify(body()) };
    const answer = await withBindings({ COORDINATOR }, "/v1/silences", init);
    expect(problem(answer, 422).detail).toMatch(/1000 silences.*Delete one/);
  });
});

describe("notifications", () => {
  const list = async (query = ""): Promise<readonly NotificationView[]> => {
    const path = `/v1/notifications${query}`;
    return (await getJson<{ notifications: NotificationView[] }>(path, "evict-read")).notifications;
  };

  test("are shown from the moment an alert asks for them, each once, the newest first", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const handOver = vi.spyOn(Dispatcher.prototype, "handOver");
    handOver.mockRejectedValue(new Error("gone"));
    const { id } = await fail("evict", "meta");
    await until("it is to be told", async () => (await list()).length === 2);
    const ids = [`${id}:firing/a`, `${id}:firing/b`];
    expect((await list()).map((one) => one.id).toSorted()).toEqual(ids);
    expect(await list("?state=delivered")).toEqual([]);
    expect(handOver).toHaveBeenCalled();
    expect(await dispatcherOf("evict").notifications(undefined, 9)).toEqual([]);
    handOver.mockRestore();
    await until("the dispatcher has sent them", async () => {
      moveClock(1_000);
      await runDurableObjectAlarm(coordinatorOf("evict"));
      await untilSent("evict");
      return (await list("?state=delivered")).length === 2;
    });
    expect((await list()).map((one) => one.id).toSorted()).toEqual(ids);
    expect(await list("?state=queued")).toEqual([]);
    expect(await list("?state=dead")).toEqual([]);
    await succeed("evict", "meta");
    await until("the end is told, too", async () => {
      moveClock(1_000);
      await runDurableObjectAlarm(coordinatorOf("evict"));
      return (await list()).length === 4;
    });
    expect((await list("?limit=2")).map(({ event }) => event)).toEqual(["resolved", "resolved"]);
  });

  test.each([
    ["?state=sent", "?state"],
    ["?limit=0", "?limit"],
    ["?limit=1001", "?limit"],
    ["?limit=x", "?limit"],
  ])("%s is refused by the parameter's name", async (query, pointer) => {
    expect(pointers(await send("GET", `/v1/notifications${query}`, "acme-read"))).toEqual([
      pointer,
    ]);
  });

  test("without the dispatcher there is a clear 503", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const gone = (): Promise<never> => Promise.reject(new Error("gone"));
    const DISPATCHER = { getByName: () => ({ notifications: gone, health: gone }) };
    for (const path of ["/v1/notifications", "/v1/channels"]) {
      const answer = await withBindings({ DISPATCHER }, path);
      expect(problem(answer, 503).detail).toMatch(/dispatcher of acme did not answer/);
    }
    expect(error).toHaveBeenCalled();
  });
});

describe("channels", () => {
  test("stand as the dispatcher says", async () => {
    const path = "/v1/channels";
    const { channels } = await getJson<{ channels: ChannelHealth[] }>(path, "globex-read");
    expect(channels).toMatchObject([
      { channel: "a", type: "slack", state: "ok" },
      { channel: "b", type: "slack", state: "ok" },
    ]);
  });

  test("a test message says what came back, and is in the audit trail", async () => {
    const received = receive(({ host }) =>
      host.startsWith("a") ? new Response("ok") : new Response("no", { status: 500 }),
    );
    const sent = await send("POST", "/v1/channels/a/test", "globex-admin");
    expect(sent.status).toBe(200);
    expect(sent.body).toMatchObject({ channel: "a", delivered: true, status: 200 });
    expect(received).toHaveLength(1);
    const failed = (await send("POST", "/v1/channels/b/test", "globex-admin")).body;
    expect(failed).toMatchObject({ channel: "b", delivered: false, status: 500 });
    expect((failed as ChannelTestResult).detail).not.toBe("");
    const entries = (await auditOf("globex")).filter(({ action }) => action === "channel.test");
    expect(entries.map(({ subject }) => subject).toSorted()).toEqual(["a", "b"]);
    problem(await send("POST", "/v1/channels/a/test", "globex-read"), 403);
  });

  test("one that nobody named is not found, and those that exist are named", async () => {
    for (const name of ["c", "constructor", "%E0%A4%A"]) {
      const answer = await send("POST", `/v1/channels/${name}/test`, "globex-admin");
      expect(problem(answer, 404).detail).toMatch(/There are a, b/);
    }
  });
});

describe("the audit trail", () => {
  test("has what was done to limits, before and after D1 has it, and once", async () => {
    const rule = { capacity: 5, refillPerMinute: 1 };
    await send("PUT", "/v1/limits/shop-audit", "globex-admin", rule);
    moveClock(10);
    await send("DELETE", "/v1/limits/shop-audit/feedback", "globex-admin");
    moveClock(10);
    await send("DELETE", "/v1/limits/shop-audit", "globex-admin");
    const mine = async (): Promise<readonly AuditEntry[]> =>
      (await auditOf("globex")).filter(({ subject }) => subject === "shop-audit");
    const before = await mine();
    expect(before.map(({ action }) => action)).toEqual([
      "limit.delete",
      "limit.reopen",
      "limit.set",
    ]);
    expect(before[2]?.detail).toEqual(rule);
    expect(before.every(({ by }) => /^token:[0-9a-f]{8}$/.test(by))).toBe(true);
    await carry("globex");
    expect(await rowsInD1("globex", "audit")).toBeGreaterThan(2);
    expect(await mine()).toEqual(before);
    const since = `?from=${before[0]?.at ?? 0}`;
    expect(await auditOf("globex", since)).toEqual(before.slice(0, 1));
    problem(await send("GET", "/v1/audit", "globex-read"), 403);
    expect(pointers(await send("GET", "/v1/audit?from=x", "globex-admin"))).toEqual(["?from"]);
  });

  test("what cannot be kept in it is in the log, and was done nevertheless", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const COORDINATOR = {
      getByName: (tenant: string) => ({
        limitTargets: () => coordinatorOf(tenant).limitTargets(),
        audit: () => Promise.reject(new Error("gone")),
      }),
    };
    const rule = { capacity: 7, refillPerMinute: 1 };
    const init = { method: "PUT", body: JSON.stringify(rule) };
    const answer = await withBindings({ COORDINATOR }, "/v1/limits/meta", init);
    expect(answer).toMatchObject({ status: 200, body: rule });
    expect(String(error.mock.calls[0]?.[0])).toMatch(/missing in the audit trail.*"capacity":7/);
    expect((await auditOf("acme")).map(({ action }) => action)).not.toContain("limit.set");
  });
});

describe("GET /health/deep", () => {
  interface DeepHealth {
    readonly status: string;
    readonly dispatcher: { ok: boolean; detail: { problems: string[]; channels: ChannelHealth[] } };
    readonly d1: { ok: boolean; detail: { archive: { queued: number } } };
    readonly coordinator: { detail: { alerts: { firing: number } } };
    readonly parts: Readonly<Record<string, { ok: boolean; problems: string[] }>>;
  }

  const problemsIn = ({ parts }: DeepHealth): Record<string, string[]> =>
    Object.fromEntries(Object.entries(parts).map(([name, { problems }]) => [name, problems]));

  test("shows alerts, the way to D1 and the dispatcher", async () => {
    const health = await getJson<DeepHealth>("/health/deep", "globex-read");
    expect(health.dispatcher).toMatchObject({ ok: true, detail: { problems: [] } });
    expect(health.dispatcher.detail.channels.map(({ channel }) => channel)).toEqual(["a", "b"]);
    expect(health.d1.detail.archive.queued).toBe(0);
    expect(health.coordinator.detail.alerts.firing).toBe(0);
    expect(problemsIn(health)).toEqual({
      d1: [],
      shards: [],
      coordinator: [],
      ledger: [],
      dispatcher: [],
    });
  });

  test("says of each part in words what is wrong with it", async () => {
    const well = await coordinatorOf("acme").health();
    const ask = async (bindings: object): Promise<DeepHealth> => {
      const { status, body } = await withBindings(bindings, "/health/deep");
      expect(status).toBe(503);
      return body as DeepHealth;
    };
    const answering = (health: () => Promise<unknown>) => ({ getByName: () => ({ health }) });
    const ill = {
      ...well,
      lastError: "boom",
      missing: [{ name: "acme/meta#0", error: "timed out" }],
      ledger: { ...well.ledger, merged: well.ledger.merged + 1, isBalanced: false },
      retention: { ...well.retention, lastError: "slow" },
    };
    const told = await ask({ COORDINATOR: answering(() => Promise.resolve(ill)) });
    expect(problemsIn(told)).toEqual({
      d1: ["rollups that are too old cannot be deleted: slow"],
      shards: ["acme/meta#0 does not answer: timed out"],
      coordinator: ["its last tick failed: boom"],
      ledger: [expect.stringMatching(/^the books do not add up: \d+ accepted, but \d+ merged/)],
      dispatcher: [],
    });
    expect(told.d1.ok).toBe(true);
    const gone = answering(() => Promise.reject(new Error("gone")));
    const mute = await ask({ COORDINATOR: gone, DISPATCHER: gone });
    expect(problemsIn(mute)).toEqual({
      d1: [],
      shards: ["the coordinator did not answer: gone"],
      coordinator: ["the coordinator did not answer: gone"],
      ledger: ["the coordinator did not answer: gone"],
      dispatcher: ["the dispatcher did not answer: gone"],
    });
    const noD1 = { prepare: () => ({ all: () => Promise.reject(new Error("no such table")) }) };
    expect(problemsIn(await ask({ DB: noD1 }))["d1"]).toEqual([
      "D1 does not answer: no such table",
    ]);
  });

  test("a dispatcher that fails, or is not there, is not well", async () => {
    const well = await dispatcherOf("acme").health();
    const failing = { health: () => Promise.resolve({ ...well, lastError: "disk full" }) };
    const gone = { health: () => Promise.reject(new Error("gone")) };
    const ask = async (dispatcher: object) => {
      const answer = await withBindings(
        { DISPATCHER: { getByName: () => dispatcher } },
        "/health/deep",
      );
      return { status: answer.status, ...(answer.body as DeepHealth).dispatcher };
    };
    expect(await ask(failing)).toMatchObject({
      status: 503,
      ok: false,
      detail: { problems: ["its last run failed: disk full"] },
    });
    expect(await ask(gone)).toMatchObject({ status: 503, ok: false, detail: "gone" });
  });
});
