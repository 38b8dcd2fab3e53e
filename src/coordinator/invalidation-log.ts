import type { CacheLog, CacheScope } from "../wire/cache-feed.ts";

/**
 * What has become invalid in the caches of a tenant, in order. Versions are times, see
 * `CacheInvalidation`; a log that is new has the time at which it began for its head, and takes
 * everything from before for unknown.
 *
 * The log forgets an invalidation that a later one implies (of the same scope of the same cache, or
 * of all of that cache), and one that is older than any entry can be. Whoever applies what is left
 * knows no less. Beyond its bounds the cache that takes the most room loses its oldest entries, a
 * tenth at a time; a floor stands for them, `CacheInvalidation.isFloor`. Only if there are too many
 * caches for that, {@link CacheLog.from} rises for all.
 */
export interface InvalidationLog {
  /** The version of the newest invalidation, or when the log began. */
  readonly head: number;
  /** How many are kept. */
  readonly entryCount: number;
  /** How many had to make room in this life. */
  readonly droppedCount: number;
  /**
   * Stores one invalidation for each scope, in their order: all of them, or none if it throws.
   * @param atMs - Epoch milliseconds.
   */
  append(cache: string, scopes: readonly CacheScope[], atMs: number): void;
  /**
   * The log after a version, of one cache or of all. `from` is never above `head`, also if `since`
   * is.
   */
  after(since: number, cache?: string): CacheLog;
}

/** What an {@link InvalidationLog} may hold. */
export interface InvalidationBounds {
  readonly maxEntries: number;
  /** Of scopes as JSON. */
  readonly maxCharacters: number;
}

/** So much of what a cache has in the log goes at a time, when it has to make room. */
export const DROPPED_SHARE = 1 / 10;

/** How a log stands, for the health page. */
export interface InvalidationsHealth {
  readonly head: number;
  readonly entries: number;
  /** How many had to make room since the coordinator's `startedAt`: older entries count as invalid. */
  readonly dropped: number;
}
