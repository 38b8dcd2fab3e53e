import type { CacheLog, CacheScope } from "./cache-feed.ts";
import type { RejectionCounts } from "./report.ts";

/** What a coordinator answers to a shard that announces itself. */
export type AnnounceAnswer =
  | {
      readonly admitted: true;
      readonly watched: boolean;
      /**
       * The version of the newest invalidation of the tenant's caches. Coordinators of before there
       * were caches leave it out.
       */
      readonly cacheHead?: number | undefined;
    }
  /** The tenant has as many targets as it may. */
  | { readonly admitted: false; readonly maxTargets: number };

/** The coordinator, as shards and the entry Worker call it. */
export interface CoordinatorRpc {
  /**
   * Makes sure that the coordinator knows the shard and ticks. A shard that is not admitted has
   * its `timings` written into the books as refused, and so is what was `refused` before them:
   * one that is admitted books that itself.
   */
  announce(shardName: string, timings: number, refused?: RejectionCounts): Promise<AnnounceAnswer>;
  /** Writes timings into the books that were refused before they reached a shard. */
  refuse(refused: RejectionCounts): Promise<void>;
  /** What became invalid after a version: in one of the tenant's caches, or in all. */
  cacheLog(since: number, cache?: string): Promise<CacheLog>;
  /** Makes entries of a cache invalid, durably. @returns its log after `since`. */
  invalidateCache(cache: string, scopes: readonly CacheScope[], since: number): Promise<CacheLog>;
}
