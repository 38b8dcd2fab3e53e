import { type CacheScope, MAX_REQUEST_SCOPES } from "../../wire/cache-feed.ts";
import { cacheScopeProblem } from "../../wire/cache-scope-problem.ts";
import { classifyError } from "../classify.ts";
import type { CacheClient } from "./cache-client.ts";
import type { CacheStats } from "./cache-counters.ts";
import { checkedTags, fullKeyOf } from "./cache-key.ts";
import { type CacheOptions, completeCacheOptions } from "./cache-options.ts";
import { CacheState } from "./cache-state.ts";
import { EntrySource } from "./entry-source.ts";
import { bareOf } from "../bare-of.ts";
import { withTtl } from "./kind-policies.ts";
import type { CacheEntry, CacheMark } from "./l1-cache.ts";
import type { CacheNamespace } from "./l2-cache.ts";
import type { Lookup, LookupAnswer } from "./lookup.ts";
import { type Flight, LOST } from "./single-flight.ts";

/** What a lookup may say about the value that it may load. */
export interface LookupOptions {
  /** What it can be made invalid by, beside its key: at most 16 of at most 128 characters. */
  readonly tags?: readonly string[] | undefined;
  /** How long it is fresh, milliseconds. Default that of the kind. */
  readonly ttlMs?: number | undefined;
}

/** Whether an invalidation reaches the other isolates. In this one it is in force in any case. */
export type Invalidated =
  | { readonly isPublished: true; readonly version: number }
  | { readonly isPublished: false; readonly detail: string };

/** After so many attempts that came to nothing, a lookup no longer relies on others. */
const MAX_SHARED = 3;

type KeyFlight = Flight<CacheMark, LookupAnswer>;

/**
 * A cache with three layers, on behalf of one request: the isolate (L1), KV (L2), and the caller's
 * loader (L3). Each lookup is recorded once, under the layer that answered it: `l1` and `l2` as
 * hits, `l3` as a miss, or as an error or a timeout if the loader failed.
 *
 * A lookup never gets a value whose load began before an invalidation that this isolate had heard
 * of when the lookup began, unless the log could not be read: such hits are counted as
 * `unverified`. An isolate hears of invalidations by its own, and with the answers to its reports.
 */
export class CacheManager {
  readonly #state: CacheState;
  readonly #client: CacheClient;
  readonly #source: EntrySource;

  constructor(state: CacheState, client: CacheClient) {
    this.#state = state;
    this.#client = client;
    this.#source = new EntrySource(state, client);
  }

  /** What keeps the entries in this isolate: the same for all of a namespace and a name. */
  get place(): object {
    return this.#state;
  }

