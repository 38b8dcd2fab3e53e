import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkProbes } from "../../../../src/client/probe/check-probes.ts";
import { defineProbes } from "../../../../src/client/probe/define-probes.ts";
import type { HttpProbe, ProbeResult, SqlProbe } from "../../../../src/client/probe/probe.ts";
import { runProbes } from "../../../../src/client/probe/run-probes.ts";
import { readRows } from "../../../../src/client/probe/sql-finding.ts";
import { MemoryRecorder } from "../../../support/memory-recorder.ts";
import { seedOf } from "../../../support/seeded.ts";
import { VirtualTime } from "../virtual-time.ts";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 21, 12);
const seed = seedOf("run probes", process.env["SEED"]);

/** What a database or a server does when it is asked. */
type Answer = () => unknown;

/** An isolate whose database and shop do as told. */
class World {
  readonly time = new VirtualTime();
  readonly tacho = new MemoryRecorder();
  readonly asked: unknown[] = [];
  readonly requests: { readonly url: string; readonly init: RequestInit }[] = [];
  underWay = 0;
  most = 0;

  constructor() {
    this.time.now = NOON;
    this.tacho.stopwatch = () => this.time.now;
    this.tacho.elapsedMs = (since) => this.time.now - since;
    this.tacho.now = () => this.time.now;
  }

  database(answer: Answer): Pick<D1Database, "prepare"> {
    const raw = async (): Promise<unknown> => {
      this.underWay += 1;
      this.most = Math.max(this.most, this.underWay);
      try {
        return await answer();
      } finally {
        this.underWay -= 1;
      }
    };
    const bind = (...params: readonly unknown[]) => {
      this.asked.push(params);
      return { raw };
    };
    return { prepare: () => ({ bind }) } as unknown as Pick<D1Database, "prepare">;
  }

  shop(answer: (init: RequestInit) => unknown): () => Pick<Fetcher, "fetch"> {
    const fetch = async (url: string, init: RequestInit): Promise<unknown> => {
      this.requests.push({ url, init });
      return answer(init);
    };
    return () => ({ fetch }) as unknown as Pick<Fetcher, "fetch">;
  }

  sql(answer: Answer, more: Partial<SqlProbe<object>> = {}): SqlProbe<object> {
    return { sql: "SELECT 1", database: () => this.database(answer), max: 0, ...more };
  }

  async one(probe: SqlProbe<object> | HttpProbe<object>, passMs = 0): Promise<ProbeResult> {
    const set = defineProbes<object>({ it: probe });
    const running = runProbes(set, {}, this.tacho, { timer: this.time.timer });
    await this.time.advance(passMs);
    const [result] = await running;
    if (result === undefined) throw new Error("it was not due");
    return result;
  }
}

const hangs = (): Promise<never> => new Promise(() => {});

