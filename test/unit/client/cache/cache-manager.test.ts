import { describe, expect, test } from "vitest";
import { cacheManager } from "../../../../src/client/cache/cache-manager.ts";
import type { CacheNamespace } from "../../../../src/client/cache/l2-cache.ts";
import type { CacheScope } from "../../../../src/wire/cache-feed.ts";
import { CacheWorld, HandLoader } from "./cache-world.ts";

const MINUTE_MS = 60_000;

describe("layers", () => {
  test("the first lookup loads, the next is the isolate's, another isolate's is KV's", async () => {
    const world = new CacheWorld();
    const one = world.isolate();
    const value = { rows: [1, 2] };
    const load = () => Promise.resolve(value);

    expect(await world.over(one.request().get("lookups", "a", load))).toBe(value);
    await world.time.settle();
    expect(await one.request().get("lookups", "a", load)).toBe(value);
    const two = world.isolate();
    const fails = () => Promise.reject(new Error("nobody asks it"));
    expect(await world.over(two.request().get("lookups", "a", fails))).toEqual(value);

    expect(one.recorder.timings).toEqual([
      { target: "cache", operation: "l3", durationMs: 0, outcome: "miss", measures: { keys: 1 } },
      { target: "cache", operation: "l1", durationMs: 0, outcome: "hit" },
    ]);
    expect(two.recorder.timings).toEqual([
      { target: "cache", operation: "l2", durationMs: 0, outcome: "hit", measures: { keys: 1 } },
    ]);
    expect(world.kv.puts).toEqual([{ key: "cache:lookups:a", expirationTtl: 700 }]);
    expect(one.request().stats()).toMatchObject({ l1Hits: 1, l2Hits: 0, misses: 1, loads: 1 });
  });

  test("caches with names of their own share nothing", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate({ name: "one" });
    await world.over(isolate.request().get("lookups", "a", () => 1));
    const other = world.isolate({ name: "two" });
    expect(await world.over(other.request().get("lookups", "a", () => 2))).toBe(2);
  });

  test("the same key of two kinds is two entries", async () => {
    const world = new CacheWorld();
    const cache = world.isolate().request();
    await world.over(cache.get("lookups", "a", () => 1));
    expect(await world.over(cache.get("attribution", "a", () => 2))).toBe(2);
  });

  test("what JSON does not carry stays in the isolate, and is counted", async () => {
    const world = new CacheWorld();
    const one = world.isolate();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const values = [{ a: undefined }, 1n, cycle, new Map([[1, 2]]), [new Date(0)], Number.NaN];
    for (const [at, value] of values.entries()) {
      const key = `k${at}`;
      expect(await world.over(one.request().get("lookups", key, () => value))).toBe(value);
    }
    expect(world.kv.puts).toEqual([]);
    expect(one.request().stats()).toMatchObject({ l1Only: values.length });
    // A cycle has no end to be weighed, so it is not even kept there.
    expect(one.request().stats()).toMatchObject({ entries: values.length - 1, tooLarge: 1 });
  });
});

