import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MAX_VARINT_BYTES,
  writeZigZag,
  ZigZagReader,
} from "../../../src/histogram/zigzag-leb128.ts";

function written(value: number): number[] {
  const bytes = new Uint8Array(MAX_VARINT_BYTES);
  return [...bytes.subarray(0, writeZigZag(bytes, 0, value))];
}

function read(bytes: readonly number[]): number {
  return new ZigZagReader(Uint8Array.from(bytes), 0, bytes.length).next();
}

/** The coding as the format defines it, on 64-bit integers. */
function reference(value: number): number[] {
  const signed = BigInt(value);
  let rest = signed < 0n ? -signed * 2n - 1n : signed * 2n;
  const bytes: number[] = [];
  for (; rest >= 0x80n && bytes.length < 8; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

describe("ZigZag LEB128-64b9B", () => {
  it.each([
    [0, [0]],
    [-1, [1]],
    [1, [2]],
    [63, [0x7e]],
    [-64, [0x7f]],
    [64, [0x80, 0x01]],
    [2 ** 27 - 1, [0xfe, 0xff, 0xff, 0x7f]],
    [2 ** 27, [0x80, 0x80, 0x80, 0x80, 0x01]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x10]],
    [2 ** 53 - 1, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]],
  ])("writes %d as the format says", (value, bytes) => {
    expect(written(value)).toEqual(bytes);
    expect(read(bytes)).toBe(value);
  });

  it("agrees with 64-bit arithmetic for every integer a number can hold", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written(value)).toEqual(reference(value));
        expect(read(written(value))).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads a ninth byte whole, and what no number holds as out of bounds", () => {
    const longMax = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    const longMin = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    expect(read(longMax)).toBe(2 ** 63);
    expect(read(longMin)).toBe(-(2 ** 63));
    expect(read([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20])).toBe(2 ** 53);
  });

  it("tells an integer that ends early", () => {
    for (let length = 0; length < 9; length++) {
      expect(read(Array.from({ length }, () => 0x80))).toBeNaN();
    }
  });

  it("stops at the end it was given", () => {
    const reader = new ZigZagReader(Uint8Array.of(2, 4, 0x80, 1), 1, 3);
    expect(reader.next()).toBe(2);
    expect([reader.position, reader.atEnd]).toEqual([2, false]);
    expect(reader.next()).toBeNaN();
    expect(reader.atEnd).toBe(true);
  });
});