describe("a query", () => {
  it("gives its number, which is recorded with its outcome", async () => {
    const world = new World();
    const params = (nowMs: number) => [nowMs - 3_600_000, "a", null];
    const result = await world.one(world.sql(() => [[0]], { params }));
    expect(result).toEqual({ name: "it", ok: true, value: 0, detail: "", durationMs: 0, at: NOON });
    expect(world.asked).toEqual([[NOON - 3_600_000, "a", null]]);
    expect(world.tacho.timings).toEqual([
      {
        target: "probe",
        operation: "it",
        durationMs: 0,
        outcome: "ok",
        measures: { failing: 0, value: 0 },
      },
    ]);
  });

  it("fails beyond its thresholds, and is an error with its value", async () => {
    const world = new World();
    const result = await world.one(world.sql(() => [[3]]));
    expect(result).toMatchObject({ ok: false, value: 3, detail: "3 is above 0" });
    expect(world.tacho.timings).toMatchObject([
      { outcome: "error", measures: { failing: 1, value: 3 } },
    ]);
  });

  it("is well on its thresholds and between them, and nowhere else", () => {
    const bound = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      nil: undefined,
    });
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(bound, bound, value, fc.boolean(), (min, max, found, isEdge) => {
        const tried = isEdge ? (min ?? max ?? found) : found;
        const probe = new World().sql(() => [], { min, max });
        const { outcome, value: read, detail } = readRows(probe, [[tried]]);
        const isWell = !(min !== undefined && tried < min) && !(max !== undefined && tried > max);
        expect(outcome).toBe(isWell ? "ok" : "error");
        expect(read).toBe(tried);
        expect(detail === "").toBe(isWell);
      }),
      { seed, numRuns: 500 },
    );
  });

  const ONE_NUMBER = "the query must give one row with one number, and gave";
  it.each([
    [[], `${ONE_NUMBER} 0 rows`],
    [[[1], [2]], `${ONE_NUMBER} 2 rows`],
    [[[1, 2]], `${ONE_NUMBER} 2 columns`],
    [[[]], `${ONE_NUMBER} 0 columns`],
    [[["ana@example.com"]], `${ONE_NUMBER} a text`],
    [[["0"]], `${ONE_NUMBER} a text`],
    [[[[1, 2, 3]]], `${ONE_NUMBER} a blob`],
    [[[true]], `${ONE_NUMBER} a boolean`],
    [[[Infinity]], `${ONE_NUMBER} a number that is not finite`],
    [[[Number.NaN]], `${ONE_NUMBER} a number that is not finite`],
    [[{ count: 1 }], `${ONE_NUMBER} no columns`],
    [undefined, `${ONE_NUMBER} no rows at all`],
  ])("that gives %j says so, without what was in it", async (rows, detail) => {
    const world = new World();
    expect(await world.one(world.sql(() => rows))).toMatchObject({
      ok: false,
      value: null,
      detail,
    });
    expect(world.tacho.timings).toMatchObject([{ outcome: "error", measures: { failing: 1 } }]);
    expect(world.tacho.timings[0]?.measures).not.toHaveProperty("value");
  });

  it("without a value is well unless one is required", async () => {
    const world = new World();
    const nothing = () => [[null]];
    expect(await world.one(world.sql(nothing))).toMatchObject({ ok: true, value: null });
    const required = world.sql(nothing, { required: true });
    expect(await world.one(required)).toMatchObject({
      ok: false,
      detail: "there is no value (NULL)",
    });
    const [optional] = world.tacho.timings;
    expect(optional?.measures).toEqual({ failing: 0 });
  });

  it("that throws is an error with the text on one line, cut", async () => {
    const world = new World();
    const fails = () => {
      throw new Error(`D1_ERROR: no such table\n: ${"x".repeat(1_000)}`);
    };
    const { ok, detail } = await world.one(world.sql(fails));
    expect(ok).toBe(false);
    expect(detail).toMatch(/^D1_ERROR: no such table : x+…$/);
    expect(detail).toHaveLength(300);
    expect(world.tacho.take()).toEqual(["it error"]);
  });

  it.each<[string, Partial<SqlProbe<object>>]>([
    ["its binding is missing", { database: () => undefined as unknown as D1Database }],
    [
      "its parameters throw",
      {
        params: () => {
          throw new Error("no time");
        },
      },
    ],
    ["its parameters are none", { params: () => 1 as unknown as readonly number[] }],
  ])("fails where %s, and throws nothing", async (_what, more) => {
    const world = new World();
    const result = await world.one(world.sql(() => [[0]], more));
    expect(result).toMatchObject({ ok: false, value: null });
    expect(result.detail).not.toBe("");
    expect(world.tacho.take()).toEqual(["it error"]);
  });

  it("that hangs is a timeout at its deadline, 10 s unless it says otherwise", async () => {
    const world = new World();
    const patient = await world.one(world.sql(hangs), 10_000);
    expect(patient).toMatchObject({ ok: false, durationMs: 10_000, detail: /within 10000 ms/ });
    const result = await world.one(world.sql(hangs, { timeoutMs: 50 }), 50);
    expect(result).toMatchObject({ durationMs: 50, value: null });
    expect(world.tacho.take()).toEqual(["it timeout", "it timeout"]);
    expect(world.time.delays).toEqual([]);
  });

  it("that fails after its deadline is no rejection that nobody handles", async () => {
    const world = new World();
    let reject = (_error: Error): void => {};
    const late = () => new Promise((_, no) => (reject = no));
    expect(await world.one(world.sql(late), 10_000)).toMatchObject({ ok: false });
    reject(new Error("too late"));
    await world.time.settle();
    expect(world.tacho.take()).toEqual(["it timeout"]);
  });
});

