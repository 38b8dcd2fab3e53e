import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import { readTotalValue, writeTotalValue } from "../wire/running-total-bytes.ts";
import type { StreamTotal } from "./stream-step.ts";

/** Most streams that a shard remembers: some megabytes at the most usual sizes of a histogram. */
export const MAX_STREAMS = 4_096;

const VERSION = 1;

/** The last total of a stream, as it is stored. */
export interface StoredStream {
  readonly stream: string;
  /** When it was stored, epoch milliseconds. */
  readonly heardAt: number;
  readonly body: Uint8Array;
}

/** What is to be stored of streams, together with the log row that counts what they gained. */
export interface StreamChanges {
  readonly put: readonly StoredStream[];
  readonly forget: readonly string[];
}

/** The last total of every stream, encoded: most are not heard of in most commits. */
export class StreamTotals {
  /** In order of last use, the oldest first: a Map keeps insertion order. */
  readonly #streams: Map<string, StoredStream>;

  /** @param stored the oldest first. */
  constructor(stored: Iterable<StoredStream>) {
    this.#streams = new Map(Array.from(stored, (one) => [one.stream, one]));
  }

  get size(): number {
    return this.#streams.size;
  }

  /** All of them, the one that was silent for longest first. */
  get oldestFirst(): Iterable<StoredStream> {
    return this.#streams.values();
  }

  /** The last total of a stream; undefined for one that is not known. */
  get(stream: string): StreamTotal | undefined {
    const stored = this.#streams.get(stream);
    if (stored === undefined) return undefined;
    try {
      return decodeStreamTotal(stored.body);
    } catch (cause) {
      // One that cannot be read must not keep all others of its group from being counted.
      if (!(cause instanceof CorruptBytesError)) throw cause;
      console.error(`the last total of stream ${stream} cannot be read; it begins anew`, cause);
      return undefined;
    }
  }

  /** Takes over what was stored. */
  apply({ put, forget }: StreamChanges): void {
    for (const stream of forget) this.#streams.delete(stream);
    for (const one of put) {
      this.#streams.delete(one.stream);
      this.#streams.set(one.stream, one);
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
