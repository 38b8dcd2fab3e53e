import { MAX_NAME_LENGTH } from "./byte-writer.ts";

/** Stored or received bytes that are not what they should be. */
export class CorruptBytesError extends Error {
  override name = "CorruptBytesError";
}

/** Reads what a `ByteWriter` wrote. Every method throws {@link CorruptBytesError} past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) throw new CorruptBytesError(`ends at byte ${this.#position}`);
    this.#position += 1;
    return value;
  }

  /** An integer from 0 to 2^53 − 1. */
  varint(): number {
    const first = this.#bytes[this.#position];
    if (first !== undefined && first < 0x80) {
      this.#position += 1;
      return first;
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new CorruptBytesError(`a number above 2^53 at byte ${this.#position}`);
  }

  float64(): number {
    const { buffer, byteOffset } = this.raw(8);
    return new DataView(buffer, byteOffset).getFloat64(0, true);
  }

  block(): Uint8Array {
    return this.raw(this.varint());
  }

  text(): string {
    const length = this.varint();
    return this.#asciiText(length) ?? DECODER.decode(this.raw(length));
  }

  /** Text of ASCII alone, read if it is that; most texts are names, and decoding costs ten times. */
  #asciiText(length: number): string | undefined {
    const end = this.#position + length;
    if (length > MAX_NAME_LENGTH || end > this.#bytes.length) return undefined;
    let text = "";
    for (let i = this.#position; i < end; i++) {
      const byte = this.#bytes[i] ?? 0;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    this.#position = end;
    return text;
  }

  /** So many bytes as they are: a view. */
  raw(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) {
      throw new CorruptBytesError(
        `${length} bytes announced at byte ${this.#position}, fewer follow`,
      );
    }
    const view = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return view;
  }
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