describe("time", () => {
  test("after the clock went back an entry is not kept for longer, in the isolate or in KV", async () => {
    const world = new CacheWorld();
    const one = world.isolate();
    const get = (isolate = one) =>
      world.over(isolate.request().get("lookups", "k", () => world.time.now, { ttlMs: 1_000 }));
    const first = await get();
    await world.time.settle();
    // Clocks of two machines differ by as much.
    world.time.now -= 5_000;
    expect(await get()).toBe(first);
    expect(await get(world.isolate())).toBe(first);
    world.time.now = first - 12 * 3_600_000;
    expect(await get(world.isolate())).toBe(world.time.now);
    expect(await get()).toBe(world.time.now);
  });

  const expectFresh: readonly [kind: string, ttlMs: number, staleMs: number][] = [
    ["attribution", 60 * MINUTE_MS, 10 * MINUTE_MS],
    ["channel-metrics", 30 * MINUTE_MS, 5 * MINUTE_MS],
    ["user-journeys", 5 * MINUTE_MS, 50_000],
    ["security-config", 15 * MINUTE_MS, 0],
    ["lookups", 10 * MINUTE_MS, 100_000],
    ["anything-else", 5 * MINUTE_MS, 50_000],
  ];
  test.each(expectFresh)(
    "%s is fresh for %i ms, then stale for %i ms",
    async (kind, ttl, stale) => {
      const world = new CacheWorld();
      const isolate = world.isolate();
      let loads = 0;
      const load = () => ++loads;
      const get = () => world.over(isolate.request().get(kind, "k", load));
      expect(await get()).toBe(1);
      await world.time.advance(ttl - 1);
      expect(await get()).toBe(1);
      expect(isolate.request().stats()).toMatchObject({ staleHits: 0, loads: 1 });
      await world.time.advance(1);
      if (stale > 0) {
        // The stale value at once, and the new one from then on.
        expect(await get()).toBe(1);
        await world.time.settle();
        expect(await get()).toBe(2);
        expect(isolate.recorder.take()).toEqual([
          "l3 miss",
          "l1 hit",
          "l1 hit",
          "refresh ok",
          "l1 hit",
        ]);
        await world.time.advance(ttl + stale);
      }
      const before = loads;
      expect(await get()).toBe(before + 1);
    },
  );

  test("a stale entry of KV is answered and loaded anew as well", async () => {
    const world = new CacheWorld();
    await world.over(
      world
        .isolate()
        .request()
        .get("lookups", "k", () => "old"),
    );
    await world.time.advance(10 * MINUTE_MS);
    const two = world.isolate();
    expect(await world.over(two.request().get("lookups", "k", () => "new"))).toBe("old");
    await world.time.settle();
    expect(await world.over(two.request().get("lookups", "k", () => "newer"))).toBe("new");
  });

  test("a stale value is loaded anew once, and not again soon after that failed", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const loader = new HandLoader();
    await world.over(isolate.request().get("lookups", "k", () => "old"));
    await world.time.advance(10 * MINUTE_MS);
    const get = () => world.over(isolate.request().get("lookups", "k", loader.load));
    for (let time = 0; time < 10; time += 1) expect(await get()).toBe("old");
    expect(loader.calls).toBe(1);
    loader.fail(new Error("the database is down"));
    await world.time.settle();
    expect(await get()).toBe("old");
    expect(loader.calls).toBe(1);
    expect(isolate.recorder.failures).toEqual(["cache refresh: the database is down"]);
    expect(isolate.request().stats()).toMatchObject({ refreshErrors: 1, staleHits: 11 });
    await world.time.advance(1_000);
    expect(await get()).toBe("old");
    expect(loader.calls).toBe(2);
    loader.end("new");
    await world.time.settle();
    expect(await get()).toBe("new");
  });

  test("a lookup's own ttlMs holds, in KV too", async () => {
    const world = new CacheWorld();
    const cache = world.isolate({ kinds: { lookups: { ttlMs: 1_000_000, staleMs: 0 } } }).request();
    let loads = 0;
    const get = () => world.over(cache.get("lookups", "k", () => ++loads, { ttlMs: 50 }));
    expect(await get()).toBe(1);
    await world.time.advance(49);
    expect(await get()).toBe(1);
    await world.time.advance(1);
    expect(await get()).toBe(2);
    expect(world.kv.puts[0]).toEqual({ key: "cache:lookups:k", expirationTtl: 60 });
  });

  test("that there is nothing is remembered for a minute, as null or as undefined", async () => {
    for (const nothing of [null, undefined]) {
      const world = new CacheWorld();
      const isolate = world.isolate();
      let loads = 0;
      const load = () => {
        loads += 1;
        return nothing;
      };
      const get = (from = isolate) => world.over(from.request().get("lookups", "k", load));
      expect(await get()).toBe(nothing);
      await world.time.advance(MINUTE_MS - 1);
      expect(await get()).toBe(nothing);
      expect(await get(world.isolate())).toBe(nothing);
      expect(loads).toBe(1);
      await world.time.advance(1);
      expect(await get()).toBe(nothing);
      expect(loads).toBe(2);
    }
  });

  test("with a negativeTtlMs of 0 nothing is remembered", async () => {
    const world = new CacheWorld();
    const cache = world.isolate({ negativeTtlMs: 0 }).request();
    let loads = 0;
    const load = () => {
      loads += 1;
      return loads < 3 ? null : "there";
    };
    const get = () => world.over(cache.get("lookups", "k", load));
    expect([await get(), await get(), await get(), await get()]).toEqual([
      null,
      null,
      "there",
      "there",
    ]);
  });
});

