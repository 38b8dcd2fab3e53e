/** Bytes of a varint that holds a time in milliseconds, or twice that: the same from 1987 to 2039. */
export const TIME_BYTES = 6;

/**
 * Writes a time over the {@link TIME_BYTES} at `offset`, seven bits a byte, the lowest first.
 * @param time milliseconds, or twice that, up to 2^42.
 */
export function writeTime(bytes: Uint8Array, offset: number, time: number): void {
  let rest = time;
  for (let i = 0; i < TIME_BYTES; i++) {
    bytes[offset + i] = (rest % 0x80) | (i < TIME_BYTES - 1 ? 0x80 : 0);
    rest = Math.floor(rest / 0x80);
  }
}

/** A whole number of at most 2^53 − 1, seven bits a byte, the lowest first. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** A whole number of either sign, small ones in few bytes. */
export function zigzagVarint(value: number): number[] {
  return varint(value >= 0 ? 2 * value : -2 * value - 1);
}

/** So many bytes of nothing, to be written over. */
export function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
