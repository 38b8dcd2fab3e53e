import type { CacheLogAnswer, CacheScope } from "../../wire/cache-feed.ts";

/** Where a cache hears what has become invalid. */
export interface InvalidationFeed {
  /** The newest version that this isolate has heard of; 0 if of none. No I/O. */
  readonly head: number;
  /**
   * The log after a version. Never rejects: an answer that is not ok says why.
   * @param cache whose invalidations are wanted; older servers give those of all
   */
  read(since: number, cache?: string): Promise<CacheLogAnswer>;
  /**
   * Makes entries of a cache invalid in every isolate. Never rejects: an answer that is not ok says
   * why.
   * @param since the version up to which the caller has read the log
   * @returns the log of this cache after `since`, with what was added.
   */
  invalidate(cache: string, scopes: readonly CacheScope[], since: number): Promise<CacheLogAnswer>;
}