describe("loaders", () => {
  test("a thousand misses of one key in a request load once", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const cache = isolate.request();
    const loader = new HandLoader();
    const all = Promise.all(
      Array.from({ length: 1_000 }, () => cache.get("lookups", "k", loader.load)),
    );
    await world.time.settle();
    expect(loader.calls).toBe(1);
    expect(world.kv.gets).toHaveLength(1);
    loader.end("one");
    expect(new Set(await world.over(all))).toEqual(new Set(["one"]));
    expect(isolate.recorder.take()).toEqual(Array.from({ length: 1_000 }, () => "l3 miss"));
    expect(cache.stats()).toMatchObject({ misses: 1_000, loads: 1, shared: 999 });
  });

  test("requests of an isolate share a slow load, however long it takes", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const loader = new HandLoader();
    const first = isolate.request().get("lookups", "k", loader.load);
    const others = Promise.all(
      Array.from({ length: 50 }, () => isolate.request().get("lookups", "k", loader.load)),
    );
    await world.time.advance(9_000);
    loader.end("slow");
    expect(await world.over(first)).toBe("slow");
    expect(new Set(await world.over(others, 100))).toEqual(new Set(["slow"]));
    expect(loader.calls).toBe(1);
    expect(isolate.request().stats()).toMatchObject({ lost: 0, shared: 50 });
  });

  test("whoever waits for a request that dies loads soon by itself, one for all", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const dying = new HandLoader();
    void isolate.request().get("lookups", "k", dying.load);
    await world.time.advance(100);
    // Its timers die with it, and nothing of it ever ends.
    world.time.kill(() => true);
    const loader = new HandLoader();
    const startedAt = world.time.now;
    const others = Promise.all(
      Array.from({ length: 20 }, () => isolate.request().get("lookups", "k", loader.load)),
    );
    while (loader.calls === 0) await world.time.advance(1);
    expect(world.time.now - startedAt).toBeLessThan(1_200);
    loader.end("alive");
    expect(new Set(await world.over(others, 200))).toEqual(new Set(["alive"]));
    expect(loader.calls).toBe(1);
    expect(dying.calls).toBe(1);
  });

  test("a refresh that dies with its request is done by another later", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate({ kinds: { lookups: { ttlMs: 1_000, staleMs: 600_000 } } });
    const get = (load: () => unknown) => world.over(isolate.request().get("lookups", "k", load));
    await get(() => "old");
    await world.time.advance(1_000);
    expect(await get(() => new Promise(() => {}))).toBe("old");
    world.time.kill(() => true);
    await world.time.advance(60_000);
    expect(await get(() => "new")).toBe("old");
    await world.time.settle();
    expect(await get(() => "newer")).toBe("new");
  });

  test("an error reaches everybody who waits, and is not kept", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const loader = new HandLoader();
    const one = isolate.request().get("lookups", "k", loader.load);
    const other = isolate.request().get("lookups", "k", loader.load);
    await world.time.settle();
    loader.fail(new RangeError("no such table"));
    await expect(world.over(one)).rejects.toThrow(new RangeError("no such table"));
    await expect(world.over(other)).rejects.toThrow(new RangeError("no such table"));
    expect(isolate.recorder.take()).toEqual(["l3 error", "l3 error"]);
    expect(await world.over(isolate.request().get("lookups", "k", () => "well"))).toBe("well");
    expect(isolate.request().stats()).toMatchObject({ loads: 2, loadErrors: 1 });
  });

  test("a load keeps its request alive, though its caller may be gone", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const loader = new HandLoader();
    void isolate.request().get("lookups", "k", loader.load);
    await world.time.advance(2_000);
    const kept = Promise.all(isolate.kept);
    await expect(world.over(kept, 100)).rejects.toThrow("not over");
    loader.end("value");
    await world.over(kept, 0);
    // The write to KV as well.
    expect(isolate.kept.length).toBeGreaterThan(1);
    await world.over(Promise.all(isolate.kept), 0);
    expect(world.kv.values.size).toBe(1);
  });

  test("a loader that throws at once is one that rejects", async () => {
    const world = new CacheWorld();
    const cache = world.isolate().request();
    const throws = (): never => {
      throw new Error("at once");
    };
    await expect(world.over(cache.get("lookups", "k", throws))).rejects.toThrow("at once");
  });

  test("a loader that hangs ends in a TimeoutError, and frees the key", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate({ loaderTimeoutMs: 3_000 });
    const hangs = () => new Promise<never>(() => {});
    const hanging = isolate.request().get("lookups", "k", hangs);
    const waiting = isolate.request().get("lookups", "k", hangs);
    await expect(world.over(hanging)).rejects.toMatchObject({
      name: "TimeoutError",
      message: expect.stringContaining('the loader of "lookups:k" did not end within 3000 ms'),
    });
    await expect(world.over(waiting, 100)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(isolate.recorder.take()).toEqual(["l3 timeout", "l3 timeout"]);
    expect(await world.over(isolate.request().get("lookups", "k", () => 1))).toBe(1);
  });

  test("a loader that asks for its own key is told so, or hangs no longer than its deadline", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const get = (key: string, loader: () => unknown): Promise<unknown> =>
      isolate.request().get("lookups", key, loader);
    const own = (): Promise<unknown> => get("k", own);
    const told = 'the loader of "lookups:k" asks for its own key: it would wait for itself';
    await expect(world.over(get("k", own), 0)).rejects.toThrow(new TypeError(told));
    const later = async (): Promise<unknown> => {
      await Promise.resolve();
      return get("k", later);
    };
    await expect(world.over(get("k", later))).rejects.toThrow("did not end within");
    // What a loader gets of others is fine, and so is its key for everybody else meanwhile.
    const hand = new HandLoader();
    const both = [get("k", hand.load), get("k", hand.load)];
    await world.time.settle();
    hand.end(await world.over(get("k2", () => get("k3", () => 3))));
    expect(await world.over(Promise.all(both))).toEqual([3, 3]);
  });

  test("what only its request can use is refused, whoever waits for it", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const bound: readonly (readonly [name: string, make: () => unknown])[] = [
      ["Response", () => new Response("x")],
      ["Response", () => [{ deep: new Map([[1, new Response("x")]]) }]],
      ["Request", () => new Request("https://example.com/")],
      ["ReadableStream", () => new Response("x").body],
      ["WritableStream", () => new TransformStream().writable],
      ["Promise", () => ({ later: Promise.resolve(1) })],
      ["Object", () => Object.create({ bodyUsed: false, body: null }) as unknown],
    ];
    for (const [at, [name, make]] of bound.entries()) {
      const key = `k${at}`;
      const error = new TypeError(
        `the loader of "lookups:${key}" gave a ${name}, which only the request that made it can ` +
          "use: await its text or its JSON in the loader, and give that",
      );
      const both = [0, 1].map(() => isolate.request().get("lookups", key, make));
      const ended = await world.over(Promise.allSettled(both));
      expect(ended).toEqual([0, 1].map(() => ({ status: "rejected", reason: error })));
    }
    const { loadErrors, entries } = isolate.request().stats();
    expect([loadErrors, entries, world.kv.puts]).toEqual([bound.length, 0, []]);
    // A field that happens to be called so is data.
    const data = { bodyUsed: true, getReader: 1 };
    expect(await world.over(isolate.request().get("lookups", "data", () => data))).toBe(data);
  });

  test("values that are too large are spoken of, once for each kind", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate({ maxSizeBytes: 1_000 });
    const get = (kind: string, value: unknown): Promise<unknown> =>
      world.over(isolate.request().get(kind, "k", () => value));
    const rows = Array.from({ length: 50_000 }, (_, id) => ({ id, a: 1, b: 2, c: 3 }));
    for (const kind of ["lookups", "attribution"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as in a life
      for (let time = 0; time < 3; time += 1) expect(await get(kind, rows)).toBe(rows);
    }
    await get("user-journeys", "x".repeat(1_000));
    await get("user-journeys", "x".repeat(1_000));
    const advice = "cache less of them, as pages, or raise maxSizeBytes";
    const size = "too large for the isolate (over 200000 parts), so they are loaded each time";
    expect(isolate.recorder.failures).toEqual([
      `cache: values of the kind lookups are ${size}: ${advice}`,
      `cache: values of the kind attribution are ${size}: ${advice}`,
      "cache: values of the kind user-journeys are too large for the isolate (about 2032 bytes), " +
        `so KV alone has them: ${advice}`,
    ]);
    expect(isolate.request().stats()).toMatchObject({ tooLarge: 8, loads: 7, l2Hits: 1 });
  });
});

