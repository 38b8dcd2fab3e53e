import fc from "fast-check";
import { expect, test } from "vitest";
import type { CacheScope } from "../../../../src/wire/cache-feed.ts";
import { seedOf } from "../../../support/seeded.ts";
import { CacheWorld, type Health, type Isolate } from "./cache-world.ts";

const seed = seedOf("never stale", process.env["SEED"]);
const numRuns = Number(process.env["RUNS"] ?? 300);

const ISOLATES = 3;
const TTL_MS = 10_000;
const STALE_MS = 5_000;
const MAX_ENTRIES = 3;
/** So few that the log forgets. */
const KEPT_INVALIDATIONS = 4;

const KEYS = ["a", "a1", "a2", "b", "b1"] as const;
type Key = (typeof KEYS)[number];
const TAGS: Readonly<Record<Key, readonly string[]>> = {
  a: [],
  a1: ["one"],
  a2: ["two", "even"],
  b: ["two"],
  b1: ["one", "two"],
};

type Fate = "gives" | "throws" | "hangs" | "nothing";

type Step =
  | {
      readonly do: "get";
      readonly isolate: number;
      readonly key: Key;
      readonly fate: Fate;
      readonly delayMs: number;
      readonly count: number;
    }
  | { readonly do: "invalidate"; readonly isolate: number; readonly scope: CacheScope }
  /** By somebody who is no isolate of ours. */
  | { readonly do: "elsewhere"; readonly scope: CacheScope; readonly cache: string }
  | { readonly do: "hear"; readonly isolate: number }
  /** The log loses its storage. */
  | { readonly do: "anew" }
  | { readonly do: "advance"; readonly durationMs: number }
  | { readonly do: "kv"; readonly health: Health }
  | { readonly do: "lag"; readonly lags: boolean }
  | { readonly do: "feed"; readonly isolate: number; readonly health: Health };

const isolate = fc.nat(ISOLATES - 1);
const key = fc.constantFrom(...KEYS);
const health = fc.constantFrom<Health>("well", "well", "fails", "hangs", "mute");

const scope: fc.Arbitrary<CacheScope> = fc.oneof(
  key.map((of) => ({ kind: "key" as const, key: `k:${of}` })),
  fc.constantFrom("k:", "k:a", "k:b1", "x").map((prefix) => ({ kind: "prefix" as const, prefix })),
  fc.constantFrom("one", "two", "even", "none").map((tag) => ({ kind: "tag" as const, tag })),
  fc.constant({ kind: "all" as const }),
);

const get = fc.record({
  do: fc.constant("get" as const),
  isolate,
  key,
  fate: fc.constantFrom<Fate>("gives", "gives", "gives", "gives", "throws", "hangs", "nothing"),
  delayMs: fc.constantFrom(0, 0, 0, 1, 20, 700, 2_500),
  count: fc.integer({ min: 1, max: 3 }),
});

const advance = fc.record({
  do: fc.constant("advance" as const),
  durationMs: fc.constantFrom(0, 1, 1, 10, 300, 1_100, 5_000, TTL_MS, 60_000),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: get },
  { weight: 5, arbitrary: advance },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("invalidate" as const), isolate, scope }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("elsewhere" as const),
      scope,
      cache: fc.constantFrom("cache", "cache", "another"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("hear" as const), isolate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kv" as const), health }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("anew" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("lag" as const), lags: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("feed" as const), isolate, health }) },
);

function isMatch(of: CacheScope, matched: Key): boolean {
  switch (of.kind) {
    case "key":
      return of.key === `k:${matched}`;
    case "prefix":
      return `k:${matched}`.startsWith(of.prefix);
    case "tag":
      return TAGS[matched].includes(of.tag);
    case "all":
      return true;
  }
}

/** When something happened, by the count of everything that happened. */
interface Invalidation {
  readonly event: number;
  readonly scope: CacheScope;
}

/** What a loader gives: which load it was. */
interface Loaded {
  readonly key: Key;
  readonly event: number;
}

/** Isolates whose every answer is held against all that happened before. */
class Fleet {
  readonly world = new CacheWorld(KEPT_INVALIDATIONS);
  readonly isolates: Isolate[];
  events = 0;
  lookups = 0;
  ended = 0;
  /** Answers that had to be newer than some invalidation. */
  bound = 0;
  readonly faults: string[] = [];
  /** By version. */
  readonly #logged = new Map<number, Invalidation>();
  readonly #local: Invalidation[][] = Array.from({ length: ISOLATES }, () => []);
  readonly #endedAt = new Map<number, number>();
  readonly #loading = new Map<string, number>();
  mostAtOnce = 0;

  constructor() {
    const options = {
      maxEntries: MAX_ENTRIES,
      defaultKind: { ttlMs: TTL_MS, staleMs: STALE_MS },
      negativeTtlMs: 1_000,
      loaderTimeoutMs: 3_000,
    };
    this.isolates = Array.from({ length: ISOLATES }, () => this.world.isolate(options));
    // Whatever comes into the log: when it does.
    const { log } = this.world;
    const add = log.add.bind(log);
    log.add = (cache, of) => {
      this.events += 1;
      const invalidation = { event: this.events, scope: of };
      add(cache, of);
      if (cache === "cache") this.#logged.set(log.head, invalidation);
    };
  }

