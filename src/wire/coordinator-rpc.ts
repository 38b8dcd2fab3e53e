import type { RejectionCounts } from "./report.ts";

/** What a coordinator answers to a shard that announces itself. */
export type AnnounceAnswer =
  | { readonly admitted: true; readonly watched: boolean }
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
}
