import type { HeardStream, StreamChanges } from "./stream-totals.ts";

/** One committed group in a shard's delta log. */
export interface StoredLogRow {
  readonly seq: number;
  readonly body: Uint8Array;
}

/** Where a shard keeps its log: SQLite in the object, memory in tests. Every call is synchronous. */
export interface ShardStore {
  /** The state that the last `trim` wrote, if there was one. */
  loadState(): Uint8Array | undefined;
  /**
   * Appends a row, and stores what it changed of streams, both or neither.
   * @throws if it could not be stored; then nothing was.
   */
  append(seq: number, timings: number, body: Uint8Array, streams?: StreamChanges): void;
  /** Every stream that has a last total, the one that was stored longest ago first. */
  loadStreams(): Iterable<HeardStream>;
  /** The last total of a stream, encoded; undefined if there is none. */
  readStream(stream: string): Uint8Array | undefined;
  /** Rows after `seq` in order, until their bodies reach `maxBytes`; at least one if there is one. */
  readAfter(seq: number, maxBytes: number): readonly StoredLogRow[];
  /** How many timings the rows after `seq` hold; not before what the last `trim` let go of. */
  timingsAfter(seq: number): number;
  /**
   * Lets go of the rows up to `seq`, which must not be asked for again, also in a later life, and
   * keeps `state`, both or neither.
   */
  trim(seq: number, state: Uint8Array): void;
}
