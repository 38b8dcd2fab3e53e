import type { QueuedRecord } from "../alerts/alert-store.ts";
import type { SeriesName } from "../merge/series-name.ts";
import type { StoredSlot, StepMs } from "../merge/tenant-store.ts";
import type { HandOver, HandOverAnswer } from "../wire/dispatcher-rpc.ts";
import type { CollectAnswer, CollectRequest } from "../wire/shard-rpc.ts";

/** How a coordinator reaches its shards. */
export interface ShardPort {
  /** Rejects if the shard cannot be reached. */
  collect(shardName: string, request: CollectRequest): Promise<CollectAnswer>;
}

/** Runs what writes to several stores of one storage: all of it is written, or nothing. */
export type Atomically = <Result>(run: () => Result) => Result;

/** How a coordinator reaches the tenant's dispatcher. */
export interface DispatcherPort {
  /** Rejects if it cannot be reached. */
  handOver(request: HandOver): Promise<HandOverAnswer>;
}

/** How long one call of a {@link RollupSink} may take. */
export const SINK_DEADLINE_MS = 20_000;

/** Where history goes: D1, or memory in tests. */
export interface RollupSink {
  /**
   * Writes rows, replacing those of the same key unless they count more timings: a write that was
   * given up may arrive after its successor. All or nothing; repeating it changes nothing.
   */
  write(rows: readonly StoredSlot[]): Promise<void>;
  /** Deletes rows of a series that began before `before`, a bounded number. */
  deleteBefore(stepMs: StepMs, before: number, series: readonly SeriesName[]): Promise<number>;
  /** Every series that has rows of that length. */
  listSeries(stepMs: StepMs): Promise<readonly SeriesName[]>;
}

/** Where alerts and the audit trail are kept for good. */
export interface ArchiveSink {
  /**
   * Writes records whole. Writing them again changes nothing, and one that arrives late does not
   * undo a newer one.
   */
  write(records: readonly QueuedRecord[]): Promise<void>;
  /**
   * Deletes alerts that fired, and entries of the audit trail that were made, before a time, a
   * limited number of each at once.
   * @returns how many; 0 when nothing is left to delete.
   */
  deleteBefore(before: number): Promise<number>;
}
