import { expect, test } from "vitest";
import { type CacheManager, cacheManager } from "../../../../src/client/cache/cache-manager.ts";
import { tachograph } from "../../../../src/client/tachograph.ts";
import type { CacheLogAnswer } from "../../../../src/wire/cache-feed.ts";
import { CACHE_FEED_DEADLINE_MS } from "../../../../src/wire/deadlines.ts";
import type { TachographBinding } from "../../../../src/wire/report.ts";
import { MemoryInvalidationLog } from "../../../support/memory-invalidation-log.ts";
import { VirtualTime } from "../virtual-time.ts";

/** A cache over the client's own feed, whose binding does what it is told and answers later. */
class SlowTachograph {
  readonly time = new VirtualTime();
  readonly log = new MemoryInvalidationLog();
  delayMs = 0;
  readonly cache: CacheManager;

  constructor() {
    const binding: TachographBinding = {
      report: () => Promise.reject(new Error("nobody reports here")),
      permit: () => Promise.reject(new Error("nobody asks here")),
      cacheLog: (since, cache) =>
        this.#later(() => ({ ok: true, ...this.log.after(since, cache) })),
      invalidateCache: (cache, scopes, since) =>
        this.#later(() => {
          this.log.append(cache, scopes, 0);
          return { ok: true, ...this.log.after(since, cache) };
        }),
    };
    const { clock, timer } = this.time;
    const client = tachograph(binding, { waitUntil: () => {} }, { clock, stopwatch: clock, timer });
    const kv = { get: () => Promise.resolve(null), put: () => Promise.resolve() };
    this.cache = cacheManager(client, kv, { timer });
  }

  /** @returns what came of it, and after how long. */
  async over<Value>(promise: Promise<Value>): Promise<{ value: Value; durationMs: number }> {
    const began = this.time.now;
    const ended = promise.then((value) => ({ value, durationMs: this.time.now - began }));
    const about = { isOver: false };
    void ended.then(() => (about.isOver = true));
    await this.time.settle();
    for (let turn = 0; !about.isOver && turn < 1_000; turn += 1) await this.time.advance(100);
    return ended;
  }

  async #later(answer: () => CacheLogAnswer): Promise<CacheLogAnswer> {
    const said = answer();
    await new Promise<void>((resolve) => {
      this.time.timer(resolve, this.delayMs);
    });
    return said;
  }
}

test.each([1_500, CACHE_FEED_DEADLINE_MS + 100, 4_900])(
  "an invalidation that is stored and answered after %i ms is published",
  async (delayMs) => {
    const world = new SlowTachograph();
    world.delayMs = delayMs;
    const { value } = await world.over(world.cache.invalidateTag("t"));
    expect(value).toEqual({ isPublished: true, version: 1 });
    expect(world.cache.stats()).toMatchObject({ unpublished: 0 });
  },
);

test("one that is answered after the caller gave up is taken note of all the same", async () => {
  const world = new SlowTachograph();
  world.delayMs = 7_000;
  const { value, durationMs } = await world.over(world.cache.invalidateTag("t"));
  expect([value.isPublished, durationMs]).toEqual([false, 5_000]);
  expect(world.cache.stats().unpublished).toBe(1);
  await world.time.advance(2_000);
  expect(world.cache.stats().unpublished).toBe(0);
});

test("a lookup waits a second for the log; what comes later holds for the next one", async () => {
  const world = new SlowTachograph();
  const get = (key: string) => world.over(world.cache.get("lookups", key, () => "value"));
  world.delayMs = 1_800;
  expect((await get("a")).durationMs).toBe(1_000);
  await world.time.advance(800);
  // It is known now, so nobody asks again.
  expect((await get("b")).durationMs).toBe(0);
  expect(world.cache.stats()).toMatchObject({ logReads: 1, logFailures: 1 });
});
