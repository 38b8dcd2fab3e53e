import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InvalidationLog } from "../../src/coordinator/invalidation-log.ts";
import type { CacheInvalidation, CacheScope } from "../../src/wire/cache-feed.ts";

/**
 * Runs `use` with a new storage. `open` makes a log over it; what one wrote, the next one sees.
 * @param maxEntries most entries that the logs keep; undefined for as many as in production.
 */
export type WithInvalidationStorage = (
  maxEntries: number | undefined,
  use: (open: () => InvalidationLog) => void,
) => Promise<void>;

const key = (text: string): CacheScope => ({ kind: "key", key: text });
const prefix = (text: string): CacheScope => ({ kind: "prefix", prefix: text });
const tag = (text: string): CacheScope => ({ kind: "tag", tag: text });
const ALL: CacheScope = { kind: "all" };

/** Characters that a text of SQL, of JSON or of UTF-8 may trip over. */
const ODD_KEYS = [
  "a'b",
  'a"b',
  "a\\b",
  "a%b_",
  "a\u0000b",
  "\u0000",
  "\ud800",
  "é",
  "e\u0301",
  "💚",
];

/** What somebody did to a log. */
interface Step {
  readonly cache: string;
  readonly scopes: readonly CacheScope[];
  readonly reopens: boolean;
}

/** An entry of a cache, with the version that was the head when it was loaded. */
interface Entry {
  readonly cache: string;
  readonly key: string;
  readonly tags: readonly string[];
  readonly version: number;
}

const CACHES = ["cache", "edge"] as const;
const KEYS = ["user:1", "user:2", "user:11", "channel:1"] as const;
const TAGS = ["meta", "user:1"] as const;

const scope: fc.Arbitrary<CacheScope> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KEYS).map(key) },
  { weight: 3, arbitrary: fc.constantFrom("user:", "user:1", "c").map(prefix) },
  { weight: 3, arbitrary: fc.constantFrom(...TAGS).map(tag) },
  { weight: 1, arbitrary: fc.constant(ALL) },
);

const step: fc.Arbitrary<Step> = fc.record({
  cache: fc.constantFrom(...CACHES),
  scopes: fc.array(scope, { minLength: 1, maxLength: 4 }),
  reopens: fc.boolean(),
});

const run = fc.record({
  maxEntries: fc.integer({ min: 1, max: 8 }),
  steps: fc.array(step, { maxLength: 20 }),
});

function matches(entry: Entry, { cache, scope: said }: CacheInvalidation): boolean {
  if (cache !== entry.cache) return false;
  if (said.kind === "key") return said.key === entry.key;
  if (said.kind === "prefix") return entry.key.startsWith(said.prefix);
  return said.kind === "all" || entry.tags.includes(said.tag);
}

const isInvalid = (entry: Entry, log: readonly CacheInvalidation[]): boolean =>
  log.some((one) => one.version > entry.version && matches(entry, one));

/** Every entry that there can be, loaded at `version`. */
const entriesAt = (version: number): Entry[] =>
  CACHES.flatMap((cache) =>
    KEYS.flatMap((name) =>
      [[], ["meta"], [...TAGS]].map((tags) => ({ cache, key: name, tags, version })),
    ),
  );

/**
 * Holds what a log says to a cache that has read it up to `since` against all that ever became
 * invalid. The cache applied what it had read before, and takes what is older than `from` for
 * invalid.
 */
function compare(log: InvalidationLog, all: readonly CacheInvalidation[], since: number): void {
  const { head, from, entries } = log.after(since);
  expect(head).toBe(all.length);
  expect(from).toBeGreaterThanOrEqual(Math.min(since, head));
  expect(from).toBeLessThanOrEqual(head);
  const versions = entries.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].toSorted((one, other) => one - other));
  expect(versions.at(0) ?? Infinity).toBeGreaterThan(since);
  expect(versions.at(-1) ?? head).toBe(head);
  const known = [...all.filter(({ version }) => version <= since), ...entries];
  const wrong: Entry[] = [];
  for (let version = 0; version <= head; version++) {
    for (const entry of entriesAt(version)) {
      const [is, seems] = [isInvalid(entry, all), isInvalid(entry, known)];
      // What is older than the log may seem valid: the cache lets go of it all the same.
      if (is !== seems && !(version < from && is)) wrong.push(entry);
    }
  }
  expect(wrong).toEqual([]);
}

function follow(open: () => InvalidationLog, maxEntries: number, steps: readonly Step[]): void {
  const all: CacheInvalidation[] = [];
  let log = open();
  for (const { cache, scopes, reopens } of steps) {
    log.append(cache, scopes);
    for (const said of scopes) all.push({ version: all.length + 1, cache, scope: said });
    if (reopens) log = open();
    expect(log.head).toBe(all.length);
    expect(log.entryCount).toBe(log.after(0).entries.length);
    expect(log.entryCount).toBeLessThanOrEqual(maxEntries);
    // As long as nothing had to make room, everything is known.
    if (all.length <= maxEntries) expect(log.after(0).from).toBe(0);
  }
  for (let since = 0; since <= all.length + 1; since++) compare(log, all, since);
}

