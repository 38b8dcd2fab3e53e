import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { cacheManager } from "../../src/client/cache/cache-manager.ts";
import { instrumentD1 } from "../../src/client/d1/instrument-d1.ts";
import { tachograph } from "../../src/client/index.ts";
import type { QueryAdvice } from "../../src/client/query/advisor.ts";
import type { BindValue } from "../../src/client/query/bind-value.ts";
import { defineQueries } from "../../src/client/query/define-queries.ts";
import { queryRunner } from "../../src/client/query/query-runner.ts";
import type { ResultCache } from "../../src/client/query/result-cache.ts";
import { recordingClient } from "../support/recording-client.ts";
import { ownNamespace, ownTracker } from "./own-bindings.ts";

const TRACKER = ownTracker();
const CACHE = ownNamespace(env.CLIENT_KV);

const db = env.CLIENT_DB;

const QUERIES = defineQueries({
  "steps-by-user": {
    sql: "SELECT channel FROM steps WHERE user = ?1 ORDER BY id",
    cache: { kind: "user-journeys", tags: ["journeys"] },
  },
  "steps-now": { sql: "SELECT channel, user FROM steps WHERE user = ?1 ORDER BY id" },
  "add-step": {
    sql: "INSERT INTO steps (user, channel) VALUES (?1, ?2)",
    invalidates: ["journeys"],
  },
  "rename-channel": {
    sql: "UPDATE steps SET channel = ?2 WHERE channel = ?1 RETURNING id",
    invalidates: ["journeys"],
  },
  broken: { sql: "SELECT nothing FROM nowhere" },
  slow: { sql: "SELECT * FROM steps WHERE channel = ?1" },
});

beforeEach(async () => {
  await db.exec("DROP TABLE IF EXISTS steps");
  await db.exec("CREATE TABLE steps (id INTEGER PRIMARY KEY, user TEXT NOT NULL, channel TEXT)");
});

/** A database of its own for what the isolate keeps, with a look at what is asked. */
function watched(wait: () => Promise<void> = () => Promise.resolve()) {
  const seen: { prepared: string[]; batches: number } = { prepared: [], batches: 0 };
  const waiting = (statement: D1PreparedStatement): D1PreparedStatement =>
    Object.assign(Object.create(statement) as D1PreparedStatement, {
      bind: (...values: unknown[]) => waiting(statement.bind(...values)),
      all: async () => {
        const result = await statement.all();
        await wait();
        return result;
      },
      run: () => statement.run(),
    });
  const database: D1Database = {
    prepare: (sql) => {
      seen.prepared.push(sql);
      return waiting(db.prepare(sql));
    },
    batch: (statements) => {
      seen.batches += 1;
      return db.batch(statements);
    },
    exec: (sql) => db.exec(sql),
    withSession: (start) => db.withSession(start),
    dump: () => Promise.reject(new Error("not here")),
  };
  return { database, seen };
}

function noCache() {
  const told: string[] = [];
  const cache: ResultCache = {
    get: (_kind, _key, loader) => loader(),
    invalidate: async (scopes) => {
      told.push(JSON.stringify(scopes));
    },
  };
  return { cache, told };
}

const JOURNEYS = JSON.stringify([{ kind: "tag", tag: "journeys" }]);

test("runs queries by their names, each recorded once", async () => {
  const client = recordingClient();
  const run = queryRunner(db, client, QUERIES, { target: "d1.journeys" });
  expect((await run.run("add-step", ["u1", "meta"])).meta.changes).toBe(1);
  await run.run("add-step", ["u1", null]);
  expect(await run.all("steps-by-user", ["u1"])).toEqual([{ channel: "meta" }, { channel: null }]);
  expect(await run.first<{ user: string }>("steps-now", ["u1"])).toEqual({
    channel: "meta",
    user: "u1",
  });
  expect(await run.first("steps-now", ["nobody"])).toBeNull();
  expect(client.recorded.map(({ target, operation }) => `${target} ${operation}`)).toEqual(
    ["add-step", "add-step", "steps-by-user", "steps-now", "steps-now"].map(
      (name) => `d1.journeys ${name}`,
    ),
  );
  expect(client.recorded[2]).toMatchObject({ outcome: "ok", measures: { rowsRead: 2 } });
  expect(client.failures).toEqual([]);
});

test("a database that is instrumented already is not timed twice", async () => {
  const [outer, client] = [recordingClient(), recordingClient()];
  const run = queryRunner(instrumentD1(instrumentD1(db, outer), outer), client, QUERIES);
  await run.all("steps-now", ["u"]);
  await run.batch([["steps-now", ["u"]]]);
  expect(outer.recorded).toEqual([]);
  expect(client.recorded.map(({ operation }) => operation)).toEqual([
    "steps-now",
    "steps-now",
    "batch",
  ]);
});