describe("a request", () => {
  const url = "https://shop.example.com/health?token=1";
  const status = (code: number) => () => new Response(null, { status: code });

  it("looks at the status, follows no redirect, and reads no body", async () => {
    const world = new World();
    const body = new ReadableStream({ pull: hangs });
    let isCancelled = false;
    body.cancel = async () => {
      isCancelled = true;
    };
    const answer = { status: 200, body };
    const result = await world.one({ url, fetcher: world.shop(() => answer) });
    expect(result).toMatchObject({ ok: true, value: 0, detail: "" });
    expect(isCancelled).toBe(true);
    expect(world.requests).toMatchObject([{ url, init: { method: "GET", redirect: "manual" } }]);
    expect(world.tacho.timings).toMatchObject([{ operation: "it", measures: { failing: 0 } }]);
  });

  it.each([
    [undefined, 299, ""],
    [undefined, 301, "it answered 301, not 200 to 299"],
    [undefined, 503, "it answered 503, not 200 to 299"],
    [204, 204, ""],
    [204, 200, "it answered 200, not 204"],
    [[300, 399] as const, 301, ""],
    [[300, 399] as const, 299, "it answered 299, not 300 to 399"],
  ])("that expects %j and gets %d", async (expectStatus, code, detail) => {
    const world = new World();
    const fetcher = world.shop(status(code));
    const result = await world.one({ url, fetcher, expectStatus, method: "HEAD" });
    expect(result).toMatchObject({ ok: detail === "", detail });
    expect(world.requests).toMatchObject([{ init: { method: "HEAD" } }]);
  });

  it("has its response time as its value, which may be too long", async () => {
    const world = new World();
    const slow = (ms: number) =>
      world.shop(() => new Promise((answer) => world.time.timer(() => answer(status(200)()), ms)));
    const within = await world.one({ url, fetcher: slow(300), maxMs: 300 }, 300);
    expect(within).toMatchObject({ ok: true, value: 300, durationMs: 300 });
    const beyond = await world.one({ url, fetcher: slow(301), maxMs: 300 }, 301);
    expect(beyond).toMatchObject({
      ok: false,
      value: 301,
      detail: "it took 301 ms, more than 300 ms",
    });
  });

  it("that hangs is a timeout, and is cut off", async () => {
    const world = new World();
    const result = await world.one({ url, fetcher: world.shop(hangs), timeoutMs: 5_000 }, 5_000);
    expect(result).toMatchObject({ ok: false, value: null, durationMs: 5_000 });
    expect(world.requests[0]?.init.signal?.aborted).toBe(true);
    expect(world.tacho.take()).toEqual(["it timeout"]);
  });

  it("that cannot be made is an error", async () => {
    const world = new World();
    const refused = world.shop(() => {
      throw new TypeError("Network connection lost.");
    });
    expect(await world.one({ url, fetcher: refused })).toMatchObject({
      ok: false,
      detail: "Network connection lost.",
    });
    const nowhere = { url: () => "not a URL", fetcher: world.shop(status(200)) };
    expect(await world.one(nowhere)).toMatchObject({ ok: false, detail: /no absolute URL/ });
    expect(world.requests).toHaveLength(1);
  });
});

