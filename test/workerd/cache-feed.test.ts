import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { AuditEntry } from "../../src/alerts/archive.ts";
import { tachograph } from "../../src/client/index.ts";
import type { CacheLogAnswer, CacheScope } from "../../src/wire/cache-feed.ts";
import type { TachographBinding } from "../../src/wire/report.ts";
import { Coordinator } from "../../src/worker.ts";
import { columnsOf } from "../support/columns.ts";
import { call, coordinatorOf, evict, getJson, moveClock, shardOf, stopClock } from "./api.ts";

const ACME = "bound-acme";
const PATH = "/api/performance/cache-invalidate";

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());
afterEach(() => vi.restoreAllMocks());

const key = (text: string): CacheScope => ({ kind: "key", key: text });

/** A plain copy: what comes out of an RPC carries a disposer. */
async function log(tracker: TachographBinding, since = 0): Promise<CacheLogAnswer> {
  const answer = await tracker.cacheLog?.(since);
  if (answer === undefined) throw new Error("the binding has no log");
  return { ...answer };
}

async function headOf(tracker: TachographBinding): Promise<number> {
  const answer = await log(tracker);
  return answer.ok ? answer.head : Number.NaN;
}

async function invalidate(
  tracker: TachographBinding,
  cache: string,
  scopes: readonly CacheScope[],
  since = 0,
): Promise<CacheLogAnswer> {
  const answer = await tracker.invalidateCache?.(cache, scopes, since);
  if (answer === undefined) throw new Error("the binding has no log");
  return { ...answer };
}

let sequence = 0;

/** Reports one timing. @returns the newest invalidation that the answer tells of. */
async function report(target = "meta"): Promise<number | undefined> {
  sequence += 1;
  const at = Date.now();
  const columns = columnsOf([{ operation: "l1", at, durationUs: 5, outcome: 0 }], at);
  const reports = [{ target, sequence, columns, givenUp: 0 }];
  const answer = await env.TRACKER_ACME.report({ reporter: "edge", reports });
  if (!answer.ok || answer.results[0]?.ok !== true) throw new Error("the report was refused");
  return answer.cacheHead;
}

/** How far ahead the coordinator's alarm is. */
const alarmInMs = (): Promise<number> =>
  runInDurableObject(coordinatorOf(ACME), async (_, { storage }) => {
    return ((await storage.getAlarm()) ?? Infinity) - Date.now();
  });

/** The coordinator's next tick, at its time. */
async function tick(): Promise<void> {
  moveClock(Math.max(0, await alarmInMs()));
  expect(await runDurableObjectAlarm(coordinatorOf(ACME))).toBe(true);
}

