/**
 * ZigZag LEB128-64b9B, the integer coding of HdrHistogram's V2 payloads: the sign moves to the
 * lowest bit, then seven bits a byte, least significant first, and a ninth byte, if there is one,
 * carries all its eight bits.
 * Source: `ZigZagEncoding.java` of HdrHistogram.
 *
 * Everything here is plain numbers: 64 bits are handled as 28 + 28 + 8, so that no BigInt and no
 * object is made per bucket.
 */

/** The most bytes that one integer takes. */
export const MAX_VARINT_BYTES = 9;

const TWO_POW_27 = 2 ** 27;
const TWO_POW_55 = 2 ** 55;

/**
 * Writes one integer.
 * @param target has room for {@link MAX_VARINT_BYTES} bytes from `offset` on.
 * @param value an integer from −(2^53 − 1) to 2^53 − 1.
 * @returns the offset behind what was written.
 */
export function writeZigZag(target: Uint8Array, offset: number, value: number): number {
  const sign = value < 0 ? 1 : 0;
  // ZigZag of −n is 2n − 1, that is 2(n − 1) with the lowest bit set.
  const magnitude = sign === 1 ? -value - 1 : value;
  let position = offset;
  let rest = 0;
  if (magnitude < TWO_POW_27) {
    rest = magnitude * 2 + sign;
  } else {
    const low = (magnitude % TWO_POW_27) * 2 + sign;
    target[position++] = (low & 0x7f) | 0x80;
    target[position++] = ((low >>> 7) & 0x7f) | 0x80;
    target[position++] = ((low >>> 14) & 0x7f) | 0x80;
    target[position++] = (low >>> 21) | 0x80;
    // At most 26 bits are left of 2^53 − 1, so the ninth byte is never needed.
    rest = Math.floor(magnitude / TWO_POW_27);
  }
  while (rest >= 0x80) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
}

/** Reads integers one after the other from a part of a byte array. */
export class ZigZagReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;

  /** Reads from `start` up to, not including, `end`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = Math.min(end, bytes.length);
  }

  /** Whether every byte has been read. */
  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** Where the next integer begins, as an offset into the byte array. */
  get position(): number {
    return this.#position;
  }

  /**
   * The next integer; NaN if the bytes end within it. One outside ±(2^53 − 1) is rounded to the
   * nearest double, which is outside too, so that the caller's bounds check still holds.
   */
  next(): number {
    const first = this.#bytes[this.#position] ?? 0;
    if (first < 0x80 && this.#position < this.#end) {
      // Most counts and runs take one byte.
      this.#position++;
      return (first & 1) === 1 ? -(first >>> 1) - 1 : first >>> 1;
    }
    return this.#nextLong();
  }

  #nextLong(): number {
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.#position >= this.#end) return Number.NaN;
      const byte = this.#bytes[this.#position++] ?? 0;
      if (shift === 56) high = byte;
      else if (shift >= 28) middle |= (byte & 0x7f) << (shift - 28);
      else low |= (byte & 0x7f) << shift;
      if (byte < 0x80 || shift === 56) break;
    }
    const magnitude = high * TWO_POW_55 + middle * TWO_POW_27 + (low >>> 1);
    return (low & 1) === 1 ? -magnitude - 1 : magnitude;
  }
}
