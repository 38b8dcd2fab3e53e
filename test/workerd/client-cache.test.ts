import {
  createExecutionContext,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { type CacheManager, cacheManager } from "../../src/client/cache/cache-manager.ts";
import type { CacheOptions } from "../../src/client/cache/cache-options.ts";
import type { CacheNamespace } from "../../src/client/cache/l2-cache.ts";
import { tachograph, type WaitUntilContext } from "../../src/client/index.ts";
import { until } from "./api.ts";
import { ownNamespace, ownTracker } from "./own-bindings.ts";

const TRACKER = ownTracker();
const CACHE = ownNamespace(env.CLIENT_KV);

let names = 0;

/** A cache that nobody has used before. */
function freshName(): string {
  names += 1;
  return `cache-${names}`;
}

/** A request's handle. */
function cacheOf(
  context: WaitUntilContext,
  name: string,
  options: Partial<CacheOptions> = {},
  kv: CacheNamespace = CACHE,
): CacheManager {
  return cacheManager(tachograph(TRACKER, context), kv, { name, ...options });
}

/** The same namespace as another isolate has it: what it holds is shared, what is here is not. */
function anotherIsolates(kv: KVNamespace): CacheNamespace {
  return {
    get: (key, type) => kv.get(key, type),
    put: (key, value, options) => kv.put(key, value, options),
  };
}

const wait = (durationMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });

let objects = 0;

/** Runs in a request of its own, of an object that nobody else uses. */
function inRequest<Value>(work: (state: DurableObjectState) => Promise<Value>): Promise<Value> {
  objects += 1;
  const stub = env.COORDINATOR.getByName(`cache-request-${objects}`);
  return runInDurableObject(stub, (_, state) => work(state));
}

