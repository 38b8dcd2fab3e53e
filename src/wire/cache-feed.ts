/**
 * What is invalid from now on. `key`, `prefix` and `tag` are held against the full keys of a cache,
 * which are `KIND:KEY`, and the tags of its entries. Each is 1 to {@link MAX_SCOPE_CHARACTERS}.
 */
export type CacheScope =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "all" };

/** One invalidation, in the order of a tenant's log. */
export interface CacheInvalidation {
  /** Grows by one with each invalidation of the tenant; the first is 1. */
  readonly version: number;
  /** The cache that it is about: the target that its lookups are reported on. */
  readonly cache: string;
  readonly scope: CacheScope;
}

export const MAX_SCOPE_CHARACTERS = 512;

/** Most scopes of one request. */
export const MAX_REQUEST_SCOPES = 100;

/** Most invalidations that a tenant's log keeps: an entry from before them counts as invalid. */
export const MAX_LOGGED_INVALIDATIONS = 1_000;

/** The log after a version. */
export interface CacheLog {
  /** The version of the newest invalidation; 0 if there never was one. */
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
  /** The invalidations after a version. */
  cacheLog(since: number): Promise<CacheLogAnswer>;
  /**
   * Makes entries invalid in every isolate. The answer comes after they are in durable storage.
   * @returns the log after `since`, with what was added.
   */
  invalidateCache(
    cache: string,
    scopes: readonly CacheScope[],
    since: number,
  ): Promise<CacheLogAnswer>;
}
