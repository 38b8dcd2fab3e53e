import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  InvalidationBounds,
  InvalidationLog,
} from "../../src/coordinator/invalidation-log.ts";
import {
  type CacheInvalidation,
  type CacheScope,
  OLDEST_ENTRY_MS,
} from "../../src/wire/cache-feed.ts";

/**
 * Runs `use` with a new storage. `open` makes a log over it; what one wrote, the next one sees.
 * @param bounds those that differ from the ones in production.
 */
export type WithInvalidationStorage = (
  bounds: Partial<InvalidationBounds>,
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
  /** Since the step before. */
  readonly afterMs: number;
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
  afterMs: fc.constantFrom(0, 0, 1, 2, 1_000, -5_000),
  reopens: fc.boolean(),
});

const run = fc.record({
  maxEntries: fc.integer({ min: 1, max: 8 }),
  maxCharacters: fc.constantFrom(40, 100, 1_000),
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
 * invalid. The cache applied what it had read before, takes what is older than `from` for invalid,
 * and so what is older than the floor of its cache.
 */
function compare(
  log: InvalidationLog,
  all: readonly CacheInvalidation[],
  versions: readonly number[],
  since: number,
): void {
  const { head, from, entries } = log.after(since);
  expect(head).toBe(versions.at(-1));
  expect(from).toBeGreaterThanOrEqual(Math.min(since, head));
  expect(from).toBeLessThanOrEqual(head);
  const told = entries.map(({ version }) => version);
  expect(told).toEqual([...new Set(told)].toSorted((one, other) => one - other));
  expect(told.at(0) ?? Infinity).toBeGreaterThan(since);
  const known = [...all.filter(({ version }) => version <= since), ...entries];
  const wrong: Entry[] = [];
  for (const version of versions) {
    for (const entry of entriesAt(version)) {
      const [is, seems] = [isInvalid(entry, all), version < from || isInvalid(entry, known)];
      const isCertain = version >= from && !isInvalid(entry, floors(entries));
      if (is ? !seems : seems && isCertain) wrong.push(entry);
    }
  }
  expect(wrong).toEqual([]);
  for (const cache of CACHES) {
    const own = entries.filter((one) => one.cache === cache);
    expect(log.after(since, cache)).toEqual({ head, from, entries: own });
  }
}

const floors = (entries: readonly CacheInvalidation[]): CacheInvalidation[] =>
  entries.filter(({ isFloor }) => isFloor === true);

function follow(
  open: () => InvalidationLog,
  { maxEntries, maxCharacters, steps }: typeof run extends fc.Arbitrary<infer Run> ? Run : never,
): void {
  const all: CacheInvalidation[] = [];
  let log = open();
  const versions = [log.head];
  const begin = log.head;
  let now = begin;
  for (const { cache, scopes, afterMs, reopens } of steps) {
    now += afterMs;
    log.append(cache, scopes, now);
    for (const said of scopes) {
      const version = Math.max((versions.at(-1) ?? 0) + 1, now);
      versions.push(version);
      all.push({ version, cache, scope: said });
    }
    if (reopens) log = open();
    const { entries, from } = log.after(0);
    expect(log.head).toBe(versions.at(-1));
    expect(log.entryCount).toBe(entries.length);
    expect(log.entryCount).toBeLessThanOrEqual(maxEntries);
    // As long as nothing had to make room, everything is known.
    const characters = all.reduce((sum, one) => sum + JSON.stringify(one.scope).length, 0);
    if (all.length <= maxEntries && characters <= maxCharacters) {
      expect([from, floors(entries)]).toEqual([begin, []]);
    }
    // A cache that has its share loses nothing to another.
    if (maxEntries >= 2 && maxCharacters >= 100) expect(from).toBe(begin);
  }
  for (const since of [0, ...versions, now + 60_000]) compare(log, all, versions, since);
}

/** What every {@link InvalidationLog} must do, whatever it is made of. */
export function invalidationLogContract(
  name: string,
  random: { readonly seed: number; readonly numRuns: number },
  withStorage: WithInvalidationStorage,
): void {
  /** Versions, counted from the beginning of the log. */
  const versionsOf = (log: InvalidationLog, begin: number): number[] =>
    log.after(0).entries.map(({ version }) => version - begin);
  const keys = (count: number, round = ""): CacheScope[] =>
    Array.from({ length: count }, (_, i) => key(`k${round}-${i}`));

  describe(`an invalidation log in ${name}`, () => {
    test("is empty at first, and begins where nothing from before is known", async () => {
      await withStorage({}, (open) => {
        const log = open();
        const { head } = log;
        expect([log.entryCount, log.droppedCount]).toEqual([0, 0]);
        expect(log.after(0)).toEqual({ head, from: head, entries: [] });
        log.append("cache", [], head + 5);
        expect(open().head).toBe(head);
      });
    });

    test("keeps one entry for each scope, in order, also for a later life", async () => {
      await withStorage({}, (open) => {
        const log = open();
        const begin = log.head;
        log.append("cache", [key("a"), prefix("a")], 0);
        log.append("edge", [tag("a")], 0);
        log.append("edge", [key("all")], 0);
        const entries = [
          { version: begin + 1, cache: "cache", scope: key("a") },
          { version: begin + 2, cache: "cache", scope: prefix("a") },
          { version: begin + 3, cache: "edge", scope: tag("a") },
          { version: begin + 4, cache: "edge", scope: key("all") },
        ];
        const head = begin + 4;
        for (const life of [log, open()]) {
          expect(life.after(0)).toEqual({ head, from: begin, entries });
          const later = { head, from: begin + 2, entries: entries.slice(2) };
          expect(life.after(begin + 2)).toEqual(later);
          expect(life.after(begin + 2, "edge")).toEqual(later);
          expect(life.after(begin + 2, "cache")).toEqual({ ...later, entries: [] });
          expect(life.after(head)).toEqual({ head, from: head, entries: [] });
          // Whoever knows more than there is, knows nothing of use.
          expect(life.after(head + 5)).toEqual({ head, from: head, entries: [] });
          expect(life.entryCount).toBe(4);
        }
      });
    });

    test("a version is the time, unless that is behind", async () => {
      await withStorage({}, (open) => {
        const log = open();
        const begin = log.head;
        log.append("cache", keys(2), begin + 1_000);
        log.append("cache", [tag("a")], begin + 500);
        open().append("cache", [tag("b")], begin + 2_000);
        expect(versionsOf(open(), begin)).toEqual([1_000, 1_001, 1_002, 2_000]);
      });
    });

    test("forgets what a later entry implies, of the same cache alone", async () => {
      await withStorage({}, (open) => {
        const log = open();
        const begin = log.head;
        log.append("cache", [key("a"), tag("a"), key("b"), key("a")], 0);
        log.append("edge", [key("a"), key("a")], 0);
        expect(versionsOf(log, begin)).toEqual([2, 3, 4, 6]);
        log.append("cache", [ALL], 0);
        expect(versionsOf(log, begin)).toEqual([6, 7]);
        log.append("cache", [key("a"), ALL], 0);
        expect(versionsOf(log, begin)).toEqual([6, 9]);
        expect(open().after(0)).toMatchObject({ head: begin + 9, from: begin });
        expect(log.droppedCount).toBe(0);
      });
    });

    test("forgets what is older than any entry, and nothing counts as invalid for it", async () => {
      await withStorage({}, (open) => {
        const log = open();
        const begin = log.head;
        log.append("cache", [key("a")], begin + 10);
        log.append("edge", [key("a")], begin + 20);
        log.append("edge", [key("b")], begin + 10 + OLDEST_ENTRY_MS);
        expect(versionsOf(log, begin)).toEqual([10, 20, 10 + OLDEST_ENTRY_MS]);
        log.append("edge", [key("b")], begin + 11 + OLDEST_ENTRY_MS);
        for (const life of [log, open()]) {
          expect(versionsOf(life, begin)).toEqual([20, 11 + OLDEST_ENTRY_MS]);
          expect([life.after(0).from, life.entryCount]).toEqual([begin, 2]);
        }
        expect(log.droppedCount).toBe(0);
      });
    });

    test("beyond its size the fullest cache loses its oldest to a floor, and no other", async () => {
      await withStorage({ maxEntries: 30 }, (open) => {
        const log = open();
        const begin = log.head;
        log.append("quiet", [tag("global")], 0);
        log.append("busy", keys(29), 0);
        expect([log.entryCount, log.droppedCount]).toEqual([30, 0]);
        log.append("busy", [key("one more")], 0);
        for (const life of [log, open()]) {
          // A tenth of the 30 is gone, and a floor is there for it.
          expect(life.entryCount).toBe(29);
          const { from, entries } = life.after(0);
          expect([from, entries[0]]).toEqual([
            begin,
            { version: begin + 1, cache: "quiet", scope: tag("global") },
          ]);
          const floor = { version: begin + 4, cache: "busy", scope: ALL, isFloor: true };
          expect(entries[1]).toEqual(floor);
          expect(entries[2]?.version).toBe(begin + 5);
        }
        expect(log.droppedCount).toBe(3);
        // The next floor takes the place of the last.
        log.append("busy", keys(5, "next"), 0);
        expect(floors(open().after(0).entries)).toHaveLength(1);
        // And all of a cache is more than any floor.
        log.append("busy", [ALL], 0);
        expect(versionsOf(open(), begin)).toEqual([1, 37]);
      });
    });

    test("beyond its characters the cache with the longest scopes makes room", async () => {
      await withStorage({ maxCharacters: 3_000 }, (open) => {
        const log = open();
        log.append("quiet", keys(20), 0);
        for (let round = 0; round < 9; round++) {
          log.append("long", [key(`${round}${"x".repeat(500)}`)], 0);
        }
        const { from, entries } = open().after(0);
        expect(entries.filter(({ cache }) => cache === "quiet")).toHaveLength(20);
        expect(floors(entries).map(({ cache }) => cache)).toEqual(["long"]);
        expect(JSON.stringify(entries).length).toBeLessThan(6_000);
        expect(from).toBe(log.after(0).from);
        expect(log.droppedCount).toBeGreaterThan(3);
      });
    });

    test("of more caches than it has room for, the oldest entry raises `from` for all", async () => {
      await withStorage({ maxEntries: 3 }, (open) => {
        const log = open();
        const begin = log.head;
        for (const cache of ["a", "b", "c", "d", "e"]) log.append(cache, [ALL], 0);
        for (const life of [log, open()]) {
          expect(life.after(0)).toMatchObject({ head: begin + 5, from: begin + 2 });
          expect(versionsOf(life, begin)).toEqual([3, 4, 5]);
        }
        expect(log.droppedCount).toBe(2);
      });
    });

    test("keeps ten thousand of one cache, and what another has beside it", async () => {
      await withStorage({}, (open) => {
        const log = open();
        const begin = log.head;
        log.append("quiet", [key("a")], 0);
        for (let round = 0; round < 101; round++) log.append("busy", keys(100, `${round}`), 0);
        expect(log.entryCount).toBeLessThanOrEqual(10_000);
        expect(log.entryCount).toBeGreaterThan(9_000);
        const { from, entries } = log.after(0);
        expect([from, entries[0]?.cache]).toEqual([begin, "quiet"]);
        expect(log.after(0, "quiet").entries).toHaveLength(1);
      });
    });

    test("gives back every character as it was, and tells apart what differs", async () => {
      await withStorage({}, (open) => {
        const scopes = ODD_KEYS.flatMap((text) => [key(text), prefix(text), tag(text)]);
        open().append("cache", scopes, 0);
        expect(
          open()
            .after(0)
            .entries.map((entry) => entry.scope),
        ).toEqual(scopes);
      });
    });

    test("whoever applies what it says knows as much as the whole log", async () => {
      await fc.assert(
        fc.asyncProperty(run, (about) => withStorage(about, (open) => follow(open, about))),
        random,
      );
    });
  });
}