  async take(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      await this.#take(one);
      for (const { entries } of this.isolates.map((of) => of.request().stats())) {
        if (entries > MAX_ENTRIES) this.faults.push(`${entries} entries`);
      }
    }
    await this.world.time.advance(60_000);
    if (this.ended !== this.lookups) this.faults.push("a lookup hangs");
  }

  async #take(one: Step): Promise<void> {
    const { world } = this;
    switch (one.do) {
      case "get":
        for (let time = 0; time < one.count; time += 1) void this.#get(one);
        return;
      case "invalidate": {
        this.events += 1;
        this.#local[one.isolate]?.push({ event: this.events, scope: one.scope });
        void this.isolates[one.isolate]?.request().invalidate(one.scope);
        return;
      }
      case "elsewhere":
        return world.log.add(one.cache, one.scope);
      case "hear":
        return this.isolates[one.isolate]?.hear(world.log.head);
      case "anew":
        return world.log.beginAnew();
      case "advance":
        return world.time.advance(one.durationMs);
      case "kv":
        world.kv.health = one.health;
        return;
      case "lag":
        world.kv.past = one.lags ? new Map(world.kv.values) : undefined;
        return;
      case "feed": {
        const told = this.isolates[one.isolate];
        if (told !== undefined) told.health = one.health;
      }
    }
  }

  async #load({ isolate: by, key: of, fate, delayMs }: Step & { do: "get" }): Promise<unknown> {
    const { time } = this.world;
    this.events += 1;
    const loaded: Loaded = { key: of, event: this.events };
    const flight = `${by} ${of}`;
    const atOnce = (this.#loading.get(flight) ?? 0) + 1;
    this.#loading.set(flight, atOnce);
    this.mostAtOnce = Math.max(this.mostAtOnce, atOnce);
    const lengthMs = fate === "hangs" ? 3_000 : delayMs;
    if (lengthMs > 0) {
      await new Promise<void>((resolve) => {
        time.timer(resolve, lengthMs);
      });
    }
    this.#loading.set(flight, (this.#loading.get(flight) ?? 1) - 1);
    this.#endedAt.set(loaded.event, time.now);
    if (fate === "hangs") return new Promise(() => {});
    if (fate === "throws") throw new Error("the loader failed");
    return fate === "nothing" ? null : loaded;
  }

  async #get(one: Step & { do: "get" }): Promise<void> {
    const by = this.isolates[one.isolate];
    if (by === undefined) return;
    this.lookups += 1;
    const cache = by.request();
    const before = cache.stats();
    const beganAt = this.world.time.now;
    const local = this.#local[one.isolate] ?? [];
    const own = local.filter(({ scope: of }) => isMatch(of, one.key));
    const heard = [...this.#logged]
      .flatMap(([version, of]) => (version <= by.feed.head ? [of] : []))
      .filter(({ scope: of }) => isMatch(of, one.key));
    let value: unknown;
    try {
      value = await cache.get("k", one.key, () => this.#load(one), { tags: TAGS[one.key] });
    } catch {
      // Its loader, or that of whoever did the work, failed.
      return;
    } finally {
      this.ended += 1;
    }
    if (value === null) return;
    const { key: of, event } = asLoaded(value);
    if (of !== one.key) this.faults.push(`${one.key} is that of ${of}`);
    const isVerified = cache.stats().unverified === before.unverified;
    const after = [...own, ...(isVerified ? heard : [])].map((at) => at.event);
    if (after.length > 0) this.bound += 1;
    for (const at of after) {
      if (event < at) this.faults.push(`${of} of ${event} was served, made invalid at ${at}`);
    }
    const agedMs = beganAt - (this.#endedAt.get(event) ?? beganAt);
    if (agedMs >= TTL_MS + STALE_MS) this.faults.push(`${of} was ${agedMs} ms old`);
  }
}

function asLoaded(value: unknown): Loaded {
  if (typeof value === "object" && value !== null && "event" in value && "key" in value) {
    return value as Loaded;
  }
  throw new Error(`no loader gave ${JSON.stringify(value)}`);
}

test("nothing is served that was loaded before an invalidation the isolate had heard of", async () => {
  let bound = 0;
  let verified = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const fleet = new Fleet();
      await fleet.take(steps);
      expect(fleet.faults).toEqual([]);
      bound += fleet.bound;
      for (const { recorder, kept } of fleet.isolates) {
        await Promise.race([Promise.all(kept), fleet.world.time.settle()]);
        const wrong = recorder.failures.filter((text) => text.startsWith("cache: "));
        expect(wrong).toEqual([]);
      }
      // Each lookup is one timing, under the layer that answered it.
      const timings = fleet.isolates.flatMap(({ recorder }) => recorder.timings);
      const lookups = timings.filter(({ operation }) => ["l1", "l2", "l3"].includes(operation));
      expect(lookups).toHaveLength(fleet.lookups);
      const stats = fleet.isolates.map((of) => of.request().stats());
      const counted = stats.map(({ l1Hits, l2Hits, misses }) => l1Hits + l2Hits + misses);
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(fleet.lookups);
      verified += stats.reduce((sum, { unverified }) => sum + unverified, 0);
    }),
    { seed, numRuns },
  );
  // That it had anything to say, about either.
  expect(bound).toBeGreaterThan(numRuns);
  expect(verified).toBeGreaterThan(0);
});

test("without invalidations an isolate never loads a key twice at the same time", async () => {
  const quiet = fc.oneof({ weight: 3, arbitrary: get }, { weight: 2, arbitrary: advance });
  await fc.assert(
    fc.asyncProperty(fc.array(quiet, { minLength: 10, maxLength: 60 }), async (steps) => {
      const fleet = new Fleet();
      await fleet.take(steps);
      expect(fleet.faults).toEqual([]);
      expect(fleet.mostAtOnce).toBeLessThanOrEqual(1);
      const stats = fleet.isolates.map((of) => of.request().stats());
      expect(stats.map(({ lost }) => lost)).toEqual([0, 0, 0]);
    }),
    { seed, numRuns },
  );
});
