import { describe, expect, it, test } from "vitest";
import { readCacheLogAnswer } from "../../../src/client/cache/read-cache-log.ts";
import { type Tachograph, tachograph } from "../../../src/client/tachograph.ts";
import type { CacheLogAnswer, CacheScope } from "../../../src/wire/cache-feed.ts";
import type { TachographBinding } from "../../../src/wire/report.ts";
import { harness, imbalance } from "./harness.ts";
import { VirtualTime } from "./virtual-time.ts";

const SCOPES: readonly CacheScope[] = [{ kind: "key", key: "user-journeys:42" }];

const LOG = {
  ok: true as const,
  head: 7,
  from: 4,
  entries: [
    { version: 5, cache: "cache", scope: { kind: "tag" as const, tag: "meta" } },
    { version: 7, cache: "edge", scope: { kind: "all" as const } },
  ],
};

/** A client over a binding whose caches do this; it counts timings like any other. */
function client(feed: Pick<TachographBinding, "cacheLog" | "invalidateCache">): {
  readonly tacho: Tachograph;
  readonly time: VirtualTime;
  readonly kept: Promise<unknown>[];
} {
  const time = new VirtualTime();
  const kept: Promise<unknown>[] = [];
  const binding: TachographBinding = {
    report: () => Promise.reject(new Error("nobody reports here")),
    permit: () => Promise.reject(new Error("nobody asks here")),
    ...feed,
  };
  const context = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
  const options = { clock: time.clock, stopwatch: time.clock, timer: time.timer };
  return { tacho: tachograph(binding, context, options), time, kept };
}

/** A server that answers reports so. */
async function headAfter(...said: readonly unknown[]): Promise<number> {
  const { server, request } = harness();
  for (const cacheHead of said) {
    const counted = { ok: true, target: "meta", accepted: 1, duplicate: false, rejected: {} };
    const answer = { ok: true, flushMs: 2_000, results: [counted], cacheHead };
    server.fates.push({ kind: "garbage", answer });
    request().record("meta", "events", 1);
    await request().flush();
  }
  expect(request().stats()).toMatchObject({ acknowledged: said.length, failures: 0 });
  return request().cacheFeed.head;
}

describe("the newest version that an isolate has heard of", () => {
  it("is 0 at first, and what the answers to reports say", async () => {
    expect(await headAfter()).toBe(0);
    expect(await headAfter(undefined)).toBe(0);
    expect(await headAfter(3, undefined, 9)).toBe(9);
  });

  it("never goes back", async () => {
    expect(await headAfter(9, 3, 0)).toBe(9);
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, "8", null, {}, [9], true])(
    "is not %j, which makes no sense, and the timings are acknowledged all the same",
    async (nonsense) => {
      expect(await headAfter(4, nonsense)).toBe(4);
    },
  );

  it("is not taken from a report that was not counted", async () => {
    const { server, request } = harness();
    const answer = { ok: false, reason: "unavailable", detail: "", cacheHead: 9 };
    server.fates.push({ kind: "garbage", answer });
    request().record("meta", "events", 1);
    await request().flush();
    expect(request().cacheFeed.head).toBe(0);
  });

  it("is shared by the requests of an isolate, and by none of another", async () => {
    const { server, request, isolate } = harness();
    server.fates.push({
      kind: "garbage",
      answer: { ok: true, flushMs: 1, results: [], cacheHead: 5 },
    });
    request().record("meta", "events", 1);
    await request().flush();
    expect(request().cacheFeed.head).toBe(5);
    expect(isolate("other")().cacheFeed.head).toBe(0);
  });
});

