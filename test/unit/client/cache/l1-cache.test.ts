import fc from "fast-check";
import { expect, test } from "vitest";
import { type CacheEntry, L1Cache } from "../../../../src/client/cache/l1-cache.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("L1 cache", process.env["SEED"]);

function entryOf(key: string, value: unknown, staleUntil: number, sizeBytes: number): CacheEntry {
  const mark = { key, tags: [], version: 0, localVersion: 0, checkedRevision: 0 };
  const times = { storedAt: 0, freshUntil: staleUntil, staleUntil, retryAt: 0 };
  return { ...mark, value, sizeBytes, ...times };
}

/** The same as plainly as possible: a list, the newest last. */
class PlainCache {
  entries: CacheEntry[] = [];

  get sizeBytes(): number {
    return this.entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  get(key: string, now: number): CacheEntry | undefined {
    const entry = this.entries.find((one) => one.key === key);
    this.delete(key);
    if (entry === undefined || entry.staleUntil <= now) return undefined;
    this.entries.push(entry);
    return entry;
  }

  set(entry: CacheEntry, maxEntries: number, maxSizeBytes: number): void {
    this.delete(entry.key);
    if (entry.sizeBytes > maxSizeBytes / 4) return;
    this.entries.push(entry);
    while (this.entries.length > maxEntries || this.sizeBytes > maxSizeBytes) this.entries.shift();
  }

  delete(key: string): void {
    this.entries = this.entries.filter((one) => one.key !== key);
  }
}

const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const step = fc.oneof(
  fc.record({
    do: fc.constant("set" as const),
    key,
    lifetimeMs: fc.nat(20),
    sizeBytes: fc.integer({ min: 1, max: 30 }),
  }),
  fc.record({ do: fc.constant("get" as const), key }),
  fc.record({ do: fc.constant("delete" as const), key }),
  fc.record({ do: fc.constant("wait" as const), durationMs: fc.nat(10) }),
);

test("it holds what a plain list of the last used holds, and never more than it may", () => {
  const bounds = fc.record({
    maxEntries: fc.integer({ min: 1, max: 6 }),
    maxSizeBytes: fc.integer({ min: 10, max: 100 }),
  });
  fc.assert(
    fc.property(bounds, fc.array(step, { maxLength: 100 }), (bound, steps) => {
      const { maxEntries, maxSizeBytes } = bound;
      const cache = new L1Cache(maxEntries, maxSizeBytes);
      const plain = new PlainCache();
      let now = 0;
      for (const [at, one] of steps.entries()) {
        if (one.do === "wait") now += one.durationMs;
        if (one.do === "delete") {
          cache.delete(one.key);
          plain.delete(one.key);
        }
        if (one.do === "get") expect(cache.get(one.key, now)).toBe(plain.get(one.key, now));
        if (one.do === "set") {
          const entry = entryOf(one.key, at, now + one.lifetimeMs, one.sizeBytes);
          cache.set(entry);
          plain.set(entry, maxEntries, maxSizeBytes);
        }
        expect([cache.size, cache.sizeBytes]).toEqual([plain.entries.length, plain.sizeBytes]);
        expect(cache.size).toBeLessThanOrEqual(maxEntries);
        expect(cache.sizeBytes).toBeLessThanOrEqual(maxSizeBytes);
      }
      for (const entry of plain.entries) expect(cache.get(entry.key, -1)).toBe(entry);
    }),
    { seed },
  );
});

test("an entry is gone when the clock went back further than clocks differ", () => {
  const cache = new L1Cache(2, 100);
  const entry = { ...entryOf("a", "a", 120_000, 1), storedAt: 100_000 };
  for (const [now, held] of [
    [100_000, entry],
    [95_000, entry],
    [94_999, undefined],
    [100_000, undefined],
  ] as const) {
    if (now === 100_000 && held !== undefined) expect(cache.set(entry)).toBe(true);
    expect(cache.get("a", now)).toBe(held);
  }
});

test("it counts what made room and what was too large", () => {
  const cache = new L1Cache(2, 100);
  for (const name of "abc") cache.set(entryOf(name, name, 10, 25));
  expect(cache.set(entryOf("d", "d", 10, 26))).toBe(false);
  expect([cache.evicted, cache.tooLarge, cache.size, cache.sizeBytes]).toEqual([1, 1, 2, 50]);
});
