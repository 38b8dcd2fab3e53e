import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { AuditEntry } from "../../src/alerts/archive.ts";
import { cacheManager, tachograph } from "../../src/client/index.ts";
import type { CacheLogAnswer, CacheScope } from "../../src/wire/cache-feed.ts";
import type { TachographBinding } from "../../src/wire/report.ts";
import { Coordinator } from "../../src/worker.ts";
import { columnsOf } from "../support/columns.ts";
import { call, coordinatorOf, evict, getJson, moveClock, shardOf, stopClock } from "./api.ts";
import { dropTables } from "./drop-tables.ts";
import { ownTracker } from "./own-bindings.ts";

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
    const head = await headOf(env.TRACKER_ACME);
    expect(await log(env.TRACKER_ACME)).toEqual({ ok: true, head, from: head, entries: [] });
    moveClock(1_000);
    const first = Date.now();
    const scopes: CacheScope[] = [
      key("user-journeys:42"),
      { kind: "prefix", prefix: "channel:" },
      { kind: "tag", tag: "\u0000 \ud800 '\"" },
    ];
    const entries = scopes.map((scope, i) => ({ version: first + i, cache: "cache", scope }));
    const added = await invalidate(env.TRACKER_ACME, "cache", scopes);
    expect(added).toEqual({ ok: true, head: first + 2, from: head, entries });
    const all = { version: first + 3, cache: "edge", scope: { kind: "all" } };
    // Whoever asks is told of the cache that he asks about.
    const after = await invalidate(env.TRACKER_ACME, "edge", [{ kind: "all" }], first + 1);
    expect(after).toEqual({ ok: true, head: first + 3, from: first + 1, entries: [all] });
    await evict(coordinatorOf(ACME));
    const whole = { ok: true, head: first + 3, from: head, entries: [...entries, all] };
    expect(await log(env.TRACKER_ACME)).toEqual(whole);
    expect(await log(env.TRACKER_ACME, first + 3)).toMatchObject({ from: first + 3, entries: [] });
    const own = { ...(await env.TRACKER_ACME.cacheLog?.(0, "cache")) };
    expect(own).toEqual({ ...whole, entries });
  });

  test("two tenants have logs of their own", async () => {
    const before = await log(env.TRACKER_ACME);
    const answer = await invalidate(env.TRACKER_GLOBEX, "cache", [key("k:a")]);
    expect(answer).toMatchObject({ ok: true, entries: [{ cache: "cache", scope: key("k:a") }] });
    expect(await log(env.TRACKER_ACME)).toEqual(before);
  });

  test("one that loses its storage begins anew, and warm isolates hear of it", async () => {
    const tracker = ownTracker();
    const context = createExecutionContext();
    const tacho = tachograph(tracker, context, { clock: () => Date.now() });
    const kv = { get: () => Promise.resolve(null), put: () => Promise.resolve() };
    const cache = cacheManager(tacho, kv);
    const get = (value: string) => cache.get<string>("lookups", "k", () => value);
    for (const tag of ["a", "b", "c"]) await cache.invalidateTag(tag);
    expect(await get("old")).toBe("old");
    const { head } = tacho.cacheFeed;
    await runInDurableObject(coordinatorOf(ACME), (_, { storage }) => dropTables(storage));
    await evict(coordinatorOf(ACME));
    moveClock(10);
    // Somebody else's invalidation, of which this isolate is told with a report.
    await invalidate(env.TRACKER_ACME, "cache", [key("lookups:k")]);
    await evict(shardOf(ACME, "cache"));
    await tacho.flush();
    expect(tacho.cacheFeed.head).toBeGreaterThan(head);
    expect(await get("new")).toBe("new");
    expect(cache.stats()).toMatchObject({ unverified: 0, logFailures: 0, invalidated: 1 });
  });

  test("a Tachograph that has none is recognised by what the runtime says, once", async () => {
    const asked: string[] = [];
    const tracker: TachographBinding = {
      ...ownTracker(),
      cacheLog: (since) => {
        asked.push("cacheLog");
        const method: unknown = Reflect.get(env.TRACKER_ACME, "noSuchMethod");
        if (typeof method !== "function") throw new Error("a stub has every name");
        return Reflect.apply(method, env.TRACKER_ACME, [since]);
      },
    };
    const tacho = tachograph(tracker, createExecutionContext(), { clock: () => Date.now() });
    for (let time = 0; time < 3; time += 1) {
      expect(await tacho.cacheFeed.read(0, "cache")).toEqual({
        ok: false,
        reason: "unavailable",
        detail: expect.stringContaining("deploy a newer version"),
      });
    }
    expect(asked).toEqual(["cacheLog"]);
  });

  test("those of many at once are all there, one after the other", async () => {
    const head = await headOf(env.TRACKER_GLOBEX);
    const names = Array.from({ length: 40 }, (_, i) => `k:burst-${i}`);
    const asked = names.map((name) => invalidate(env.TRACKER_GLOBEX, "cache", [key(name)], head));
    const heads = (await Promise.all(asked)).map((answer) => (answer.ok ? answer.head : 0));
    const first = Math.max(head + 1, Date.now());
    expect(heads.toSorted((one, other) => one - other)).toEqual(names.map((_, i) => first + i));
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
    expect(await invalidate(env.TRACKER_NOBODY, "cache", [key("k:a")])).toEqual(refusal);
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
      const answer = await env.TRACKER_ACME.invalidateCache?.("cache", [key("k:a")], bad);
      expect({ ...answer }).toEqual(refusal);
      expect(await headOf(env.TRACKER_ACME)).toBe(before);
    },
  );

  test.each([null, "", "A cache", 7, {}])("%j is no cache's name", async (cache) => {
    const answer = await env.TRACKER_ACME.cacheLog?.(0, cache as string);
    const detail = expect.stringContaining("cache must be a name");
    expect({ ...answer }).toEqual({ ok: false, reason: "invalid", detail });
  });

  const LONG = "x".repeat(513);
  test.each<readonly [cache: unknown, scopes: unknown, says: string]>([
    ["", [key("k:a")], "cache must be a name"],
    [null, [key("k:a")], "cache must be a name"],
    ["Cache!", [key("k:a")], "cache must be a name"],
    ["cache", undefined, "scopes must be a list of 1 to 100"],
    ["cache", "all", "scopes must be a list of 1 to 100"],
    ["cache", [], "scopes must be a list of 1 to 100"],
    ["cache", Array.from({ length: 101 }, (_, i) => key(`k:${i}`)), "a list of 1 to 100"],
    ["cache", [key("k:a"), null], "scopes[1]: kind must be"],
    ["cache", ["all"], "scopes[0]: kind must be"],
    ["cache", [{ kind: "glob", glob: "*" }], "scopes[0]: kind must be"],
    ["cache", [{ kind: "key" }], "scopes[0]: key must be a text of 1 to 512"],
    ["cache", [key("")], "scopes[0]: key must be"],
    ["cache", [key(LONG)], "scopes[0]: key must be"],
    ["cache", [{ kind: "prefix", prefix: 7 }], "scopes[0]: prefix must be"],
    ["cache", [{ kind: "tag", tag: "t".repeat(129) }], "scopes[0]: tag must be a text of 1 to 128"],
    ["cache", [key("42")], "scopes[0]: key must have its kind and a colon before it"],
    ["cache", [{ kind: "prefix", prefix: "User" }], "scopes[0]: prefix must begin with a kind"],
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
    expect(await invalidate(env.TRACKER_ACME, "cache", [key("k:a")])).toEqual({
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
    const answer = await invalidate(env.TRACKER_ACME, "cache", [key("k:news")]);
    const head = answer.ok ? answer.head : Number.NaN;
    expect(head).toBeGreaterThan(before ?? Infinity);
    // A tick of a moment ago was for everybody; the next one is half a second after it.
    expect(await alarmInMs()).toBeLessThanOrEqual(500);
    await tick();
    expect(await report()).toBe(head);
  });

  test("at once from a shard that it did not report to for long", async () => {
    const answer = await invalidate(env.TRACKER_ACME, "cache", [key("k:other target")]);
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
      const answer = await invalidate(env.TRACKER_ACME, "cache", [key("k:after an eviction")]);
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

const versionOf = async (tenant: string): Promise<number> =>
  (await coordinatorOf(tenant).cacheLog(0)).head;

describe("POST /api/performance/cache-invalidate", () => {
  test("makes one scope or several invalid, of the cache that is named or of `cache`", async () => {
    const { status, headers, body } = await post({ key: "user-journeys:42" });
    const version = await versionOf("acme");
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    const invalidated = [key("user-journeys:42")];
    expect(body).toEqual({
      success: true,
      data: { cache: "cache", version, invalidated },
      timestamp: Date.now(),
    });
    const scopes = [{ prefix: "channel:" }, { tag: "meta" }, { all: true }];
    expect((await post({ scopes, cache: "edge" })).body).toMatchObject({
      data: {
        cache: "edge",
        version: version + 3,
        invalidated: [{ kind: "prefix", prefix: "channel:" }, { kind: "tag" }, { kind: "all" }],
      },
    });
    expect(await entriesOf("acme")).toEqual([
      { version, cache: "cache", scope: key("user-journeys:42") },
      { version: version + 3, cache: "edge", scope: { kind: "all" } },
    ]);
    expect(await entriesOf("globex")).toEqual([]);
    // Half a surrogate pair is the end of many a text that was cut: entries may have it, so may it.
    const half = [{ kind: "tag", tag: "\ud83d" }, key("k:\ud83d")];
    await post({ scopes: [{ tag: "\ud83d" }, { key: "k:\ud83d" }], cache: "halves" });
    const { entries } = await coordinatorOf("acme").cacheLog(0, "halves");
    expect(entries.map(({ scope }) => scope)).toEqual(half);
  });

  test("is in the audit trail, with the first of many scopes", async () => {
    const scopes = Array.from({ length: 100 }, (_, i) => ({
      key: `k:${i}-${"\u0001".repeat(500)}`,
    }));
    expect((await post({ scopes })).status).toBe(200);
    const { entries } = await getJson<{ entries: AuditEntry[] }>("/v1/audit", "acme-admin");
    const [entry] = entries.filter(({ action }) => action === "cache.invalidate");
    expect(entry).toMatchObject({
      by: expect.stringMatching(/^token:/),
      subject: "cache",
      detail: { version: await versionOf("acme"), scopes: 100 },
    });
    expect(entry?.detail["first"]).toHaveLength(10);
  });

  test("shows in the health of the coordinator", async () => {
    const response = await call("/health/deep", "acme-read");
    const { coordinator } = await response.json<{
      coordinator: { detail: { invalidations: object } };
    }>();
    const head = await versionOf("acme");
    expect(coordinator.detail.invalidations).toEqual({ head, entries: 104, dropped: 0 });
  });

  test.each<readonly [body: unknown, status: number, pointer: string]>([
    ["", 400, ""],
    ["{", 400, ""],
    ["[]", 400, ""],
    [null, 400, ""],
    [{}, 400, ""],
    [{ key: "a", all: true }, 400, ""],
    [{ key: "x".repeat(513) }, 400, "/key"],
    [{ key: "42" }, 400, "/key"],
    [{ tag: "t".repeat(129) }, 400, "/tag"],
    [{ all: 1 }, 400, "/all"],
    [{ scopes: [{ key: "k:a" }, { tag: 1 }] }, 400, "/scopes/1/tag"],
    [{ scopes: Array.from({ length: 101 }, () => ({ key: "a" })) }, 400, "/scopes"],
    [{ key: "k:a", cache: "A" }, 400, "/cache"],
    [{ key: "k:a", chache: "a" }, 400, "/chache"],
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
    const scopes = Array.from({ length: 100 }, () => ({ prefix: `k:${"\u0001".repeat(510)}` }));
    expect((await post({ scopes })).status).toBe(200);
  });

  test("is for admins alone", async () => {
    const before = await entriesOf("acme");
    const asked = { key: "k:a" };
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
    const { status, headers } = await post({ key: "k:a" });
    expect(status).toBe(503);
    expect(headers.get("Retry-After")).toBe("1");
  });
});
