import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { checkProbes } from "../../src/client/probe/check-probes.ts";
import { defineProbes } from "../../src/client/probe/define-probes.ts";
import type { HttpProbe, ProbeResult, SqlProbe } from "../../src/client/probe/probe.ts";
import { runProbes } from "../../src/client/probe/run-probes.ts";
import { streamFilter } from "../../src/stream/stream-filter.ts";
import { tachograph } from "../../src/client/tachograph.ts";
import { MemoryRecorder } from "../support/memory-recorder.ts";
import { coordinatorOf, until } from "./api.ts";
import { ownTracker } from "./own-bindings.ts";

const TRACKER = ownTracker();

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

beforeAll(async () => {
  const { CLIENT_DB: db } = env;
  await db.batch([
    db.prepare("CREATE TABLE leads (id INTEGER PRIMARY KEY, name TEXT, at INTEGER, done INTEGER)"),
    db.prepare("INSERT INTO leads (name, at, done) VALUES ('Ana', ?1, NULL)").bind(NOW - 2 * HOUR),
    db.prepare("INSERT INTO leads (name, at, done) VALUES ('Bia', ?1, NULL)").bind(NOW - HOUR / 2),
    db.prepare("INSERT INTO leads (name, at, done) VALUES ('Eva', ?1, 1)").bind(NOW - 3 * HOUR),
  ]);
});
afterEach(() => vi.restoreAllMocks());

const LOST = "SELECT count(*) FROM leads WHERE done IS NULL AND at < ?1";

function sql(text: string, more: Partial<SqlProbe<Cloudflare.Env>> = {}): SqlProbe<Cloudflare.Env> {
  return { sql: text, database: ({ CLIENT_DB }) => CLIENT_DB, max: 0, ...more };
}

async function one(
  probe: SqlProbe<Cloudflare.Env> | HttpProbe<Cloudflare.Env>,
  tacho = new MemoryRecorder(),
): Promise<ProbeResult> {
  const [result] = await runProbes(defineProbes<Cloudflare.Env>({ it: probe }), env, tacho);
  if (result === undefined) throw new Error("it was not due");
  return result;
}

describe("a query on a real D1", () => {
  it("counts what was there at its time, and says whether it may be", async () => {
    const params = (nowMs: number) => [nowMs - HOUR];
    expect(await one(sql(LOST, { params }))).toMatchObject({
      ok: false,
      value: 1,
      detail: "1 is above 0",
    });
    expect(await one(sql(LOST, { params, max: 1 }))).toMatchObject({ ok: true, value: 1 });
    const params3 = (nowMs: number) => [nowMs - 3 * HOUR];
    expect(await one(sql(LOST, { params: params3 }))).toMatchObject({ ok: true, value: 0 });
  });

  it("runs in a session of the database, too", async () => {
    const database = ({ CLIENT_DB }: Cloudflare.Env) => CLIENT_DB.withSession();
    expect(await one(sql("SELECT 0.25", { database }))).toMatchObject({ ok: false, value: 0.25 });
  });

  it.each([
    ["SELECT avg(at) FROM leads WHERE done = 2", true, null, ""],
    ["SELECT at FROM leads WHERE done = 2", false, null, /gave 0 rows$/],
    ["SELECT done FROM leads", false, null, /gave 3 rows$/],
    ["SELECT 1 AS a, 2 AS a", false, null, /gave 2 columns$/],
    ["SELECT name FROM leads WHERE done = 1", false, null, /gave a text$/],
    ["SELECT x'00ff'", false, null, /gave a blob$/],
    // D1 answers in JSON, which has no infinity.
    ["SELECT 9e999", true, null, ""],
    ["SELECT count(*) FROM sessions", false, null, /no such table: sessions/],
    ["SELECT FROM", false, null, /syntax error/],
    ["SELECT abs(-9223372036854775808)", false, null, /overflow/],
    ["SELECT ?1", false, null, /parameter|bind/i],
  ])("%s: well is %j", async (text, ok, value, detail) => {
    const tacho = new MemoryRecorder();
    const result = await one(sql(text), tacho);
    expect(result).toMatchObject({ ok, value });
    expect(result.detail).toEqual(
      typeof detail === "string" ? detail : expect.stringMatching(detail),
    );
    expect(tacho.take()).toEqual([ok ? "it ok" : "it error"]);
  });

  it("binds nothing that D1 does not take, and says so", async () => {
    const params = () => [undefined as unknown as null];
    const result = await one(sql("SELECT ?1", { params }));
    expect(result).toMatchObject({ ok: false, detail: expect.stringMatching(/undefined/) });
  });

  it("of 1 MB is refused when it is defined", () => {
    const long = sql(`SELECT '${"x".repeat(1_000_000)}'`);
    expect(() => defineProbes({ long })).toThrow("long: sql must be at most 100000 bytes");
  });

  it("that hangs is cut off by a real timer, and holds up no other", async () => {
    const hanging = { prepare: () => ({ bind: () => ({ raw: () => new Promise(() => {}) }) }) };
    const database = () => hanging as unknown as D1Database;
    const set = defineProbes<Cloudflare.Env>({
      hangs: sql("SELECT 1", { database, timeoutMs: 30 }),
      works: sql("SELECT 0"),
    });
    const tacho = new MemoryRecorder();
    expect(await checkProbes(set, env, tacho)).toMatchObject([
      { name: "hangs", ok: false, detail: "it did not end within 30 ms" },
      { name: "works", ok: true },
    ]);
    expect(tacho.take().toSorted()).toEqual(["hangs timeout", "works ok"]);
  });
});

