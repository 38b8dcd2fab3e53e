import type { CacheLog, CacheScope } from "../wire/cache-feed.ts";

/**
 * What has become invalid in the caches of a tenant, in order. Each invalidation has a version of
 * its own, one above that of the one before; the first is 1.
 *
 * The log forgets an invalidation that a later one implies: of the same scope of the same cache, or
 * of all of that cache. Whoever applies what is left knows no less. Beyond a number of entries it
 * drops the oldest, and tells so in {@link CacheLog.from}.
 */
export interface InvalidationLog {
  /** The version of the newest invalidation; 0 if there never was one. */
  readonly head: number;
  /** How many are kept. */
  readonly entryCount: number;
  /** Stores one invalidation for each scope, in their order: all of them, or none if it throws. */
  append(cache: string, scopes: readonly CacheScope[]): void;
  /** The log after a version. `from` is never above `head`, also if `since` is. */
  after(since: number): CacheLog;
}

/** How a log stands, for the health page. */
export interface InvalidationsHealth {
  readonly head: number;
  readonly entries: number;
}