test("prepares a query once an isolate, whatever request runs it", async () => {
  const { database, seen } = watched();
  for (let request = 0; request < 3; request += 1) {
    const client = recordingClient();
    const run = queryRunner(database, client, QUERIES);
    await run.run("add-step", [`u${request}`, "x"]);
    await run.all("steps-now", [`u${request}`]);
    await run.batch([
      ["steps-now", ["u0"]],
      ["add-step", ["b", "x"]],
    ]);
    expect(client.recorded).toHaveLength(5);
  }
  expect(seen.prepared).toHaveLength(2);
  expect(seen.batches).toBe(3);
});

test("refuses what cannot be before D1 is asked", async () => {
  const client = recordingClient();
  const { cache, told } = noCache();
  const run = queryRunner(db, client, QUERIES, { cache });
  const unknown = run as unknown as { all(name: string, params?: unknown): Promise<unknown> };
  await expect(unknown.all("step-now")).rejects.toThrow('Did you mean "steps-now"?');
  await expect(unknown.all("steps-now", [undefined])).rejects.toThrow(
    'Parameter ?1 of "steps-now" is undefined',
  );
  await expect(unknown.all("steps-by-user", [new Date()])).rejects.toThrow(/is a Date/);
  await expect(run.run("add-step", ["u", Number.NaN])).rejects.toThrow(
    /Parameter \?2 of "add-step" is NaN/,
  );
  const batch = [
    ["steps-now", ["u"]],
    ["add-step", [undefined]],
  ] as unknown as ["steps-now", BindValue[]][];
  await expect(run.batch(batch)).rejects.toThrow('Parameter ?1 of "add-step" is undefined');
  const many = Array.from({ length: 1_001 }, () => ["steps-now", ["u"]] as const);
  await expect(run.batch(many)).rejects.toThrow(/1001 queries/);
  expect(await run.batch([])).toEqual([]);
  expect([client.recorded, told]).toEqual([[], []]);
  // @ts-expect-error a name that the catalogue does not have
  const wrong = () => run.all("step-now");
  await expect(wrong()).rejects.toThrow(TypeError);
});

test("what D1 throws comes as it is, and is recorded", async () => {
  const client = recordingClient();
  const run = queryRunner(db, client, QUERIES);
  const bare: unknown = await db
    .prepare("/* name: broken */ SELECT nothing FROM nowhere")
    .all()
    .catch((e: unknown) => e);
  for (const call of [
    () => run.all("broken"),
    () => run.first("broken"),
    () => run.run("broken"),
    () => run.batch([["broken"]]),
  ]) {
    const thrown: unknown = await call().catch((error: unknown) => error);
    expect(String(thrown)).toBe(String(bare));
  }
  expect(client.recorded.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
    "broken error",
    "broken error",
    "broken error",
    "batch error",
  ]);
});

test("a batch is one transaction, its results in order", async () => {
  const run = queryRunner(db, recordingClient(), QUERIES);
  const results = await run.batch<{ channel: string }>([
    ["add-step", ["u", "a"]],
    ["steps-now", ["u"]],
    ["add-step", ["u", "b"]],
    ["steps-by-user", ["u"]],
  ]);
  expect(results.map(({ results: rows }) => rows.map(({ channel }) => channel))).toEqual([
    [],
    ["a"],
    [],
    ["a", "b"],
  ]);
  await expect(
    run.batch([
      ["add-step", ["u", "c"]],
      ["add-step", [null, "d"]],
    ]),
  ).rejects.toThrow(/NOT NULL/);
  expect(await run.all("steps-by-user", ["u"])).toHaveLength(2);
});