describe("a set of probes", () => {
  it("runs those that are due, and answers in their order", async () => {
    const world = new World();
    const set = defineProbes<object>({
      b: world.sql(() => [[0]]),
      hourly: world.sql(() => [[0]], { everyMs: 60 * MINUTE }),
      a: world.sql(() => [[1]], { everyMs: 5 * MINUTE }),
    });
    const names = async (nowMs?: number) =>
      (await runProbes(set, {}, world.tacho, { nowMs })).map(({ name }) => name);
    expect(await names()).toEqual(["b", "hourly", "a"]);
    expect(await names(NOON + 5 * MINUTE)).toEqual(["b", "a"]);
    expect(await names(NOON + 6 * MINUTE)).toEqual(["b"]);
    expect(world.tacho.take()).toEqual(["b ok", "hourly ok", "a error", "b ok", "a error", "b ok"]);
  });

  it("runs four at a time, and one that hangs holds up no other", async () => {
    const world = new World();
    const takes = () => new Promise((answer) => world.time.timer(() => answer([[0]]), 100));
    const entries = Array.from({ length: 64 }, (_, i) => [
      `p${i}`,
      world.sql(i === 7 ? hangs : takes, { timeoutMs: 1_000 }),
    ]);
    const set = defineProbes<object>(Object.fromEntries(entries));
    const running = runProbes(set, {}, world.tacho, { timer: world.time.timer });
    await world.time.advance(3_000);
    const results = await running;
    expect(results.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["p7"]);
    expect(results.map(({ name }) => name)).toEqual(entries.map(([name]) => name));
    // The one that hangs is still there when its place is taken.
    expect(world.most).toBe(5);
  });

  it("that has none does nothing", async () => {
    expect(await runProbes(defineProbes({}), {}, new MemoryRecorder())).toEqual([]);
  });
});

describe("a check of all", () => {
  it("runs every probe, due or not, and answers the same for 5 s", async () => {
    const world = new World();
    world.time.now += 90_000;
    let value = 0;
    const set = defineProbes<object>({
      hourly: world.sql(() => [[value]], { everyMs: 3_600_000 }),
    });
    const check = async () => (await checkProbes(set, {}, world.tacho))[0]?.value;
    expect(await check()).toBe(0);
    value = 1;
    world.time.now += 4_999;
    expect(await check()).toBe(0);
    world.time.now += 1;
    expect(await check()).toBe(1);
    expect(world.tacho.take()).toEqual(["hourly ok", "hourly error"]);
  });

  it("runs them once for all who ask at once, on a cold isolate too", async () => {
    const world = new World();
    const takes = () => new Promise((answer) => world.time.timer(() => answer([[0]]), 3_000));
    const entries = Array.from({ length: 8 }, (_, i) => [`p${i}`, world.sql(takes)]);
    const set = defineProbes<object>(Object.fromEntries(entries));
    const check = () => checkProbes(set, {}, world.tacho, { timer: world.time.timer });
    const checks = Array.from({ length: 50 }, check);
    await world.time.advance(7_000);
    const answers = await Promise.all(checks);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toHaveLength(8);
    expect(world.most).toBe(4);
    expect(world.tacho.take()).toHaveLength(8);
    expect(world.time.delays).toEqual([]);
  });

  it("waits for new results, and for none of a request that died", async () => {
    const world = new World();
    let answer: Answer = () => [[0]];
    const set = defineProbes<object>({ it: world.sql(() => answer()) });
    const check = () => checkProbes(set, {}, world.tacho, { timer: world.time.timer });
    expect(await check()).toMatchObject([{ ok: true, value: 0 }]);
    world.time.now += 6_000;
    answer = hangs;
    // Its request ends before its time: nothing of it goes on.
    void check();
    await world.time.settle();
    world.time.kill(() => true);
    answer = () => [[5]];
    const both = [check(), check()];
    await world.time.advance(2_000);
    expect(await Promise.all(both)).toMatchObject([[{ value: 5 }], [{ value: 5 }]]);
    expect(world.tacho.take()).toEqual(["it ok", "it error"]);
  });

  it("begins anew when the clock went back", async () => {
    const world = new World();
    const set = defineProbes<object>({ it: world.sql(() => [[0]]) });
    await checkProbes(set, {}, world.tacho);
    world.time.now -= 3_600_000;
    await checkProbes(set, {}, world.tacho);
    expect(world.tacho.take()).toEqual(["it ok", "it ok"]);
  });
});