describe("over the service binding", () => {
  test("what is invalidated is in the log, in order, and stays there", async () => {
    expect(await log(env.TRACKER_ACME)).toEqual({ ok: true, head: 0, from: 0, entries: [] });
    const scopes: CacheScope[] = [
      key("user-journeys:42"),
      { kind: "prefix", prefix: "channel:" },
      { kind: "tag", tag: "\u0000 \ud800 '\"" },
    ];
    const entries = scopes.map((scope, i) => ({ version: i + 1, cache: "cache", scope }));
    const added = await invalidate(env.TRACKER_ACME, "cache", scopes);
    expect(added).toEqual({ ok: true, head: 3, from: 0, entries });
    const all = { version: 4, cache: "edge", scope: { kind: "all" } };
    const after = await invalidate(env.TRACKER_ACME, "edge", [{ kind: "all" }], 2);
    expect(after).toEqual({ ok: true, head: 4, from: 2, entries: [entries[2], all] });
    await evict(coordinatorOf(ACME));
    const whole = { ok: true, head: 4, from: 0, entries: [...entries, all] };
    expect(await log(env.TRACKER_ACME)).toEqual(whole);
    expect(await log(env.TRACKER_ACME, 4)).toEqual({ ok: true, head: 4, from: 4, entries: [] });
  });

  test("two tenants have logs of their own", async () => {
    const before = await log(env.TRACKER_ACME);
    const entries = [{ version: 1, cache: "cache", scope: key("a") }];
    const added = { ok: true, head: 1, from: 0, entries };
    expect(await invalidate(env.TRACKER_GLOBEX, "cache", [key("a")])).toEqual(added);
    expect(await log(env.TRACKER_ACME)).toEqual(before);
  });

  test("those of many at once are all there, one after the other", async () => {
    const head = await headOf(env.TRACKER_GLOBEX);
    const names = Array.from({ length: 40 }, (_, i) => `burst-${i}`);
    const asked = names.map((name) => invalidate(env.TRACKER_GLOBEX, "cache", [key(name)], head));
    const heads = (await Promise.all(asked)).map((answer) => (answer.ok ? answer.head : 0));
    expect(heads.toSorted((one, other) => one - other)).toEqual(names.map((_, i) => head + i + 1));
    const answer = await log(env.TRACKER_GLOBEX, head);
    if (!answer.ok) throw new Error(answer.detail);
    const found = answer.entries.map(({ scope }) => (scope.kind === "key" ? scope.key : ""));
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  test("a client reads and writes it, and hears of it with its next report", async () => {
    const context = createExecutionContext();
    const tacho = tachograph(env.TRACKER_GLOBEX, context, { clock: () => Date.now() });
    const head = await headOf(env.TRACKER_GLOBEX);
    tacho.record("cache", "l1", 1);
    await tacho.flush();
    expect(tacho.cacheFeed.head).toBe(head);
    const answer = await tacho.cacheFeed.invalidate("cache", [{ kind: "all" }], head);
    const entries = [{ version: head + 1, cache: "cache", scope: { kind: "all" } }];
    expect(answer).toEqual({ ok: true, head: head + 1, from: head, entries });
    expect(await tacho.cacheFeed.read(head)).toEqual(answer);
    expect(tacho.cacheFeed.head).toBe(head + 1);
    expect(tacho.stats()).toMatchObject({ failures: 0 });
  });

  test("a binding that does not say whose it is has no log", async () => {
    const detail = 'the service binding needs props = { tenant = "NAME" } in wrangler.toml';
    const refusal = { ok: false, reason: "invalid", detail };
    expect(await log(env.TRACKER_NOBODY)).toEqual(refusal);
    expect(await invalidate(env.TRACKER_NOBODY, "cache", [key("a")])).toEqual(refusal);
  });

  test.each([undefined, null, "0", -1, 0.5, Number.NaN, Infinity, 2 ** 53])(
    "since %j is no version",
    async (since) => {
      const detail = "since must be a version: an integer of 0 or more";
      const refusal = { ok: false, reason: "invalid", detail };
      const bad = since as number;
      const before = await headOf(env.TRACKER_ACME);
      // Called without helpers, whose defaults would stand in for undefined.
      expect({ ...(await env.TRACKER_ACME.cacheLog?.(bad)) }).toEqual(refusal);
      const answer = await env.TRACKER_ACME.invalidateCache?.("cache", [key("a")], bad);
      expect({ ...answer }).toEqual(refusal);
      expect(await headOf(env.TRACKER_ACME)).toBe(before);
    },
  );

  const LONG = "x".repeat(513);
  test.each<readonly [cache: unknown, scopes: unknown, says: string]>([
    ["", [key("a")], "cache must be a name"],
    [null, [key("a")], "cache must be a name"],
    ["Cache!", [key("a")], "cache must be a name"],
    ["cache", undefined, "scopes must be a list of 1 to 100"],
    ["cache", "all", "scopes must be a list of 1 to 100"],
    ["cache", [], "scopes must be a list of 1 to 100"],
    ["cache", Array.from({ length: 101 }, (_, i) => key(`k${i}`)), "a list of 1 to 100"],
    ["cache", [key("a"), null], "scopes[1]: kind must be"],
    ["cache", ["all"], "scopes[0]: kind must be"],
    ["cache", [{ kind: "glob", glob: "*" }], "scopes[0]: kind must be"],
    ["cache", [{ kind: "key" }], "scopes[0]: key must be a text of 1 to 512"],
    ["cache", [key("")], "scopes[0]: key must be"],
    ["cache", [key(LONG)], "scopes[0]: key must be"],
    ["cache", [{ kind: "prefix", prefix: 7 }], "scopes[0]: prefix must be"],
    ["cache", [{ kind: "tag", tag: LONG }], "scopes[0]: tag must be"],
  ])("%j with %j is invalid, and changes nothing", async (cache, scopes, says) => {
    const before = await log(env.TRACKER_ACME);
    const answer = await invalidate(env.TRACKER_ACME, cache as string, scopes as CacheScope[]);
    const detail = expect.stringContaining(says);
    expect(answer).toEqual({ ok: false, reason: "invalid", detail });
    expect(await log(env.TRACKER_ACME)).toEqual(before);
  });

  test("a coordinator that fails is unavailable, and nothing is thrown", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const invalidation = vi.spyOn(Coordinator.prototype, "invalidateCache");
    invalidation.mockRejectedValueOnce(new Error("out of reach"));
    expect(await invalidate(env.TRACKER_ACME, "cache", [key("a")])).toEqual({
      ok: false,
      reason: "unavailable",
      detail: expect.stringMatching(/out of reach.*send it again/),
    });
  });
});

describe("a reporter hears of an invalidation", () => {
  test("with its first report after the next tick, which comes at once", async () => {
    const before = await report();
    await tick();
    expect(await report()).toBe(before);
    expect(await alarmInMs()).toBeGreaterThan(1_000);
    const answer = await invalidate(env.TRACKER_ACME, "cache", [key("news")]);
    const head = answer.ok ? answer.head : Number.NaN;
    expect(head).toBe((before ?? 0) + 1);
    // A tick of a moment ago was for everybody; the next one is half a second after it.
    expect(await alarmInMs()).toBeLessThanOrEqual(500);
    await tick();
    expect(await report()).toBe(head);
  });

  test("at once from a shard that it did not report to for long", async () => {
    const answer = await invalidate(env.TRACKER_ACME, "cache", [key("other target")]);
    expect(await report("google")).toBe(answer.ok ? answer.head : Number.NaN);
  });

  test("also if shard and coordinator were evicted in between", async () => {
    for (const evicts of [
      () => evict(shardOf(ACME, "meta")),
      () => evict(coordinatorOf(ACME)),
      async () => {
        await evict(coordinatorOf(ACME));
        await evict(shardOf(ACME, "meta"));
      },
    ]) {
      await report();
      await evicts();
      const answer = await invalidate(env.TRACKER_ACME, "cache", [key("after an eviction")]);
      await evicts();
      // Whoever forgot announces itself with its report; whoever did not is told by a tick.
      await report();
      await tick();
      expect(await report()).toBe(answer.ok ? answer.head : Number.NaN);
    }
  });

  test("never of an older one, from a coordinator that knows less or nothing", async () => {
    const head = await report();
    const shard = shardOf(ACME, "meta");
    const rest = { durable: 0, seen: 0, watched: false, dormant: false };
    await shard.collect({ ...rest, cacheHead: 1 });
    await shard.collect(rest);
    expect(await report()).toBe(head);
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function post(body: unknown, token = "acme-admin"): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await call(PATH, token, { method: "POST", body: text });
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}

const entriesOf = async (tenant: string): Promise<unknown> =>
  (await coordinatorOf(tenant).cacheLog(0)).entries;

describe("POST /api/performance/cache-invalidate", () => {
  test("makes one scope or several invalid, of the cache that is named or of `cache`", async () => {
    const { status, headers, body } = await post({ key: "user-journeys:42" });
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    const invalidated = [key("user-journeys:42")];
    expect(body).toEqual({
      success: true,
      data: { cache: "cache", version: 1, invalidated },
      timestamp: Date.now(),
    });
    const scopes = [{ prefix: "channel:" }, { tag: "meta" }, { all: true }];
    expect((await post({ scopes, cache: "edge" })).body).toMatchObject({
      data: {
        cache: "edge",
        version: 4,
        invalidated: [{ kind: "prefix", prefix: "channel:" }, { kind: "tag" }, { kind: "all" }],
      },
    });
    expect(await entriesOf("acme")).toEqual([
      { version: 1, cache: "cache", scope: key("user-journeys:42") },
      { version: 4, cache: "edge", scope: { kind: "all" } },
    ]);
    expect(await entriesOf("globex")).toEqual([]);
  });

  test("is in the audit trail, with the first of many scopes", async () => {
    const scopes = Array.from({ length: 100 }, (_, i) => ({ key: `${i}-${"\u0001".repeat(500)}` }));
    expect((await post({ scopes })).status).toBe(200);
    const { entries } = await getJson<{ entries: AuditEntry[] }>("/v1/audit", "acme-admin");
    const [entry] = entries.filter(({ action }) => action === "cache.invalidate");
    expect(entry).toMatchObject({
      by: expect.stringMatching(/^token:/),
      subject: "cache",
      detail: { version: 104, scopes: 100 },
    });
    expect(entry?.detail["first"]).toHaveLength(10);
  });

  test("shows in the health of the coordinator", async () => {
    const response = await call("/health/deep", "acme-read");
    const { coordinator } = await response.json<{
      coordinator: { detail: { invalidations: object } };
    }>();
    expect(coordinator.detail.invalidations).toEqual({ head: 104, entries: 102 });
  });

  test.each<readonly [body: unknown, status: number, pointer: string]>([
    ["", 400, ""],
    ["{", 400, ""],
    ["[]", 400, ""],
    [null, 400, ""],
    [{}, 400, ""],
    [{ key: "a", all: true }, 400, ""],
    [{ key: "x".repeat(513) }, 400, "/key"],
    [{ all: 1 }, 400, "/all"],
    [{ scopes: [{ key: "a" }, { tag: 1 }] }, 400, "/scopes/1/tag"],
    [{ scopes: Array.from({ length: 101 }, () => ({ key: "a" })) }, 400, "/scopes"],
    [{ key: "a", cache: "A" }, 400, "/cache"],
    [{ key: "a", chache: "a" }, 400, "/chache"],
  ])("refuses %j with %i at %j", async (body, expected, pointer) => {
    const before = await entriesOf("acme");
    const { status, headers, body: problem } = await post(body);
    expect([status, problem]).toEqual([expected, expect.anything()]);
    expect(headers.get("Content-Type")).toBe("application/problem+json");
    expect(problem).toMatchObject({ errors: [{ pointer, reason: expect.any(String) }] });
    expect(await entriesOf("acme")).toEqual(before);
  });

  test("refuses a body that is too large, and takes the largest that there may be", async () => {
    expect((await post(`{"key":"${" ".repeat(400_000)}"}`)).status).toBe(413);
    const scopes = Array.from({ length: 100 }, () => ({ prefix: "\u0001".repeat(512) }));
    expect((await post({ scopes })).status).toBe(200);
  });

  test("is for admins alone", async () => {
    const before = await entriesOf("acme");
    const asked = { key: "a" };
    expect((await post(asked, "nobody")).status).toBe(401);
    for (const scope of ["read", "ingest"]) {
      const { status, body } = await post(asked, `acme-${scope}`);
      expect(status).toBe(403);
      expect(body).toMatchObject({ detail: expect.stringContaining("admin") });
    }
    const got = await call(PATH, "acme-admin");
    expect([got.status, got.headers.get("Allow")]).toEqual([405, "POST"]);
    expect(await entriesOf("acme")).toEqual(before);
  });

  test("is answered 503 by a coordinator that does not answer", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const invalidation = vi.spyOn(Coordinator.prototype, "invalidateCache");
    invalidation.mockRejectedValueOnce(new Error("out of reach"));
    const { status, headers } = await post({ key: "a" });
    expect(status).toBe(503);
    expect(headers.get("Retry-After")).toBe("1");
  });
});