describe("KV", () => {
  test("when it fails, lookups fall through to the loader, and it is counted", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    world.kv.health = "fails";
    expect(await world.over(isolate.request().get("lookups", "k", () => 1))).toBe(1);
    await world.time.settle();
    expect(await isolate.request().get("lookups", "k", () => 2)).toBe(1);
    expect(isolate.recorder.take()).toEqual([
      "l2-error error",
      "l3 miss",
      "l2-error error",
      "l1 hit",
    ]);
    expect(isolate.recorder.failures).toEqual(["cache l2: KV is down", "cache l2: KV is down"]);
    expect(isolate.request().stats()).toMatchObject({ l2Errors: 2 });
  });

  test("when it hangs, lookups wait for it no longer than its deadline", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    world.kv.health = "hangs";
    expect(
      await world.over(
        isolate.request().get("lookups", "k", () => 1),
        1_001,
      ),
    ).toBe(1);
    expect(isolate.recorder.take()).toEqual(["l2-error timeout", "l3 miss"]);
  });

  test("after it hung it is passed over, for longer each time, until it answers", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const { kv, time } = world;
    let keys = 0;
    /** How long lookups of so many keys at once take, and how often KV is read meanwhile. */
    const miss = async (count = 1): Promise<readonly [durationMs: number, reads: number]> => {
      const [at, before] = [time.now, kv.gets.length];
      const all = Array.from({ length: count }, () =>
        isolate.request().get("lookups", `k${(keys += 1)}`, () => 1),
      );
      await world.over(Promise.all(all));
      return [time.now - at, kv.gets.length - before];
    };
    kv.health = "hangs";
    expect(await miss(10)).toEqual([1_000, 10]);
    expect(await miss(10)).toEqual([0, 0]);
    // Writes are passed over as well: none of them hangs.
    expect([kv.puts.length, isolate.request().stats().l2PassedOver]).toEqual([0, 30]);
    for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      await time.advance(pauseMs - 1);
      expect(await miss()).toEqual([0, 0]);
      await time.advance(1);
      // One tries, whoever else comes meanwhile.
      const [at, before] = [time.now, kv.gets.length];
      const one = isolate.request().get("lookups", `k${(keys += 1)}`, () => 1);
      await time.settle();
      expect(await miss(3)).toEqual([0, 0]);
      await world.over(one);
      expect([time.now - at, kv.gets.length - before]).toEqual([1_000, 1]);
    }
    await time.advance(60_000);
    kv.health = "well";
    expect([await miss(), await miss(5)]).toEqual([
      [0, 1],
      [0, 5],
    ]);
    await time.settle();
    expect(kv.puts).toHaveLength(6);
    expect(isolate.request().stats()).toMatchObject({ l2Errors: 16 });
  });

  test("when only its writes hang, they alone are passed over", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const { kv, time } = world;
    const put = kv.put.bind(kv);
    kv.put = (...about) => {
      void put(...about);
      return new Promise(() => {});
    };
    const get = (key: string) => world.over(isolate.request().get("lookups", key, () => 1));
    await get("a");
    await time.advance(10_000);
    await get("b");
    expect([kv.puts.length, kv.gets.length]).toEqual([1, 2]);
    expect(isolate.request().stats()).toMatchObject({ l2PassedOver: 1, l2Errors: 1 });
  });

  test("what is no entry, or that of another format or key, is an error and is replaced", async () => {
    const entry = {
      key: "lookups:k",
      tags: [],
      version: 0,
      storedAt: 0,
      freshUntil: 9e15,
      value: 1,
    };
    const strange = [
      "",
      "{",
      "null",
      "[]",
      JSON.stringify({ ...entry, format: 2 }),
      JSON.stringify({ ...entry, format: 1, key: "lookups:other" }),
      JSON.stringify({ ...entry, format: 1, version: -1 }),
      JSON.stringify({ ...entry, format: 1, tags: "t" }),
      JSON.stringify({ ...entry, format: 1, freshUntil: null }),
    ];
    for (const text of strange) {
      const world = new CacheWorld();
      world.kv.values.set("cache:lookups:k", { text, until: Number.POSITIVE_INFINITY });
      const isolate = world.isolate();
      expect(await world.over(isolate.request().get("lookups", "k", () => "mine"))).toBe("mine");
      expect(isolate.recorder.take()).toEqual(["l2-error error", "l3 miss"]);
      await world.time.settle();
      const after = await world.over(
        world
          .isolate()
          .request()
          .get("lookups", "k", () => "?"),
      );
      expect(after).toBe("mine");
    }
  });

  test("an entry from a clock that is ahead is fresh no longer than its kind", async () => {
    const world = new CacheWorld();
    const entry = { format: 1, key: "lookups:k", tags: [], version: 0, storedAt: 0 };
    const text = JSON.stringify({ ...entry, freshUntil: 9e15, value: "theirs" });
    world.kv.values.set("cache:lookups:k", { text, until: Number.POSITIVE_INFINITY });
    const isolate = world.isolate();
    expect(await world.over(isolate.request().get("lookups", "k", () => "mine"))).toBe("theirs");
    await world.time.advance(10 * MINUTE_MS);
    world.kv.values.clear();
    await world.over(isolate.request().get("lookups", "k", () => "mine"));
    await world.time.settle();
    expect(await world.over(isolate.request().get("lookups", "k", () => "?"))).toBe("mine");
  });

  test("if its binding is missing, there are two layers, and it is counted", async () => {
    const world = new CacheWorld();
    const client = Object.assign(world.isolate().recorder);
    const missing: { KV?: CacheNamespace } = {};
    // @ts-expect-error -- as a Worker does whose wrangler.toml lacks it
    const cache = cacheManager(client, missing.KV, { name: "no-kv", timer: world.time.timer });
    expect(await world.over(cache.get("lookups", "k", () => 1))).toBe(1);
    expect(await cache.get("lookups", "k", () => 2)).toBe(1);
    expect(client.failures[0]).toBe("cache l2: the KV binding is missing: check wrangler.toml");
  });
});

