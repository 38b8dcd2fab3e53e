/**
 * What is invalid from now on. `key`, `prefix` and `tag` are held against the full keys of a cache,
 * which are `KIND:KEY`, and the tags of its entries. Each is 1 to {@link MAX_SCOPE_CHARACTERS}, a tag
 * at most {@link MAX_TAG_CHARACTERS}; a key has a kind and a colon, and a prefix the beginning of one.
 */
export type CacheScope =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "all" };

/** One invalidation, in the order of a tenant's log. */
export interface CacheInvalidation {
  /**
   * Larger with each invalidation of the tenant: the time at which it was stored, epoch milliseconds,
   * or one more than the last if that is not larger. So a log that begins anew goes on above the old
   * one, and whoever knows the old one sees that there is news.
   */
  readonly version: number;
  /** The cache that it is about: the target that its lookups are reported on. */
  readonly cache: string;
  readonly scope: CacheScope;
  /**
   * It stands for invalidations up to `version` that had to make room: what exactly became invalid is
   * not known any more, so all of the cache that is older counts as invalid.
   */
  readonly isFloor?: true | undefined;
}

export const MAX_SCOPE_CHARACTERS = 512;

/** Longest tag of an entry. */
export const MAX_TAG_CHARACTERS = 128;

/** Most scopes of one request. */
export const MAX_REQUEST_SCOPES = 100;

/** Most invalidations that a tenant's log keeps, over all caches. */
export const MAX_LOGGED_INVALIDATIONS = 10_000;

/** Most characters of their scopes, as JSON: so no answer is larger than an RPC carries with ease. */
export const MAX_LOGGED_CHARACTERS = 1_000_000;

const DAY_MS = 86_400_000;

/** How long a cache may be asked to keep an entry fresh, and stale after that: 30 days each. */
export const MAX_TTL_MS = 30 * DAY_MS;

/**
 * So old no entry of any cache is, even if its load took long and clocks differ. What became invalid
 * before is of no use to anybody.
 */
export const OLDEST_ENTRY_MS = 2 * MAX_TTL_MS + DAY_MS;

/** The log after a version. */
export interface CacheLog {
  /** The version of the newest invalidation, or when the log began if there is none. */
  readonly head: number;
  /**
   * What came after this version is complete in `entries`; of what came before nothing is known any
   * more, if it is above the version that was asked for.
   */
  readonly from: number;
  /** In order. */
  readonly entries: readonly CacheInvalidation[];
}

export type CacheLogAnswer =
  | ({ readonly ok: true } & CacheLog)
  | { readonly ok: false; readonly reason: "unavailable" | "invalid"; readonly detail: string };

/** What a tracking Worker's service binding offers to its caches. */
export interface CacheFeedBinding {
  /** The invalidations after a version: of one cache, or of all. */
  cacheLog(since: number, cache?: string): Promise<CacheLogAnswer>;
  /**
   * Makes entries invalid in every isolate. The answer comes after they are in durable storage.
   * @returns the log of this cache after `since`, with what was added.
   */
  invalidateCache(
    cache: string,
    scopes: readonly CacheScope[],
    since: number,
  ): Promise<CacheLogAnswer>;
}