describe("a request", () => {
  const url = "https://shop.example.com/health";

  it("is made by the runtime's own fetch, which follows no redirect", async () => {
    const headers = { location: "https://elsewhere.example.com/" };
    const fetch = vi
      .spyOn(globalThis, "fetch")
      .mockResolvedValue(new Response("moved", { status: 302, headers }));
    expect(await one({ url })).toMatchObject({ ok: false, detail: /^it answered 302/ });
    expect(await one({ url, expectStatus: 302 })).toMatchObject({ ok: true });
    expect(fetch).toHaveBeenCalledWith(url, expect.objectContaining({ redirect: "manual" }));
  });

  it("asks a bound service, whose body is let go of unread", async () => {
    let isCancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const fetcher = () => ({ fetch: () => Promise.resolve(new Response(body)) });
    expect(await one({ url, fetcher })).toMatchObject({ ok: true });
    expect(isCancelled).toBe(true);
  });

  it("that hangs is aborted at its deadline", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(
      (_input, init) =>
        new Promise((_, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    );
    const tacho = new MemoryRecorder();
    expect(await one({ url, timeoutMs: 30 }, tacho)).toMatchObject({ ok: false, value: null });
    expect(tacho.take()).toEqual(["it timeout"]);
  });
});

it("what probes find is in /v1/live, of kind probe", async () => {
  const pending: Promise<unknown>[] = [];
  const tacho = tachograph(TRACKER, { waitUntil: (work) => void pending.push(work) });
  const set = defineProbes<Cloudflare.Env>({
    "lost-leads": sql(LOST, { params: () => [NOW - HOUR] }),
    fine: sql("SELECT 0"),
  });
  await runProbes(set, env, tacho);
  await tacho.flush();
  await Promise.all(pending);
  interface Live {
    readonly series: readonly {
      readonly target: string;
      readonly operation: string;
      readonly kind: string;
      readonly windows: Readonly<Record<string, { readonly measures: unknown }>>;
    }[];
  }
  let series: Live["series"] = [];
  await until("the probes are in /v1/live", async () => {
    const live = JSON.parse(await coordinatorOf("bound-acme").live(streamFilter({}))) as Live;
    series = live.series.filter(({ target }) => target === "probe");
    return series.length > 0;
  });
  expect(series.map(({ operation }) => operation).toSorted()).toEqual(["*", "fine", "lost-leads"]);
  expect(series.every(({ kind }) => kind === "probe")).toBe(true);
  const lost = series.find(({ operation }) => operation === "lost-leads");
  expect(lost?.windows["1h"]?.measures).toMatchObject({
    failing: { count: 1, last: 1 },
    value: { count: 1, last: 1 },
  });
});