describe("invalidation", () => {
  const scopes: readonly [name: string, scope: CacheScope, stays: string[]][] = [
    ["a key", { kind: "key", key: "lookups:a1" }, ["a2", "b1"]],
    ["a prefix", { kind: "prefix", prefix: "lookups:a" }, ["b1"]],
    ["a tag", { kind: "tag", tag: "one" }, ["a2"]],
    ["everything", { kind: "all" }, []],
    ["nothing that is there", { kind: "key", key: "lookups:a" }, ["a1", "a2", "b1"]],
  ];
  const tagsOf = (key: string) => (key.endsWith("1") ? ["one", "x"] : ["two"]);

  test.each(scopes)("%s: here at once, elsewhere when it is heard of", async (_, scope, stays) => {
    const world = new CacheWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const keys = ["a1", "a2", "b1"];
    const round = (isolate: typeof one, value: string) =>
      Promise.all(
        keys.map((key) =>
          world.over(
            isolate.request().get<string>("lookups", key, () => value, { tags: tagsOf(key) }),
          ),
        ),
      );
    await round(one, "old");
    await round(two, "old");
    const invalidating = one.request().invalidate(scope);
    // Before it is published.
    const wanted = keys.map((key) => (stays.includes(key) ? "old" : "new"));
    expect(await round(one, "new")).toEqual(wanted);
    expect(await world.over(invalidating)).toEqual({ isPublished: true, version: 1 });
    expect(await round(two, "newer")).toEqual(["old", "old", "old"]);
    two.hear(1);
    const heard = await round(two, "newer");
    expect(heard.map((value) => value === "old")).toEqual(keys.map((key) => stays.includes(key)));
    // A cold isolate reads the log beside KV.
    const three = world.isolate();
    const cold = await round(three, "newest");
    expect(cold.map((value) => value === "old")).toEqual(keys.map((key) => stays.includes(key)));
    expect(three.reads).toBe(1);
    expect(two.reads).toBe(2);
  });

  test("the methods name what they make invalid", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const cache = isolate.request();
    await world.over(cache.invalidateKey("lookups", "a"));
    await world.over(cache.invalidatePrefix("lookups"));
    await world.over(cache.invalidatePrefix("lookups", "a:"));
    await world.over(cache.invalidateTag("t"));
    await world.over(cache.invalidateAll());
    expect(isolate.sent).toEqual([
      [{ kind: "key", key: "lookups:a" }],
      [{ kind: "prefix", prefix: "lookups:" }],
      [{ kind: "prefix", prefix: "lookups:a:" }],
      [{ kind: "tag", tag: "t" }],
      [{ kind: "all" }],
    ]);
    expect(world.log.entries.map(({ cache: name }) => name)).toEqual(["cache"]);
  });

  test("that of another cache changes nothing", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    await world.over(isolate.request().get("lookups", "k", () => "old"));
    world.log.add("another", { kind: "all" });
    isolate.hear(1);
    expect(await world.over(isolate.request().get("lookups", "k", () => "new"))).toBe("old");
    expect(isolate.reads).toBe(2);
    expect(await world.over(isolate.request().get("lookups", "k", () => "new"))).toBe("old");
    expect(isolate.reads).toBe(2);
  });

  test("a load that began before it is for those who waited, and for nobody after it", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const old = new HandLoader();
    const waiting = isolate.request().get("lookups", "k", old.load);
    await world.time.settle();
    const invalidating = isolate.request().invalidateKey("lookups", "k");
    const fresh = new HandLoader();
    const after = isolate.request().get("lookups", "k", fresh.load);
    await world.over(invalidating);
    expect([old.calls, fresh.calls]).toEqual([1, 1]);
    fresh.end("new");
    expect(await world.over(after)).toBe("new");
    old.end("old");
    expect(await world.over(waiting)).toBe("old");
    await world.time.settle();
    expect(isolate.request().stats()).toMatchObject({ overtaken: 1 });
    for (const one of [isolate, world.isolate()]) {
      one.hear(1);
      const value = await world.over(one.request().get("lookups", "k", () => "newest"));
      expect(value).not.toBe("old");
    }
  });

  test("a lookup of the isolate waits for no I/O unless there is news", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    await world.over(isolate.request().get("lookups", "k", () => 1));
    isolate.health = "hangs";
    world.kv.health = "hangs";
    expect(await isolate.request().get("lookups", "k", () => 2)).toBe(1);
  });

  test("news that cannot be read costs one lookup a second, then entries are unverified", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const get = (value: number) =>
      world.over(isolate.request().get("lookups", "k", () => value, { ttlMs: 60_000 }));
    await get(1);
    world.log.add("cache", { kind: "all" });
    isolate.health = "hangs";
    isolate.hear(1);
    const startedAt = world.time.now;
    expect(await get(2)).toBe(1);
    expect(world.time.now - startedAt).toBe(1_000);
    expect(await get(2)).toBe(1);
    expect(world.time.now - startedAt).toBe(1_000);
    expect(isolate.request().stats()).toMatchObject({ unverified: 2, logFailures: 1 });
    expect(isolate.recorder.failures).toEqual(["cache log: no answer within 1000 ms"]);
    isolate.health = "well";
    await world.time.advance(5_000);
    expect(await get(2)).toBe(2);
    expect(isolate.request().stats()).toMatchObject({ unverified: 2 });
  });

  test("if it is not published, this isolate alone knows, and says so", async () => {
    const world = new CacheWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const get = (isolate: typeof one, value: string) =>
      world.over(isolate.request().get<string>("lookups", "k", () => value));
    await get(one, "old");
    await get(two, "old");
    one.health = "fails";
    expect(await world.over(one.request().invalidateAll())).toEqual({
      isPublished: false,
      detail: "the feed is down",
    });
    // Nor does it take from KV what another isolate may have put there before.
    expect(await get(one, "new")).toBe("new");
    expect(await get(one, "newer")).toBe("new");
    expect(await get(two, "new")).toBe("old");
    expect(one.request().stats()).toMatchObject({ unpublished: 1 });
    one.health = "hangs";
    const result = await world.over(one.request().invalidateKey("lookups", "k"));
    expect(result).toMatchObject({ isPublished: false });
    one.health = "well";
    await world.time.advance(5_000);
    expect(await world.over(one.request().invalidateAll())).toMatchObject({ isPublished: true });
    expect(one.request().stats()).toMatchObject({ unpublished: 0 });
  });

  test("of what the log has forgotten, everything counts as invalid", async () => {
    const world = new CacheWorld(3);
    const isolate = world.isolate();
    await world.over(isolate.request().get("lookups", "k", () => "old"));
    for (let time = 0; time < 4; time += 1) {
      world.log.add("cache", { kind: "tag", tag: `t${time}` });
    }
    isolate.hear(4);
    const cold = world.isolate();
    expect(await world.over(isolate.request().get("lookups", "k", () => "new"))).toBe("new");
    // Nothing is known that made it invalid, and so it is counted.
    expect(isolate.request().stats()).toMatchObject({ forgotten: 2, invalidated: 0 });
    await world.time.settle();
    expect(await world.over(cold.request().get("lookups", "k", () => "newer"))).toBe("new");
  });

  test("however much becomes invalid in another cache, what this one holds stays", async () => {
    const world = new CacheWorld(100);
    const isolate = world.isolate();
    await world.over(isolate.request().get("security-config", "global", () => "kept"));
    await world.over(isolate.request().get("lookups", "k", () => "kept"));
    await world.over(isolate.request().invalidateKey("lookups", "k"));
    for (let time = 0; time < 1_000; time += 1) {
      world.log.add("journeys", { kind: "tag", tag: `visitor:${time}` });
    }
    for (const one of [isolate, world.isolate()]) {
      one.hear(world.log.head);
      const get = (kind: string, key: string) =>
        world.over(one.request().get<string>(kind, key, () => "loaded"));
      expect(await get("security-config", "global")).toBe("kept");
      expect(await get("lookups", "k")).toBe("loaded");
      expect(one.request().stats()).toMatchObject({ forgotten: 0 });
    }
  });

  test("an entry in KV that knows more than this isolate makes it read the log", async () => {
    const world = new CacheWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    await world.over(one.request().get("lookups", "a", () => "old"));
    await world.over(two.request().invalidateKey("lookups", "a"));
    await world.over(two.request().get("lookups", "b", () => "b"));
    await world.time.settle();
    expect(await world.over(one.request().get("lookups", "b", () => "?"))).toBe("b");
    // Nobody told it of the invalidation but the entry.
    expect(await world.over(one.request().get("lookups", "a", () => "new"))).toBe("new");
  });

  test("what is loaded while the log cannot be read knows of the news already", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    world.log.add("cache", { kind: "all" });
    isolate.health = "fails";
    isolate.hear(1);
    for (let time = 0; time < 3; time += 1) {
      expect(await world.over(isolate.request().get("lookups", "k", () => "new"))).toBe("new");
    }
    expect(isolate.request().stats()).toMatchObject({ l1Hits: 2, unverified: 0 });
  });

  test("what KV speaks of and cannot be read makes older entries unverified", async () => {
    const world = new CacheWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const get = (isolate: typeof one, key: string) =>
      world.over(isolate.request().get("lookups", key, () => `that of ${key}`));
    await get(one, "a");
    await world.over(two.request().invalidateTag("t"));
    await get(two, "b");
    one.health = "fails";
    await get(one, "b");
    expect(one.request().stats()).toMatchObject({ l2Hits: 1, unverified: 1 });
    await get(one, "a");
    expect(one.request().stats()).toMatchObject({ l1Hits: 1, unverified: 2 });
  });

  test("a tag that only KV knows of counts from the moment that it is made invalid", async () => {
    // Between any two steps of another's lookup, which does not name the tag.
    for (let steps = 0; steps < 60; steps += 1) {
      const world = new CacheWorld();
      const first = world.isolate().request();
      await world.over(first.get("lookups", "k", () => "old", { tags: ["t"] }));
      await world.time.settle();
      const isolate = world.isolate();
      const other = isolate.request().get("lookups", "k", () => "new");
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      const invalidating = isolate.request().invalidateTag("t");
      const after = isolate.request().get("lookups", "k", () => "new");
      expect(await world.over(after)).toBe("new");
      await world.over(Promise.all([other, invalidating]));
    }
  });

  test("news is read before KV is believed, too", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    await world.over(isolate.request().get("lookups", "a", () => 1));
    await world.over(
      world
        .isolate()
        .request()
        .get("lookups", "k", () => "old"),
    );
    world.log.add("cache", { kind: "key", key: "lookups:k" });
    isolate.hear(1);
    expect(await world.over(isolate.request().get("lookups", "k", () => "new"))).toBe("new");
    expect(isolate.reads).toBe(2);
  });

  test("to share a load from before news that cannot be read is unverified", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    isolate.health = "fails";
    const loader = new HandLoader();
    const one = isolate.request().get("lookups", "k", loader.load);
    await world.time.settle();
    world.log.add("cache", { kind: "all" });
    isolate.hear(1);
    const other = isolate.request().get("lookups", "k", loader.load);
    await world.time.settle();
    loader.end("old");
    expect(await world.over(Promise.all([one, other]))).toEqual(["old", "old"]);
    expect(isolate.request().stats()).toMatchObject({ loads: 1, unverified: 1 });
  });

  test("an entry in KV that speaks of a version that never was deafens nobody", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const get = (key: string, value: string) =>
      world.over(isolate.request().get<string>("lookups", key, () => value));
    const version = Number.MAX_SAFE_INTEGER;
    const entry = {
      format: 1,
      key: "lookups:bad",
      tags: [],
      version,
      storedAt: 0,
      freshUntil: 9e15,
    };
    const text = JSON.stringify({ ...entry, value: "theirs" });
    world.kv.values.set("cache:lookups:bad", { text, until: Number.POSITIVE_INFINITY });
    await get("k", "old");
    expect(await get("bad", "mine")).toBe("mine");
    const { reads } = isolate;
    expect(await get("bad", "again")).toBe("mine");
    expect(await get("k", "again")).toBe("old");
    expect(isolate.reads).toBe(reads);
    world.log.add("cache", { kind: "all" });
    isolate.hear(1);
    expect([await get("k", "new"), await get("bad", "new")]).toEqual(["new", "new"]);
    expect(isolate.request().stats()).toMatchObject({ unverified: 0 });
  });

  test("a head that the log does not reach is asked for once", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const get = (value: string) =>
      world.over(isolate.request().get<string>("lookups", "k", () => value));
    isolate.feed.head = 500;
    expect(await get("old")).toBe("old");
    expect(await get("new")).toBe("old");
    await world.over(isolate.request().get("lookups", "another", () => 1));
    expect(isolate.reads).toBe(1);
    // The log began anew, and is heard of again.
    world.log.add("cache", { kind: "all" });
    isolate.feed.head = 1;
    expect(await get("new")).toBe("new");
  });

  test("after the log began anew, nothing of the old one is believed", async () => {
    const world = new CacheWorld();
    const isolate = world.isolate();
    const get = (from: typeof isolate, value: string) =>
      world.over(from.request().get<string>("lookups", "k", () => value));
    for (let time = 0; time < 5; time += 1) await world.over(isolate.request().invalidateTag("t"));
    await get(isolate, "old");
    // A log of an older version of Tachograph, which begins below.
    world.log.beginAnew(0);
    // What a cold isolate finds in KV speaks of a version that there never was.
    expect(await get(world.isolate(), "new")).toBe("new");
    await world.over(isolate.request().invalidateTag("t"));
    expect(await get(isolate, "new")).toBe("new");
    expect(await get(isolate, "newer")).toBe("new");
    await world.over(isolate.request().invalidateKey("lookups", "k"));
    expect(await get(isolate, "newest")).toBe("newest");
  });

  test("a warm isolate hears that the log began anew, of whatever it did not read as well", async () => {
    const world = new CacheWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const get = (from: typeof one, value: string) =>
      world.over(from.request().get<string>("lookups", "k", () => value));
    for (let time = 0; time < 5; time += 1) await world.over(one.request().invalidateTag("t"));
    await get(one, "old");
    await get(two, "old");
    // It is lost before anybody else hears of it.
    world.log.add("cache", { kind: "key", key: "lookups:k" });
    world.log.beginAnew();
    for (const isolate of [one, two]) {
      isolate.hear(world.log.head);
      expect(await get(isolate, "new")).toBe("new");
      expect(isolate.request().stats()).toMatchObject({ unverified: 0, invalidated: 0 });
      expect(isolate.request().stats().forgotten).toBeGreaterThan(0);
    }
    await world.over(two.request().invalidateKey("lookups", "k"));
    one.hear(world.log.head);
    expect(await get(one, "newest")).toBe("newest");
  });
});