describe("the log", () => {
  it("is read after a version, and its head is remembered", async () => {
    const asked: unknown[] = [];
    const { tacho } = client({
      cacheLog: (...about) => {
        asked.push(about);
        return Promise.resolve(LOG);
      },
      invalidateCache: (...about) => {
        asked.push(about);
        return Promise.resolve({ ...LOG, head: 8 });
      },
    });
    expect(await tacho.cacheFeed.read(4, "cache")).toEqual(LOG);
    expect(tacho.cacheFeed.head).toBe(7);
    expect(await tacho.cacheFeed.invalidate("cache", SCOPES, 4)).toEqual({ ...LOG, head: 8 });
    expect(tacho.cacheFeed.head).toBe(8);
    expect(asked).toEqual([
      [4, "cache"],
      ["cache", SCOPES, 4],
    ]);
    expect(tacho.stats().failures).toBe(0);
  });

  it("of a server that has none is unavailable, and says what to do", async () => {
    const { tacho } = client({});
    const answer = {
      ok: false,
      reason: "unavailable",
      detail: expect.stringContaining("deploy a newer version"),
    };
    expect(await tacho.cacheFeed.read(0)).toEqual(answer);
    expect(await tacho.cacheFeed.invalidate("cache", SCOPES, 0)).toEqual(answer);
    expect(tacho.stats()).toMatchObject({
      failures: 2,
      lastFailure: expect.stringContaining("binding.invalidateCache: this Tachograph"),
    });
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("the network is down"))],
    [
      "throws",
      () => {
        throw new Error("the network is down");
      },
    ],
  ])("of a binding that %s is unavailable", async (_, cacheLog) => {
    const { tacho } = client({ cacheLog });
    const detail = "the network is down";
    expect(await tacho.cacheFeed.read(0)).toEqual({ ok: false, reason: "unavailable", detail });
    expect(tacho.stats().lastFailure).toBe(`binding.cacheLog: ${detail}`);
  });

  it("that has no such method behind the binding is asked for once in five minutes", async () => {
    let asked = 0;
    const { tacho, time } = client({
      cacheLog: () => {
        asked += 1;
        const text = 'The RPC receiver does not implement the method "cacheLog".';
        return Promise.reject(new TypeError(text));
      },
    });
    const detail = expect.stringContaining("deploy a newer version");
    const answer = { ok: false, reason: "unavailable", detail };
    expect(await tacho.cacheFeed.read(0)).toEqual(answer);
    await time.advance(299_999);
    expect(await tacho.cacheFeed.read(0)).toEqual(answer);
    expect(await tacho.cacheFeed.invalidate("cache", SCOPES, 0)).toEqual(answer);
    expect([asked, tacho.stats().failures]).toEqual([1, 3]);
    await time.advance(1);
    expect(await tacho.cacheFeed.read(0)).toEqual(answer);
    expect(asked).toBe(2);
  });

  it("is waited for ten seconds; what comes later is remembered", async () => {
    let answer: (log: CacheLogAnswer) => void = () => undefined;
    const { tacho, time } = client({
      cacheLog: () => new Promise((resolve) => (answer = resolve)),
    });
    let received: CacheLogAnswer | undefined;
    void tacho.cacheFeed.read(4).then((said) => (received = said));
    await time.advance(9_999);
    expect(received).toBeUndefined();
    await time.advance(1);
    const detail = "no answer within 10000 ms";
    expect(received).toEqual({ ok: false, reason: "unavailable", detail });
    answer(LOG);
    await time.settle();
    expect(received).toMatchObject({ ok: false });
    expect(tacho.cacheFeed.head).toBe(7);
    expect(time.delays).toEqual([]);
  });

  it("without a timer is unavailable, and nothing is thrown", async () => {
    const { server, isolate } = harness();
    Object.assign(server, { cacheLog: () => new Promise(() => {}) });
    const timer = (): never => {
      throw new Error("no timers here");
    };
    const { cacheFeed } = isolate("edge", { timer })();
    expect(await cacheFeed.read(0)).toMatchObject({ ok: false, reason: "unavailable" });
  });

  it("that cannot be read is unavailable", async () => {
    const { tacho } = client({ cacheLog: () => Promise.resolve({ ...LOG, head: 6 }) });
    const detail = "the answer cannot be read";
    expect(await tacho.cacheFeed.read(4)).toEqual({ ok: false, reason: "unavailable", detail });
    expect(tacho.cacheFeed.head).toBe(0);
  });
});

