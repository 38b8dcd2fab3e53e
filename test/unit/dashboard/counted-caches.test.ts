import { describe, expect, it } from "vitest";
import { countedCaches } from "../../../dashboard/src/cards/cache/counted-caches.ts";

describe("countedCaches", () => {
  it("are those that the pillar counts, in an order that does not change with their hit rates", () => {
    const caches = [
      { target: "kv", isCounted: false },
      { target: "cache.b", isCounted: true },
      { target: "cache", isCounted: true },
    ];
    expect(countedCaches({ caches })).toEqual(["cache", "cache.b"]);
    expect(countedCaches({ caches: caches.toReversed() })).toEqual(["cache", "cache.b"]);
  });

  it("are all of them where nothing says which", () => {
    expect(countedCaches(null)).toBeUndefined();
    expect(countedCaches({ caches: [{ target: "kv", isCounted: false }] })).toBeUndefined();
  });

  it("are all of them where the pillar's list may be cut off", () => {
    const caches = Array.from({ length: 10 }, (_, index) => ({
      target: `cache.${index}`,
      isCounted: true,
    }));
    expect(countedCaches({ caches })).toBeUndefined();
    expect(countedCaches({ caches: caches.slice(1) })).toHaveLength(9);
  });
});
