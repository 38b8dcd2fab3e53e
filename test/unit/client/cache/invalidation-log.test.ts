import fc from "fast-check";
import { expect, test } from "vitest";
import { InvalidationLog } from "../../../../src/client/cache/invalidation-log.ts";
import type { CacheScope } from "../../../../src/wire/cache-feed.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("invalidation log", process.env["SEED"]);

const name = fc.string({ unit: fc.constantFrom("a", "b", ":"), minLength: 1, maxLength: 4 });
const scope: fc.Arbitrary<CacheScope> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("key" as const), key: name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("prefix" as const), prefix: name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("tag" as const), tag: name }) },
  { weight: 1, arbitrary: fc.constant({ kind: "all" as const }) },
);
const entry = fc.record({
  key: name,
  tags: fc.array(name, { maxLength: 2 }),
  version: fc.nat(40),
});

function isMatch(of: CacheScope, key: string, tags: readonly string[]): boolean {
  if (of.kind === "key") return of.key === key;
  if (of.kind === "prefix") return key.startsWith(of.prefix);
  return of.kind === "all" || tags.includes(of.tag);
}

test("an entry is invalid exactly if something after it matches", () => {
  fc.assert(
    fc.property(fc.array(scope, { maxLength: 40 }), fc.array(entry), (scopes, entries) => {
      const log = new InvalidationLog(1_000);
      for (const [at, of] of scopes.entries()) log.add(of, at + 1);
      for (const { key, tags, version } of entries) {
        const wanted = scopes.some((of, at) => at + 1 > version && isMatch(of, key, tags));
        expect(log.isInvalid(key, tags, version)).toBe(wanted);
      }
    }),
    { seed, numRuns: 500 },
  );
});

test("full, it forgets the older half, and holds everything from before it for invalid", () => {
  fc.assert(
    fc.property(fc.array(scope, { minLength: 20, maxLength: 40 }), entry, (scopes, of) => {
      const log = new InvalidationLog(5);
      for (const [at, added] of scopes.entries()) {
        log.add(added, at + 1);
        expect(log.size).toBeLessThanOrEqual(5);
      }
      const { key, tags, version } = of;
      const isOld = scopes.some((added, at) => at + 1 > version && isMatch(added, key, tags));
      if (isOld) expect(log.isInvalid(key, tags, version)).toBe(true);
      // It forgets no more than it must.
      const isNew = version >= scopes.length;
      if (isNew) expect(log.isInvalid(key, tags, version)).toBe(false);
    }),
    { seed, numRuns: 500 },
  );
  const log = new InvalidationLog(4);
  for (const [at, key] of ["a", "b", "c", "d", "e"].entries())
    log.add({ kind: "key", key }, at + 1);
  expect(["d", "e", "x"].map((key) => log.isInvalid(key, [], 3))).toEqual([true, true, false]);
  expect(log.isInvalid("x", [], 2)).toBe(true);
});

test("what is taken back no longer counts, unless it was made invalid again", () => {
  const scopes: readonly CacheScope[] = [
    { kind: "key", key: "k" },
    { kind: "prefix", prefix: "k" },
    { kind: "tag", tag: "t" },
    { kind: "all" },
  ];
  for (const of of scopes) {
    const log = new InvalidationLog(10);
    log.add(of, 1);
    expect(log.size).toBe(1);
    log.forget(of, 1);
    expect([log.size, log.isInvalid("k", ["t"], 0)]).toEqual([0, false]);
    log.add(of, 2);
    log.add(of, 3);
    log.forget(of, 2);
    expect(log.isInvalid("k", ["t"], 2)).toBe(true);
  }
});
