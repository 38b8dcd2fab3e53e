import fc from "fast-check";
import { expect, test } from "vitest";
import {
  FrameReader,
  HEAD_BYTES,
  type ReceivedFrame,
} from "../../../../bench/fan-out/frame-reader.ts";
import { seedOf } from "../../../support/seeded.ts";

const SEED = seedOf("frame reader", process.env["SEED"]);

interface SentFrame {
  readonly opcode: number;
  readonly isCompressed: boolean;
  readonly payload: Uint8Array;
}

function encode({ opcode, isCompressed, payload }: SentFrame): Buffer {
  const first = 0x80 | (isCompressed ? 0x40 : 0) | opcode;
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

function payloadOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff);
}

const frame = fc.record({
  opcode: fc.constantFrom(1, 2, 8, 10),
  isCompressed: fc.boolean(),
  payload: fc
    .tuple(fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 65_535, 65_536, 70_000)), fc.nat(255))
    .map(([length, seed]) => payloadOf(length, seed)),
});

test("frames come out as they were sent, however they are cut", () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 20 }),
      (sent, cuts) => {
        const received: ReceivedFrame[] = [];
        const reader = new FrameReader((next) => received.push(next));
        const bytes = Buffer.concat(sent.map(encode));
        const shared = Buffer.alloc(40_000);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const taken = Math.min(cuts[i % cuts.length] ?? 1, bytes.length - at);
          // As a socket does it: the next chunk overwrites the one before.
          bytes.copy(shared, 0, at, at + taken);
          reader.push(shared.subarray(0, taken));
          at += taken;
        }
        const expected = sent.map(({ opcode, isCompressed, payload }) => {
          const kept = Buffer.from(isCompressed ? payload : payload.subarray(0, HEAD_BYTES));
          return { opcode, isCompressed, bytes: payload.length, payload: kept };
        });
        expect(received).toEqual(expected);
      },
    ),
    { seed: SEED },
  );
});

test("what it does not understand is told", () => {
  const push = (...bytes: readonly number[]): void =>
    new FrameReader(() => {}).push(Uint8Array.from(bytes));
  expect(() => push(0x01, 0x02)).toThrow("a message came in several frames");
  expect(() => push(0x81, 0x82)).toThrow("a server's frame was masked");
  expect(() => push(0x81, 0xfe, 0, 200)).toThrow("a server's frame was masked");
});