describe("over KV", () => {
  test("a thousand misses of one key load once, and KV then has it for other isolates", async () => {
    const context = createExecutionContext();
    const name = freshName();
    const cache = cacheOf(context, name);
    let loads = 0;
    const load = async () => {
      loads += 1;
      await wait(20);
      return { rows: [{ id: 1, name: "São Paulo" }] };
    };
    const all = await Promise.all(
      Array.from({ length: 1_000 }, () => cache.get("lookups", "k", load, { tags: ["rows"] })),
    );
    expect(loads).toBe(1);
    expect(new Set(all).size).toBe(1);
    expect(cache.stats()).toMatchObject({ misses: 1_000, loads: 1, shared: 999, l2Errors: 0 });
    await waitOnExecutionContext(context);

    const { keys } = await env.CLIENT_KV.list({ prefix: `${name}:` });
    expect(keys.map((key) => key.name)).toEqual([`${name}:lookups:k`]);
    const other = cacheOf(createExecutionContext(), name, {}, anotherIsolates(env.CLIENT_KV));
    expect(await other.get("lookups", "k", load)).toEqual(all[0]);
    expect(loads).toBe(1);
    expect(other.stats()).toMatchObject({ l2Hits: 1, loads: 0 });
  });

  const ODD_KEYS = [
    ".",
    "..",
    "/",
    " ",
    "\0",
    "\n",
    "é",
    "e\u0301",
    "日本語 🚀",
    "\ud800",
    "\udc00",
    "\ufffd",
    "#",
    "%2e%2e",
    "?a=b&c#d",
    "__proto__",
    "constructor",
    "k".repeat(504),
    `${"k".repeat(503)}l`,
    "🚀".repeat(250),
  ];

  test("odd keys are each an entry of their own, through KV as well", async () => {
    const context = createExecutionContext();
    const name = freshName();
    const cache = cacheOf(context, name);
    for (const [at, key] of ODD_KEYS.entries()) {
      expect(await cache.get("lookups", key, () => at)).toBe(at);
    }
    await waitOnExecutionContext(context);
    const other = cacheOf(createExecutionContext(), name, {}, anotherIsolates(env.CLIENT_KV));
    for (const [at, key] of ODD_KEYS.entries()) {
      expect(await other.get("lookups", key, () => "loaded again")).toBe(at);
    }
    expect(other.stats()).toMatchObject({ l2Hits: ODD_KEYS.length, l2Errors: 0 });
  });

  test("a KV that is down, that hangs, or that holds nonsense falls through to the loader", async () => {
    const real = env.CLIENT_KV;
    const down: CacheNamespace = {
      get: () => Promise.reject(new Error("KV GET failed: 503")),
      put: (key, value) => real.put(key, value, { expirationTtl: 1 }),
    };
    const hangs: CacheNamespace = {
      get: () => new Promise(() => {}),
      put: () => new Promise(() => {}),
    };
    for (const kv of [down, hangs]) {
      const context = createExecutionContext();
      const cache = cacheOf(context, freshName(), { kvTimeoutMs: 50 }, kv);
      expect(await cache.get("lookups", "k", () => "loaded")).toBe("loaded");
      expect(await cache.get("lookups", "k", () => "loaded again")).toBe("loaded");
      await waitOnExecutionContext(context);
      // After it hung, the write is passed over.
      const l2 = kv === down ? { l2Errors: 2 } : { l2Errors: 1, l2PassedOver: 1 };
      expect(cache.stats()).toMatchObject({ ...l2, l1Hits: 1, misses: 1 });
    }
    const name = freshName();
    await real.put(`${name}:lookups:k`, "<html>");
    const cache = cacheOf(createExecutionContext(), name);
    expect(await cache.get("lookups", "k", () => "loaded")).toBe("loaded");
    expect(cache.stats()).toMatchObject({ l2Errors: 1 });
  });

  test("a loader that throws or hangs fails its lookup, and frees the key", async () => {
    const cache = cacheOf(createExecutionContext(), freshName(), { loaderTimeoutMs: 50 });
    const throws = () => Promise.reject(new RangeError("no such table"));
    await expect(cache.get("lookups", "k", throws)).rejects.toThrow(RangeError);
    const hangs = () => new Promise<never>(() => {});
    await expect(cache.get("lookups", "k", hangs)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(await cache.get("lookups", "k", () => 1)).toBe(1);
  });

  test("what one isolate makes invalid, another hears of, and a cold one reads", async () => {
    const context = createExecutionContext();
    const name = freshName();
    const [one, two, cold] = [0, 1, 2].map(() =>
      cacheOf(context, name, {}, anotherIsolates(env.CLIENT_KV)),
    );
    if (one === undefined || two === undefined || cold === undefined) throw new Error("no cache");
    const get = (cache: CacheManager, value: string) =>
      cache.get<string>("lookups", "k", () => value, { tags: ["t"] });
    expect(await get(one, "old")).toBe("old");
    await waitOnExecutionContext(context);
    expect(await get(two, "new")).toBe("old");
    expect(await one.invalidateTag("t")).toMatchObject({ isPublished: true });
    expect(await get(one, "new")).toBe("new");
    // The client heard of it with the answer to the invalidation: all caches here share it.
    expect(await get(two, "newer")).not.toBe("old");
    expect(await get(cold, "newest")).not.toBe("old");
    expect(cold.stats()).toMatchObject({ unverified: 0, logFailures: 0 });
  });
});

describe("over several requests of an isolate", () => {
  test("all of them wait for one load, each goes on with I/O of its own", async () => {
    const name = freshName();
    let loads = 0;
    let asked = 0;
    const load = async () => {
      loads += 1;
      // What another request does is only to be seen, never to be awaited.
      await until("all ask", async () => asked === 8);
      return "loaded";
    };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        inRequest(async (state) => {
          const cache = cacheOf(state, name);
          const asking = Array.from({ length: 125 }, () => cache.get("lookups", "k", load));
          asked += 1;
          const values = await Promise.all(asking);
          // It fails if the request goes on as another's.
          await env.CLIENT_KV.put(`${name}-after-${at}`, "1");
          await state.storage.getAlarm();
          return new Set(values).size === 1 ? values[0] : "several";
        }),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 8 }, () => "loaded"));
    expect(loads).toBe(1);
    const stats = cacheOf(createExecutionContext(), name).stats();
    expect(stats).toMatchObject({ misses: 1_000, loads: 1, shared: 999, lost: 0 });
  });

  test("when the one that loads dies, the others load once more and hang no longer", async () => {
    const name = freshName();
    let loads = 0;
    let asked = 0;
    const dying = inRequest(async (state) => {
      await cacheOf(state, name).get("lookups", "k", async () => {
        loads += 1;
        await until("the others ask", async () => asked === 3);
        state.abort("the request dies");
        return wait(60_000);
      });
    }).then(
      () => "lived",
      () => "died",
    );
    await until("it loads", async () => loads > 0);
    const answers = await Promise.all(
      Array.from({ length: 3 }, () =>
        inRequest(async (state) => {
          const asking = cacheOf(state, name).get("lookups", "k", async () => {
            loads += 1;
            await wait(20);
            return "alive";
          });
          asked += 1;
          const value = await asking;
          await env.CLIENT_KV.put(`${name}-after`, "1");
          return value;
        }),
      ),
    );
    expect(answers).toEqual(["alive", "alive", "alive"]);
    expect(await dying).toBe("died");
    expect(loads).toBe(2);
    expect(cacheOf(createExecutionContext(), name).stats()).toMatchObject({ loads: 2 });
  });

  test("a request that answers before its load ends leaves it to be ended for the others", async () => {
    const name = freshName();
    let loads = 0;
    await inRequest(async (state) => {
      void cacheOf(state, name).get("lookups", "k", async () => {
        loads += 1;
        await wait(300);
        return "loaded";
      });
    });
    const value = await inRequest((state) =>
      cacheOf(state, name).get("lookups", "k", async () => {
        loads += 1;
        return "loaded again";
      }),
    );
    expect([value, loads]).toEqual(["loaded", 1]);
  });

  test("a failure reaches those who wait in other requests", async () => {
    const name = freshName();
    let asked = 0;
    const load = async () => {
      await until("all ask", async () => asked === 3);
      throw new RangeError("no such table");
    };
    const failing = () =>
      inRequest(async (state) => {
        const asking = cacheOf(state, name).get("lookups", "k", load);
        asked += 1;
        return asking.catch((error: unknown) => String(error));
      });
    const answers = await Promise.all([failing(), failing(), failing()]);
    expect(answers).toEqual(Array.from({ length: 3 }, () => "RangeError: no such table"));
    expect(cacheOf(createExecutionContext(), name).stats()).toMatchObject({ loads: 1 });
  });
});
