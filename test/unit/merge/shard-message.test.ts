import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CorruptBytesError } from "../../../src/histogram/byte-reader.ts";
import { REJECTION_REASONS } from "../../../src/wire/report.ts";
import { decodeShardReport, encodeShardReport } from "../../../src/wire/shard-message.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";

const timing = fc.record({
  durationUs: fc.integer({ min: -1, max: 600_000_001 }),
  atOffsetMs: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  operationIndex: fc.nat(255),
  outcome: fc.nat(255),
});

const measure = fc.record({
  timing: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  code: fc.nat(255),
  value: fc.double(),
});

const timings = fc
  .record({
    operations: fc.array(fc.string({ maxLength: 90 }), { maxLength: 5 }),
    baseAt: fc.double({ noNaN: true }),
    list: fc.array(timing, { maxLength: 40 }),
    measures: fc.option(fc.array(measure, { maxLength: 20 }), { nil: undefined }),
  })
  .map(({ operations, baseAt, list, measures }) => ({
    kind: "timings" as const,
    columns: {
      operations,
      baseAt,
      durationUs: Int32Array.from(list, (entry) => entry.durationUs),
      atOffsetMs: Int32Array.from(list, (entry) => entry.atOffsetMs),
      operationIndex: Uint8Array.from(list, (entry) => entry.operationIndex),
      outcome: Uint8Array.from(list, (entry) => entry.outcome),
      ...(measures !== undefined && {
        measures: {
          timing: Int32Array.from(measures, (entry) => entry.timing).toSorted(),
          code: Uint8Array.from(measures, (entry) => entry.code),
          value: Float64Array.from(measures, (entry) => entry.value),
        },
      }),
    },
  }));

const histograms = fc.record({
  kind: fc.constant("histograms" as const),
  delta: fc.uint8Array({ maxLength: 200 }),
  timings: fc.maxSafeNat(),
});

const report: fc.Arbitrary<ShardReport> = fc
  .record({
    sender: fc.option(
      fc.record({
        reporter: fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,63}$/),
        sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      }),
    ),
    content: fc.oneof(timings, histograms),
    givenUp: fc.maxSafeNat(),
    refused: fc.dictionary(
      fc.constantFrom(...REJECTION_REASONS),
      fc.integer({ min: 1, max: 2 ** 40 }),
    ),
  })
  .map(({ sender, content, givenUp, refused }) => ({ ...sender, content, givenUp, refused }));

describe("a report as bytes", () => {
  it("is read as it was written, wherever its bytes lie in memory", () => {
    fc.assert(
      fc.property(report, fc.nat(7), (sent, shift) => {
        const message = encodeShardReport(sent);
        const shifted = new Uint8Array(message.length + shift).subarray(shift);
        shifted.set(message);
        expect(decodeShardReport(shifted)).toEqual({
          ...sent,
          refused: { ...sent.refused },
        });
      }),
    );
  });

  it("is refused when it ends early or announces too much", () => {
    fc.assert(
      fc.property(report, fc.nat(), (sent, cut) => {
        const message = encodeShardReport(sent);
        const short = message.slice(0, cut % message.length);
        expect(() => decodeShardReport(short)).toThrow(CorruptBytesError);
      }),
    );
    expect(() => decodeShardReport(Uint8Array.of(255, 255, 255, 127, 1, 0))).toThrow(
      CorruptBytesError,
    );
  });

  it("is refused when a newer version wrote it", () => {
    const sent: ShardReport = {
      content: { kind: "histograms", delta: new Uint8Array(0), timings: 0 },
      givenUp: 0,
      refused: {},
    };
    const message = encodeShardReport(sent);
    message[12] = 9;
    expect(() => decodeShardReport(message)).toThrow("version 9");
  });
});
