import type { ShardStore, StoredLogRow } from "../../src/merge/shard-store.ts";
import type { HeardStream, StoredStream, StreamChanges } from "../../src/merge/stream-totals.ts";

/** As on the platform. */
const MAX_BODY_BYTES = 1_900_000;

interface Row extends StoredLogRow {
  readonly timings: number;
}

/** A shard's log in memory. It outlives the `ShardState` over it, as storage outlives an object. */
export class MemoryShardStore implements ShardStore {
  #rows: Row[] = [];
  #state: Uint8Array | undefined;
  readonly #streams = new Map<string, StoredStream>();
  #failures = 0;

  /** Lets the next `count` appends throw. */
  failAppends(count: number): void {
    this.#failures = count;
  }

  loadState(): Uint8Array | undefined {
    return this.#state?.slice();
  }

  append(seq: number, timings: number, body: Uint8Array, streams?: StreamChanges): void {
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Error("the disk is full");
    }
    if (body.length > MAX_BODY_BYTES) throw new RangeError(`a log row of ${body.length} bytes`);
    for (const { body: total } of streams?.put ?? []) {
      if (total.length > MAX_BODY_BYTES) throw new RangeError(`a total of ${total.length} bytes`);
    }
    if (this.#rows.some((row) => row.seq === seq)) throw new Error(`row ${seq} is there already`);
    this.#rows.push({ seq, timings, body: body.slice() });
    for (const stream of streams?.forget ?? []) this.#streams.delete(stream);
    for (const one of streams?.put ?? []) {
      this.#streams.set(one.stream, { ...one, body: one.body.slice() });
    }
  }

  loadStreams(): Iterable<HeardStream> {
    return [...this.#streams.values()]
      .map(({ stream, heardAt }) => ({ stream, heardAt }))
      .toSorted((a, b) => a.heardAt - b.heardAt || (a.stream < b.stream ? -1 : 1));
  }

  readStream(stream: string): Uint8Array | undefined {
    return this.#streams.get(stream)?.body.slice();
  }

  readAfter(seq: number, maxBytes: number): readonly StoredLogRow[] {
    const found: StoredLogRow[] = [];
    let bytes = 0;
    for (const row of this.#rows) {
      if (row.seq <= seq) continue;
      found.push({ seq: row.seq, body: row.body.slice() });
      bytes += row.body.length;
      if (bytes >= maxBytes) break;
    }
    return found;
  }

  timingsAfter(seq: number): number {
    return this.#rows
      .filter((row) => row.seq > seq)
      .reduce((total, { timings }) => total + timings, 0);
  }

  rowCount(): number {
    return this.#rows.length;
  }

  trim(seq: number, state: Uint8Array): void {
    this.#rows = this.#rows.filter((row) => row.seq > seq);
    this.#state = state.slice();
  }
}