  /**
   * The value of a key: from the isolate, from KV, or from `loader`, which is called at most once at
   * a time for all who want it. Everybody in the isolate gets the same object: do not change it.
   * What JSON does not carry is kept in the isolate alone. A stale value is answered at once and
   * loaded anew in the background.
   *
   * @param kind decides how long the value is fresh, for example `attribution`: a name without
   * colons
   * @param key any characters, together with the kind and a colon at most 512
   * @param loader null or undefined mean that there is nothing, which is remembered as well. What it
   * throws reaches everybody who waits for it, and is not kept.
   * A loader that asks for its own key waits for itself until that, unless it asks before its first
   * `await`, which is a TypeError.
   * @throws TypeError or RangeError for a kind, a key, tags or a time that cannot be, and for a value
   * that belongs to its request, as a `Response` or a stream; a `TimeoutError` if the loader takes
   * longer than `loaderTimeoutMs`; whatever the loader throws.
   */
  async get<Value>(
    kind: string,
    key: string,
    loader: () => Value | PromiseLike<Value>,
    options?: LookupOptions,
  ): Promise<Value> {
    const { policies, l1, watch, counters } = this.#state;
    const policy = policies.of(kind);
    const fullKey = fullKeyOf(kind, key);
    const now = this.#client.now();
    const entry = l1.get(fullKey, now);
    let value: unknown;
    if (
      entry !== undefined &&
      now < entry.freshUntil &&
      watch.check(entry, this.#client.cacheFeed.head) === "valid"
    ) {
      counters.l1Hits += 1;
      // No I/O, so no time has passed.
      this.#client.record(this.#state.options.name, "l1", 0, "hit");
      value = entry.value;
    } else {
      const ownPolicy = withTtl(policy, options?.ttlMs);
      const tags = checkedTags(options?.tags);
      value = await this.#lookUp({ key: fullKey, policy: ownPolicy, tags, loader });
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a key holds is its loader's
    return value as Value;
  }

  /** Makes the value of one key invalid. See {@link invalidate}. */
  async invalidateKey(kind: string, key: string): Promise<Invalidated> {
    this.#state.policies.of(kind);
    return this.invalidate({ kind: "key", key: fullKeyOf(kind, key) });
  }

  /** Makes the values of a kind invalid whose keys begin so; with no prefix all of the kind. */
  async invalidatePrefix(kind: string, keyPrefix = ""): Promise<Invalidated> {
    this.#state.policies.of(kind);
    return this.invalidate({ kind: "prefix", prefix: `${kind}:${keyPrefix}` });
  }

  /** Makes the values that have a tag invalid, whatever their kind. See {@link invalidate}. */
  async invalidateTag(tag: string): Promise<Invalidated> {
    return this.invalidate({ kind: "tag", tag });
  }

  /** Makes everything in this cache invalid. See {@link invalidate}. */
  async invalidateAll(): Promise<Invalidated> {
    return this.invalidate({ kind: "all" });
  }

  /**
   * Makes entries invalid: in this isolate before the call returns, everywhere else as soon as they
   * hear of it. What is being loaded meanwhile is answered to those who wait for it already, and not
   * kept. Nothing is deleted, and KV is not asked.
   *
   * @param scopes 1 to 100, in terms of full keys, `KIND:KEY`
   * @returns whether it is published. If not, this isolate alone knows; it sends it again with its
   * next lookups and invalidations, as long as it lives. Whoever must be sure asks again later. For
   * 5 s after Tachograph could not be reached, and longer each time up to 60 s, nobody waits for it.
   * @throws TypeError or RangeError for a scope that cannot be.
   */
  async invalidate(scopes: CacheScope | readonly CacheScope[]): Promise<Invalidated> {
    const list = isList(scopes) ? scopes : [scopes];
    checkScopes(list);
    const { watch } = this.#state;
    const answer = await watch.invalidate(list, this.#client);
    if (answer.ok) return { isPublished: true, version: answer.head };
    this.#client.noteFailure("cache invalidation", answer.detail);
    return { isPublished: false, detail: answer.detail };
  }

  /** What became of every lookup of this cache in this isolate so far. */
  stats(): CacheStats {
    return this.#state.stats();
  }

  async #lookUp(lookup: Lookup): Promise<unknown> {
    if (this.#state.loadingKey === lookup.key) {
      throw new TypeError(
        `the loader of ${JSON.stringify(lookup.key)} asks for its own key: it would wait for itself`,
      );
    }
    const { watch, counters, options } = this.#state;
    const startedAt = this.#client.stopwatch();
    for (let turn = 0; ; turn += 1) {
      if (this.#isDoubtful(lookup.key)) await watch.catchUp(this.#client, this);
      const now = this.#client.now();
      const entry = this.#usable(lookup.key, now);
      if (entry !== undefined) {
        counters.l1Hits += 1;
        this.#client.record(options.name, "l1", this.#client.elapsedMs(startedAt), "hit");
        this.#refreshIfStale(lookup, entry, now);
        return entry.value;
      }
      const shared = turn < MAX_SHARED ? this.#shared(lookup.key, now) : undefined;
      const answer = await (shared ?? this.#lead(lookup, now, () => this.#source.find(lookup)));
      if (answer === LOST) counters.lost += 1;
      else if (turn >= MAX_SHARED || !this.#isOver(answer)) {
        if (shared !== undefined) counters.shared += 1;
        return this.#answered(lookup, answer, startedAt);
      }
    }
  }

  /** What others do for this key, if it may be relied on. */
  #shared(key: string, now: number): Promise<LookupAnswer | typeof LOST> | undefined {
    const { watch, flights, counters } = this.#state;
    const flight = flights.underWay(key, now);
    if (flight === undefined) return undefined;
    const verdict = watch.check(flight.about, this.#client.cacheFeed.head);
    // It began before something that this lookup must respect.
    if (verdict === "invalid") return undefined;
    if (verdict === "unverified") counters.unverified += 1;
    return this.#follow(key, flight);
  }

  async #follow(key: string, flight: KeyFlight): Promise<LookupAnswer | typeof LOST> {
    const { flights } = this.#state;
    const answer = await flights.follow(flight, this);
    if (answer === LOST) flights.drop(key, flight);
    return answer;
  }

  /** Whether what KV had was made invalid by its own tags, after it was found good. */
  #isOver(answer: LookupAnswer): boolean {
    if (answer.layer !== "l2") return false;
    const verdict = this.#state.watch.check(answer.entry, this.#client.cacheFeed.head);
    return verdict === "invalid";
  }

  /** Whether there is something to be had for a key, but also news that it has not stood up to. */
  #isDoubtful(key: string): boolean {
    const { watch, l1, flights } = this.#state;
    const { head } = this.#client.cacheFeed;
    if (!watch.hasNews(head)) return false;
    const now = this.#client.now();
    const marks = [l1.get(key, now), flights.underWay(key, now)?.about];
    return marks.some((mark) => mark !== undefined && watch.check(mark, head) === "unverified");
  }

  /** The entry in the isolate, if it is good as far as can be known. */
  #usable(key: string, now: number): CacheEntry | undefined {
    const { l1, watch, counters } = this.#state;
    const entry = l1.get(key, now);
    if (entry === undefined) return undefined;
    const verdict = watch.check(entry, this.#client.cacheFeed.head);
    if (verdict === "invalid") {
      watch.countInvalid(entry);
      l1.delete(key);
      return undefined;
    }
    if (verdict === "unverified") counters.unverified += 1;
    return entry;
  }

  #lead(lookup: Lookup, now: number, work: () => Promise<LookupAnswer>): Promise<LookupAnswer> {
    const { watch, flights } = this.#state;
    const about = watch.mark(lookup.key, lookup.tags, this.#client.cacheFeed.head);
    const done = flights.lead(lookup.key, this, about, now, this.#state.endOf(now), work);
    // Others may wait for it, and it is worth having, even if this request's caller is gone.
    this.#client.keepAlive(done);
    return done;
  }

  /** @throws what the loader threw. */
  #answered(lookup: Lookup, answer: LookupAnswer, startedAt: number): unknown {
    const { counters, options, l1 } = this.#state;
    const durationMs = this.#client.elapsedMs(startedAt);
    const measures = { keys: l1.size };
    if (answer.layer === "l2") {
      counters.l2Hits += 1;
      this.#client.record(options.name, "l2", durationMs, "hit", measures);
      this.#refreshIfStale(lookup, answer.entry, this.#client.now());
      return answer.value;
    }
    counters.misses += 1;
    if (answer.layer === "failed") {
      const outcome = classifyError(answer.error);
      this.#client.record(options.name, "l3", durationMs, outcome, measures);
      throw answer.error;
    }
    this.#client.record(options.name, "l3", durationMs, "miss", measures);
    return answer.value;
  }

  #refreshIfStale(lookup: Lookup, entry: CacheEntry, now: number): void {
    if (now < entry.freshUntil) return;
    this.#state.counters.staleHits += 1;
    const isUnderWay = this.#state.flights.underWay(lookup.key, now) !== undefined;
    if (isUnderWay || now < entry.retryAt) return;
    void this.#lead(lookup, now, () => this.#refresh(lookup, entry));
  }