test("a result is cached under its parameters until a write makes it invalid", async () => {
  const context = createExecutionContext();
  const tacho = tachograph(TRACKER, context);
  const client = recordingClient();
  const cache = cacheManager(tacho, CACHE, { name: "query-results" });
  const run = queryRunner(db, client, QUERIES, { cache });
  const asked = () =>
    client.recorded.filter(({ operation }) => operation === "steps-by-user").length;
  const channels = async (user: string) => {
    const rows = await run.all<{ channel: string }>("steps-by-user", [user]);
    return rows.map(({ channel }) => channel);
  };
  await run.run("add-step", ["1", "a"]);
  expect([await channels("1"), await channels("1"), await channels("2")]).toEqual([
    ["a"],
    ["a"],
    [],
  ]);
  expect(await run.first("steps-by-user", ["1"])).toEqual({ channel: "a" });
  expect(asked()).toBe(2);
  // Behind the runner's back: it is the cache that answers.
  await db.exec("DELETE FROM steps");
  expect(await channels("1")).toEqual(["a"]);
  const writes = [
    () => run.run("add-step", ["1", "b"]),
    () => run.all("rename-channel", ["b", "c"]),
    () => run.first("rename-channel", ["c", "d"]),
    () =>
      run.batch([
        ["add-step", ["1", "e"]],
        ["steps-now", ["1"]],
      ]),
    () => run.insertMany("steps", [{ user: "1", channel: "f" }], { invalidates: ["journeys"] }),
  ];
  const found: string[][] = [];
  for (const write of writes) {
    await write();
    found.push(await channels("1"));
  }
  expect(found).toEqual([["b"], ["c"], ["d"], ["d", "e"], ["d", "e", "f"]]);
  expect(asked()).toBe(7);
  await expect(run.run("add-step", [null, "x"])).rejects.toThrow(/NOT NULL/);
  await channels("1");
  expect(asked()).toBe(7);
  await tacho.flush();
  await waitOnExecutionContext(context);
});

test("two databases with one cache need targets of their own, in every request", async () => {
  const twin = env.CLIENT_DB_TWIN;
  await twin.exec("DROP TABLE IF EXISTS steps");
  await twin.exec("CREATE TABLE steps (id INTEGER PRIMARY KEY, user TEXT NOT NULL, channel TEXT)");
  const context = createExecutionContext();
  const options = { name: "query-databases" };
  const cacheOf = () => cacheManager(tachograph(TRACKER, context), CACHE, options);
  const client = recordingClient();
  const run = queryRunner(db, client, QUERIES, { cache: cacheOf() });
  await run.run("add-step", ["1", "ours"]);
  expect(await run.all("steps-by-user", ["1"])).toEqual([{ channel: "ours" }]);
  const second = (target?: string) =>
    queryRunner(twin, client, QUERIES, {
      cache: cacheOf(),
      ...(target !== undefined && { target }),
    });
  expect(() => second()).toThrow(TypeError);
  expect(() => second("d1")).toThrow(/another database under the target "d1".*target: "d1.orders"/);
  expect(() => second("No name")).toThrow(/target must be 1 to 64.*not "No name"/);
  expect(await second("d1.twin").all("steps-by-user", ["1"])).toEqual([]);
  // The same one, however it is wrapped, and whoever keeps nothing.
  const again = queryRunner(instrumentD1(db, client), client, QUERIES, { cache: cacheOf() });
  expect(await again.all("steps-by-user", ["1"])).toEqual([{ channel: "ours" }]);
  expect(await queryRunner(twin, client, QUERIES).all("steps-by-user", ["1"])).toEqual([]);
  const writes = defineQueries({ add: { sql: "SELECT 1", invalidates: ["journeys"] } });
  expect(() => queryRunner(twin, client, writes, { cache: cacheOf() })).not.toThrow();
  const other = cacheManager(tachograph(TRACKER, context), CACHE, { name: "query-databases-2" });
  expect(() => queryRunner(twin, client, QUERIES, { cache: other })).not.toThrow();
  await waitOnExecutionContext(context);
});

test("the next deployment does not get the rows that another statement found", async () => {
  const context = createExecutionContext();
  const tacho = tachograph(TRACKER, context);
  const cache = cacheManager(tacho, CACHE, { name: "query-deployments" });
  await db.exec("INSERT INTO steps (user, channel) VALUES ('1', 'a')");
  const deployed = (sql: string) =>
    queryRunner(db, tacho, defineQueries({ steps: { sql, cache: { kind: "user-journeys" } } }), {
      cache,
    }).all("steps");
  expect(await deployed("SELECT channel FROM steps")).toEqual([{ channel: "a" }]);
  expect(await deployed("SELECT user, channel FROM steps")).toEqual([{ user: "1", channel: "a" }]);
  await waitOnExecutionContext(context);
});

test("says what is missing where the binding or the catalogue is", () => {
  const client = recordingClient();
  for (const missing of [undefined, null, "DB", {}]) {
    const run = () => queryRunner(missing as never, client, QUERIES);
    expect(run).toThrow(TypeError);
    expect(run).toThrow(/got no D1 database but .*wrangler\.toml/);
  }
  const bare = { a: { sql: "SELECT 1" } } as never;
  expect(() => queryRunner(db, client, bare)).toThrow(/give it what defineQueries returns/);
});

