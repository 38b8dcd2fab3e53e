import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import { readTotalValue, writeTotalValue } from "../wire/running-total-bytes.ts";
import type { ShardStore } from "./shard-store.ts";
import type { StreamTotal } from "./stream-step.ts";

/**
 * Most streams that a shard remembers. Only their names are in memory; the widest histograms take 8
 * KB of storage each.
 */
export const MAX_STREAMS = 4_096;

const VERSION = 1;

/** A stream that has a last total in the store. */
export interface HeardStream {
  readonly stream: string;
  /** When it was stored, epoch milliseconds. */
  readonly heardAt: number;
}

/** The last total of a stream, as it is stored. */
export interface StoredStream extends HeardStream {
  readonly body: Uint8Array;
}

/** What is to be stored of streams, together with the log row that counts what they gained. */
export interface StreamChanges {
  readonly put: readonly StoredStream[];
  readonly forget: readonly string[];
}

/** Where the last totals are. */
type StreamStore = Pick<ShardStore, "loadStreams" | "readStream">;

/**
 * Which streams are known, and the last total of each. Totals are read when they are asked for: all
 * of them together may be more than the object's memory, and most are not heard of in most commits.
 */
export class StreamTotals {
  readonly #store: StreamStore;
  /** When each was stored, in order of last use, the oldest first: a Map keeps insertion order. */
  readonly #heardAt: Map<string, number>;

  constructor(store: StreamStore) {
    this.#store = store;
    this.#heardAt = new Map(
      Array.from(store.loadStreams(), ({ stream, heardAt }) => [stream, heardAt]),
    );
  }

  get size(): number {
    return this.#heardAt.size;
  }

  /** All of them, the one that was silent for longest first. */
  *oldestFirst(): Iterable<HeardStream> {
    for (const [stream, heardAt] of this.#heardAt) yield { stream, heardAt };
  }

  /** The last total of a stream; undefined for one that is not known. */
  get(stream: string): StreamTotal | undefined {
    const body = this.#heardAt.has(stream) ? this.#store.readStream(stream) : undefined;
    if (body === undefined) return undefined;
    try {
      return decodeStreamTotal(body);
    } catch (cause) {
      // One that cannot be read must not keep all others of its group from being counted.
      if (!(cause instanceof CorruptBytesError)) throw cause;
      console.error(`the last total of stream ${stream} cannot be read; it begins anew`, cause);
      return undefined;
    }
  }

  /** Takes note of what was stored. */
  apply({ put, forget }: StreamChanges): void {
    for (const stream of forget) this.#heardAt.delete(stream);
    for (const { stream, heardAt } of put) {
      this.#heardAt.delete(stream);
      this.#heardAt.set(stream, heardAt);
    }
  }
}

export function encodeStreamTotal({ startAt, at, value }: StreamTotal): Uint8Array {
  const writer = new ByteWriter(512);
  writer.byte(VERSION);
  writer.float64(startAt);
  writer.float64(at);
  writeTotalValue(writer, value);
  return writer.finish();
}

function decodeStreamTotal(body: Uint8Array): StreamTotal {
  const reader = new ByteReader(body);
  const version = reader.byte();
  if (version !== VERSION) throw new CorruptBytesError(`a total of unknown version ${version}`);
  return { startAt: reader.float64(), at: reader.float64(), value: readTotalValue(reader) };
}