describe("an answer", () => {
  const [first, last] = LOG.entries;
  const NONSENSE: readonly unknown[] = [
    undefined,
    null,
    "ok",
    {},
    { ok: "yes" },
    { ok: false },
    { ok: false, reason: "tired", detail: "" },
    ...[-1, 0.5, "7", null, undefined, 2 ** 53].flatMap((bad) => [
      { ...LOG, head: bad },
      { ...LOG, from: bad },
      { ...LOG, entries: [{ ...first, version: bad }] },
    ]),
    { ...LOG, from: 8 },
    { ...LOG, entries: undefined },
    { ...LOG, entries: {} },
    { ...LOG, entries: [null] },
    { ...LOG, entries: [last, first] },
    { ...LOG, entries: [first, first] },
    { ...LOG, entries: [{ ...first, version: 4 }] },
    { ...LOG, entries: [{ ...first, version: 8 }] },
    { ...LOG, entries: [{ ...first, cache: 7 }] },
  ];

  it.each(NONSENSE.map((answer) => [answer]))("is none if it is %j", (answer) => {
    expect(readCacheLogAnswer(answer, 4)).toBeUndefined();
  });

  it("tells a floor from all of a cache, and takes no other word for it", () => {
    const entries = [
      { version: 5, cache: "cache", scope: { kind: "all" }, isFloor: true },
      { version: 6, cache: "cache", scope: { kind: "all" }, isFloor: "yes" },
    ];
    const all = { version: 6, cache: "cache", scope: { kind: "all" } };
    expect(readCacheLogAnswer({ ...LOG, entries }, 4)).toEqual({
      ...LOG,
      entries: [entries[0], all],
    });
  });

  it.each(["unavailable", "invalid"])("may be no: %s", (reason) => {
    const answer = { ok: false, reason, detail: "as scripted" };
    expect(readCacheLogAnswer(answer, 0)).toEqual(answer);
    expect(readCacheLogAnswer({ ok: false, reason }, 0)).toMatchObject({
      ok: false,
      detail: expect.any(String),
    });
  });

  it.each([undefined, null, "all", {}, { kind: "glob", glob: "a*" }, { kind: "key" }])(
    "has all of a cache for the scope %j, which a newer server may send",
    (scope) => {
      const read = readCacheLogAnswer({ ...LOG, entries: [{ ...first, scope }] }, 4);
      expect(read).toEqual({
        ...LOG,
        entries: [{ version: 5, cache: "cache", scope: { kind: "all" } }],
      });
    },
  );

  it("may be about an older log than the one that was asked for", () => {
    const answer = { ok: true, head: 3, from: 3, entries: [] };
    expect(readCacheLogAnswer(answer, 57)).toEqual(answer);
  });
});

describe("work that nobody waits for", () => {
  test("keeps the request alive until it is over", async () => {
    const { tacho, kept } = client({});
    const work = Promise.withResolvers<string>();
    tacho.keepAlive(work.promise);
    expect(kept).toHaveLength(1);
    let isOver = false;
    void kept[0]?.then(() => (isOver = true));
    await Promise.resolve();
    expect(isOver).toBe(false);
    work.resolve("done");
    await kept[0];
    expect(isOver).toBe(true);
  });

  test("is counted if it fails, and so is a context that throws", async () => {
    const { tacho, kept } = client({});
    tacho.keepAlive(Promise.reject(new Error("the put failed")));
    await expect(kept[0]).resolves.toBeUndefined();
    expect(tacho.stats()).toMatchObject({
      failures: 1,
      lastFailure: "keepAlive: the put failed",
    });
    const broken = {
      waitUntil: (): never => {
        throw new Error("too late");
      },
    };
    const { server } = harness();
    const other = tachograph(server, broken);
    other.keepAlive(Promise.resolve());
    expect(other.stats().lastFailure).toBe("ctx.waitUntil: too late");
    expect(imbalance(other.stats())).toBe(0);
  });
});