  /** Never rejects. */
  async #refresh(lookup: Lookup, entry: CacheEntry): Promise<LookupAnswer> {
    const { counters, options, l1 } = this.#state;
    const startedAt = this.#client.stopwatch();
    const answer = await this.#source.load(lookup);
    const durationMs = this.#client.elapsedMs(startedAt);
    const outcome = answer.layer === "failed" ? classifyError(answer.error) : "ok";
    this.#client.record(options.name, "refresh", durationMs, outcome, { keys: l1.size });
    if (answer.layer === "failed") {
      counters.refreshErrors += 1;
      entry.retryAt = this.#client.now() + REFRESH_RETRY_MS;
      this.#client.noteFailure("cache refresh", answer.error);
    }
    return answer;
  }
}

/** After a reload failed, so long the stale value is answered without another attempt. */
const REFRESH_RETRY_MS = 1_000;

function isList(scopes: CacheScope | readonly CacheScope[]): scopes is readonly CacheScope[] {
  return Array.isArray(scopes);
}

function checkScopes(scopes: readonly CacheScope[]): void {
  if (scopes.length === 0 || scopes.length > MAX_REQUEST_SCOPES) {
    throw new RangeError(
      `invalidate takes 1 to ${MAX_REQUEST_SCOPES} scopes, not ${scopes.length}: ` +
        "use a prefix or a tag for many entries",
    );
  }
  for (const scope of scopes) {
    const problem = cacheScopeProblem(scope);
    if (problem !== undefined) throw new RangeError(`a scope's ${problem}`);
  }
}

const MISSING = "the KV binding is missing: check wrangler.toml";

/** Stands in for a namespace that is missing from the Worker's configuration: everything fails. */
const missingNamespace: CacheNamespace = {
  get: () => Promise.reject(new Error(MISSING)),
  put: () => Promise.reject(new Error(MISSING)),
};

const states = new WeakMap<object, Map<string, CacheState>>();

/**
 * A namespace that is instrumented would be another one in each request, and each look into it would
 * be counted here and there.
 */
function bareNamespace(kv: CacheNamespace): CacheNamespace {
  const bare = bareOf(kv);
  return isNamespace(bare) ? bare : kv;
}

function isNamespace(object: object): object is CacheNamespace {
  return "get" in object && "put" in object;
}

/**
 * The cache for one request. What it holds is kept per isolate, namespace and name, so this costs
 * two small objects and may be called on every request.
 *
 * @param client the request's `Tachograph`
 * @param kv where the second layer is: the bare namespace, or an instrumented one, in which the
 * lookups are then not counted a second time. If it is missing there is none, and that is counted.
 * @param options those of the first call for a namespace and a name in an isolate hold, no later
 * ones.
 * @throws RangeError that names the first bad option.
 */
export function cacheManager(
  client: CacheClient,
  kv: CacheNamespace,
  options: Partial<CacheOptions> = {},
): CacheManager {
  const isObject = typeof kv === "function" || (typeof kv === "object" && !!kv);
  const namespace = isObject ? bareNamespace(kv) : missingNamespace;
  const name = options.name ?? "cache";
  const byName = states.get(namespace) ?? new Map<string, CacheState>();
  const state = byName.get(name) ?? new CacheState(namespace, completeCacheOptions(options));
  byName.set(name, state);
  states.set(namespace, byName);
  return new CacheManager(state, client);
}