describe("what cannot be", () => {
  const world = new CacheWorld();
  const cache = world.isolate().request();
  const load = () => 1;

  test.each<[string, unknown, unknown, object | undefined, RegExp]>([
    ["an empty key", "lookups", "", undefined, /must not be empty/],
    ["a long key", "lookups", "k".repeat(505), undefined, /513 characters, at most 512/],
    ["a key that is a number", "lookups", 7, undefined, /must be a string, not number/],
    ["a kind with a colon", "a:b", "k", undefined, /kind must match/],
    ["an empty kind", "", "k", undefined, /kind must match/],
    ["a kind that is none", undefined, "k", undefined, /kind must match/],
    [
      "seventeen tags",
      "lookups",
      "k",
      { tags: Array.from("abcdefghijklmnopq") },
      /at most 16 tags/,
    ],
    ["an empty tag", "lookups", "k", { tags: [""] }, /1 to 128 characters/],
    ["a long tag", "lookups", "k", { tags: ["t".repeat(129)] }, /1 to 128 characters/],
    ["tags that are no list", "lookups", "k", { tags: "t" }, /must be a list/],
    ["a ttlMs of 0", "lookups", "k", { ttlMs: 0 }, /ttlMs must be 1 to/],
    ["a ttlMs that is no number", "lookups", "k", { ttlMs: Number.NaN }, /ttlMs must be 1 to/],
  ])("%s is refused", async (_, kind, key, options, message) => {
    // @ts-expect-error -- some of it is what types forbid
    await expect(cache.get(kind, key, load, options)).rejects.toThrow(message);
    expect(cache.stats()).toMatchObject({ misses: 0, loads: 0 });
  });

  test.each<[string, unknown, RegExp]>([
    ["no scope", [], /1 to 100 scopes, not 0/],
    ["too many", Array.from({ length: 101 }, () => ({ kind: "all" })), /not 101/],
    ["an empty prefix", { kind: "prefix", prefix: "" }, /1 to 512 characters/],
    ["a long key", { kind: "key", key: "k".repeat(513) }, /1 to 512 characters/],
    ["another kind", { kind: "regex", regex: "." }, /must be key, prefix, tag or all/],
  ])("an invalidation of %s is refused", async (_, scope, message) => {
    // @ts-expect-error -- some of it is what types forbid
    await expect(cache.invalidate(scope)).rejects.toThrow(message);
    expect(world.log.head).toBe(0);
  });

  test.each<[string, object]>([
    ["name", { name: "Cache!" }],
    ["maxEntries", { maxEntries: 0 }],
    ["maxSizeBytes", { maxSizeBytes: 1.5 }],
    ["kinds.a:b", { kinds: { "a:b": { ttlMs: 1 } } }],
    ["kinds.a.ttlMs", { kinds: { a: { ttlMs: 0 } } }],
    ["kinds.a.stale", { kinds: { a: { ttlMs: 1, stale: 5 } } }],
    ["defaultKind.ttlMs", { defaultKind: { ttlMs: Number.POSITIVE_INFINITY } }],
    ["loaderTimeoutMs", { loaderTimeoutMs: -1 }],
  ])("a bad option is named: %s", (name, options) => {
    expect(() => world.isolate(options).request()).toThrow(`cache option ${name}: `);
  });
});