/** What every {@link InvalidationLog} must do, whatever it is made of. */
export function invalidationLogContract(
  name: string,
  random: { readonly seed: number; readonly numRuns: number },
  withStorage: WithInvalidationStorage,
): void {
  describe(`an invalidation log in ${name}`, () => {
    test("is empty at first", async () => {
      await withStorage(undefined, (open) => {
        const log = open();
        expect([log.head, log.entryCount]).toEqual([0, 0]);
        expect(log.after(0)).toEqual({ head: 0, from: 0, entries: [] });
        log.append("cache", []);
        expect(open().head).toBe(0);
      });
    });

    test("keeps one entry for each scope, in order, also for a later life", async () => {
      await withStorage(undefined, (open) => {
        const log = open();
        log.append("cache", [key("a"), prefix("a")]);
        log.append("edge", [tag("a")]);
        log.append("edge", [key("all")]);
        const entries = [
          { version: 1, cache: "cache", scope: key("a") },
          { version: 2, cache: "cache", scope: prefix("a") },
          { version: 3, cache: "edge", scope: tag("a") },
          { version: 4, cache: "edge", scope: key("all") },
        ];
        for (const life of [log, open()]) {
          expect(life.after(0)).toEqual({ head: 4, from: 0, entries });
          expect(life.after(2)).toEqual({ head: 4, from: 2, entries: entries.slice(2) });
          expect(life.after(4)).toEqual({ head: 4, from: 4, entries: [] });
          // Whoever knows more than there is, knows nothing of use.
          expect(life.after(9)).toEqual({ head: 4, from: 4, entries: [] });
          expect(life.entryCount).toBe(4);
        }
      });
    });

    test("forgets what a later entry implies, of the same cache alone", async () => {
      await withStorage(undefined, (open) => {
        const log = open();
        log.append("cache", [key("a"), tag("a"), key("b"), key("a")]);
        log.append("edge", [key("a"), key("a")]);
        const versions = (): number[] => log.after(0).entries.map(({ version }) => version);
        expect(versions()).toEqual([2, 3, 4, 6]);
        log.append("cache", [ALL]);
        expect(versions()).toEqual([6, 7]);
        log.append("cache", [key("a"), ALL]);
        expect(versions()).toEqual([6, 9]);
        expect(open().after(0)).toMatchObject({ head: 9, from: 0 });
      });
    });

    test("drops the oldest beyond its size, and says up to which version", async () => {
      await withStorage(3, (open) => {
        const log = open();
        log.append("cache", ["a", "b", "c"].map(key));
        expect(log.after(0).from).toBe(0);
        log.append("cache", [key("b"), key("d")]);
        const entries = [3, 4, 5].map((version) => expect.objectContaining({ version }));
        for (const life of [log, open()]) {
          expect(life.after(0)).toEqual({ head: 5, from: 1, entries });
          expect(life.after(2)).toEqual({ head: 5, from: 2, entries });
        }
        // What makes room for nothing is not dropped, though there is less now.
        log.append("cache", [ALL]);
        expect(open().after(0)).toMatchObject({ head: 6, from: 1, entries: [{ version: 6 }] });
        log.append(
          "cache",
          Array.from({ length: 9 }, (_, i) => key(`k${i}`)),
        );
        expect(open().after(0)).toMatchObject({ head: 15, from: 12 });
        expect(log.entryCount).toBe(3);
      });
    });

    test("keeps at most a thousand", async () => {
      await withStorage(undefined, (open) => {
        const log = open();
        for (let round = 0; round < 11; round++) {
          log.append(
            "cache",
            Array.from({ length: 100 }, (_, i) => key(`k${round}-${i}`)),
          );
        }
        expect(log.entryCount).toBe(1_000);
        expect(log.after(0)).toMatchObject({ head: 1_100, from: 100 });
      });
    });

    test("gives back every character as it was, and tells apart what differs", async () => {
      await withStorage(undefined, (open) => {
        const scopes = ODD_KEYS.flatMap((text) => [key(text), prefix(text), tag(text)]);
        open().append("cache", scopes);
        expect(
          open()
            .after(0)
            .entries.map((entry) => entry.scope),
        ).toEqual(scopes);
      });
    });

    test("whoever applies what it says knows as much as the whole log", async () => {
      await fc.assert(
        fc.asyncProperty(run, ({ maxEntries, steps }) =>
          withStorage(maxEntries, (open) => follow(open, maxEntries, steps)),
        ),
        random,
      );
    });
  });
}
