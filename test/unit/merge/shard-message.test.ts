import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CorruptBytesError } from "../../../src/histogram/byte-reader.ts";
import { REJECTION_REASONS } from "../../../src/wire/report.ts";
import { decodeShardReport, encodeShardReport } from "../../../src/wire/shard-message.ts";
import {
  MAX_REPORT_TOTALS,
  MAX_TOTAL_BUCKETS,
  type RunningTotal,
} from "../../../src/wire/running-total.ts";
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

const known = fc.option(fc.double({ noNaN: true }));

const buckets = fc.oneof(
  fc.record({
    kind: fc.constant("explicit" as const),
    boundsUs: fc.array(fc.double({ noNaN: true }), { maxLength: 6 }),
    counts: fc.array(fc.maxSafeNat(), { maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant("exponential" as const),
    scale: fc.integer({ min: -10, max: 20 }),
    zeroCount: fc.maxSafeNat(),
    zeroThresholdUs: fc.double({ noNaN: true }),
    offset: fc.integer(),
    unitUs: fc.double({ noNaN: true }),
    counts: fc.array(fc.maxSafeNat(), { maxLength: 6 }),
  }),
);

const cumulative = fc.record({
  kind: fc.constant("cumulative" as const),
  totals: fc.array(
    fc.record({
      stream: fc.stringMatching(/^[0-9a-f]{32}$/),
      operation: fc.string({ maxLength: 90 }),
      outcome: fc.nat(255),
      startAt: fc.double({ noNaN: true }),
      at: fc.double({ noNaN: true }),
      value: fc.oneof(
        fc.record({
          kind: fc.constant("measure" as const),
          code: fc.nat(255),
          parts: fc.maxSafeNat(),
        }),
        fc.record({
          kind: fc.constant("histogram" as const),
          histogram: fc.record({
            count: fc.maxSafeNat(),
            sumUs: known,
            minUs: known,
            maxUs: known,
            buckets,
          }),
        }),
      ),
    }),
    { maxLength: 5 },
  ),
});

const report: fc.Arbitrary<ShardReport> = fc
  .record({
    sender: fc.option(
      fc.record({
        reporter: fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,63}$/),
        sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      }),
    ),
    content: fc.oneof(timings, histograms, cumulative),
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

  it("is refused when it has more running totals or buckets than one report may", () => {
    const total = (stream: number, counts: number): RunningTotal => ({
      stream: stream.toString(16).padStart(32, "0"),
      operation: "users",
      outcome: 0,
      startAt: 0,
      at: 1,
      value: {
        kind: "histogram",
        histogram: {
          count: 0,
          sumUs: null,
          minUs: null,
          maxUs: null,
          buckets: {
            kind: "explicit",
            boundsUs: Array.from({ length: counts - 1 }, (_, i) => i),
            counts: Array.from({ length: counts }, () => 0),
          },
        },
      },
    });
    const read = (totals: readonly RunningTotal[]) =>
      decodeShardReport(
        encodeShardReport({ content: { kind: "cumulative", totals }, givenUp: 0, refused: {} }),
      );
    const many = Array.from({ length: MAX_REPORT_TOTALS }, (_, i) => total(i, 4));
    expect(read(many).content).toEqual({ kind: "cumulative", totals: many });
    expect(() => read([...many, total(0, 1)])).toThrow("totals announced");
    expect(() => read([total(1, 5), ...many.slice(1)])).toThrow("buckets");
    expect(() => read([total(1, MAX_TOTAL_BUCKETS)])).not.toThrow();
    expect(() => read([total(1, MAX_TOTAL_BUCKETS + 1)])).toThrow("buckets announced");
    expect(() => read([{ ...total(1, 1), stream: "users" }])).toThrow("without a digest");
  });
});
