/**
 * Appends bytes, LEB128 varints and UTF-8 text to a buffer that grows. It writes the formats that
 * only Tachograph reads: log rows, deltas, stored slots.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(initialCapacity = 256) {
    this.#bytes = new Uint8Array(initialCapacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /**
   * An integer from 0 to 2^53 − 1, seven bits a byte, least significant first.
   * @throws RangeError for anything else: what cannot be read again must not be stored.
   */
  varint(value: number): void {
    // Most are counts and distances of buckets, and take one byte.
    if ((value & 0x7f) === value && this.#length < this.#bytes.length) {
      this.#bytes[this.#length++] = value;
      return;
    }
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no count`);
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x8000_0000) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Eight bytes, little-endian. */
  float64(value: number): void {
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Bytes as they are; the reader must know how many. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Bytes behind their length. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** UTF-8 text behind its length in bytes. */
  text(text: string): void {
    if (text.length > MAX_NAME_LENGTH) return this.block(ENCODER.encode(text));
    this.#reserve(text.length + 1);
    const start = this.#length;
    this.#bytes[this.#length++] = text.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.#length = start;
        return this.block(ENCODER.encode(text));
      }
      this.#bytes[this.#length++] = code;
    }
  }

  /** Begins anew in the same memory. */
  reset(): void {
    this.#length = 0;
  }

  /** Writes what was written so far into `target`, from `offset` on. */
  copyTo(target: Uint8Array, offset: number): void {
    target.set(this.#bytes.subarray(0, this.#length), offset);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Up to this length, text is mostly a name in ASCII: a call of the encoder would cost ten times. */
export const MAX_NAME_LENGTH = 64;

const ENCODER = new TextEncoder();
