import type { ByteReader } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";

/**
 * Most reporters that a shard remembers. Isolates come and go by the thousand, and 16,384 marks
 * of at most 80 bytes stay below the 2 MB that a row may hold.
 */
export const MAX_REPORTERS = 16_384;

/**
 * Per reporter, the highest sequence that was counted: how a repeat is known. Beyond
 * {@link MAX_REPORTERS} the one that was silent for longest is forgotten, and counted.
 */
export class Watermarks {
  /** Sequences by reporter, in order of last use, the oldest first: a Map keeps insertion order. */
  readonly #marks = new Map<string, number>();
  #forgotten = 0;

  get size(): number {
    return this.#marks.size;
  }

  /** How many reporters were forgotten to make room. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Whether this report was counted before. */
  isRepeat(reporter: string, sequence: number): boolean {
    return sequence <= (this.#marks.get(reporter) ?? 0);
  }

  advance(reporter: string, sequence: number): void {
    this.#marks.delete(reporter);
    this.#marks.set(reporter, sequence);
    if (this.#marks.size <= MAX_REPORTERS) return;
    const [oldest] = this.#marks.keys();
    if (oldest !== undefined && this.#marks.delete(oldest)) this.#forgotten += 1;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#forgotten);
    writer.varint(this.#marks.size);
    for (const [reporter, sequence] of this.#marks) {
      writer.text(reporter);
      writer.varint(sequence);
    }
  }

  /** @param withTimes whether a time follows every sequence, as the first version wrote it. */
  static read(reader: ByteReader, withTimes = false): Watermarks {
    const watermarks = new Watermarks();
    watermarks.#forgotten = reader.varint();
    for (let rest = reader.varint(); rest > 0; rest--) {
      watermarks.advance(reader.text(), reader.varint());
      if (withTimes) reader.varint();
    }
    return watermarks;
  }
}