test("a read that a write overtakes leaves nothing stale behind", async () => {
  const context = createExecutionContext();
  const tacho = tachograph(TRACKER, context);
  const cache = cacheManager(tacho, CACHE, { name: "query-races" });
  const held = Promise.withResolvers<void>();
  const read = Promise.withResolvers<void>();
  let isHeld = true;
  const { database } = watched(async () => {
    read.resolve();
    if (isHeld) await held.promise;
  });
  const run = queryRunner(database, tacho, QUERIES, { cache });
  const early = run.all("steps-by-user", ["1"]);
  await read.promise;
  isHeld = false;
  await run.run("add-step", ["1", "a"]);
  held.resolve();
  // It began before the write, so it may well say so.
  expect(await early).toEqual([]);
  expect(await run.all("steps-by-user", ["1"])).toEqual([{ channel: "a" }]);
  await tacho.flush();
  await waitOnExecutionContext(context);
});

test("a write that may have been done makes invalid what it would have changed", async () => {
  const { cache, told } = noCache();
  const client = recordingClient();
  const lost = Object.assign(watched().database, {
    batch: () => Promise.reject(new Error("Network connection lost.")),
  });
  const run = queryRunner(lost, client, QUERIES, { cache });
  await expect(run.batch([["add-step", ["u", "a"]]])).rejects.toThrow("Network connection lost.");
  expect(told).toEqual([JOURNEYS]);
  // The engine itself refused this one.
  await expect(run.run("add-step", [null, "a"])).rejects.toThrow(/SQLITE_CONSTRAINT/);
  expect(told).toHaveLength(1);
  const failing: ResultCache = {
    ...cache,
    invalidate: () => Promise.reject(new Error("cache gone")),
  };
  const written = await queryRunner(db, client, QUERIES, { cache: failing }).run("add-step", [
    "u",
    "a",
  ]);
  expect(written.meta.changes).toBe(1);
  expect(client.failures).toMatchObject([
    { where: "queryRunner invalidation", error: new Error("cache gone") },
  ]);
});

test("a slow query is explained once, in the background, and its advice kept", async () => {
  const { database } = watched();
  const client = recordingClient();
  const told: QueryAdvice[] = [];
  const run = queryRunner(database, client, QUERIES, {
    slowMs: 50,
    onAdvice: (advice) => void told.push(advice),
  });
  await run.all("slow", ["x"]);
  expect(client.kept).toHaveLength(0);
  client.tookMs = 50;
  for (let i = 0; i < 3; i += 1) await run.all("slow", ["x"]);
  await Promise.all(client.kept);
  expect(client.kept).toHaveLength(1);
  expect(told).toMatchObject([
    {
      query: "slow",
      createIndexes: ["CREATE INDEX idx_steps_channel ON steps (channel)"],
      plan: "SCAN steps",
    },
  ]);
  expect(run.advice()).toEqual(told);
  // Of the isolate, not of the request.
  const later = recordingClient();
  later.tookMs = 100;
  later.at += 3_600_000;
  const next = queryRunner(database, later, QUERIES, { slowMs: 50 });
  expect(next.advice()).toEqual(told);
  await next.all("slow", ["x"]);
  expect(later.kept).toEqual([]);
  expect(later.recorded.map(({ operation }) => operation)).toEqual(["slow"]);
});

test("an explanation that fails is noted and tried again later, not for ever", async () => {
  const { database } = watched();
  const client = recordingClient();
  client.tookMs = 1_000;
  const run = queryRunner(database, client, QUERIES);
  await db.exec("DROP TABLE steps");
  for (let minute = 0; minute < 5; minute += 1) {
    for (let i = 0; i < 2; i += 1) await run.all("slow", ["x"]).catch((error: unknown) => error);
    await Promise.all(client.kept);
    expect(client.failures).toHaveLength(Math.min(3, minute + 1));
    client.at += 60_000;
  }
  expect(client.failures.map(({ where }) => where)).toEqual(
    Array.from({ length: 3 }, () => "advice for slow"),
  );
  expect(run.advice()).toEqual([]);
  // Nobody keeps the request alive: nothing is begun that would die with it.
  const { keepAlive: _, ...bare } = recordingClient();
  const quiet = queryRunner(watched().database, { ...bare, elapsedMs: () => 1_000 }, QUERIES);
  await expect(quiet.all("slow", ["x"])).rejects.toThrow(/no such table/);
});

test("keeps the advice for a hundred queries at most, the newest", async () => {
  const run = queryRunner(watched().database, recordingClient(), QUERIES);
  for (let i = 0; i < 103; i += 1) await run.advise(`SELECT * FROM steps WHERE channel = ${i}`);
  const kept = run.advice();
  expect(kept).toHaveLength(100);
  expect(kept[0]?.sql).toMatch(/= 3$/);
  expect((await run.advise("steps-now", ["u"])).query).toBe("steps-now");
  expect(run.advice().at(-1)?.query).toBe("steps-now");
});
