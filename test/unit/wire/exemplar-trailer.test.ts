import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_REPORT_EXEMPLARS, type OperationExemplar } from "../../../src/exemplar.ts";
import { CorruptBytesError } from "../../../src/histogram/byte-reader.ts";
import { decodeShardReport, encodeShardReport } from "../../../src/wire/shard-message.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("exemplar trailer", process.env["SEED"]);

const COLUMNS = {
  operations: ["events"],
  baseAt: 1_000,
  durationUs: Int32Array.of(5),
  atOffsetMs: Int32Array.of(0),
  operationIndex: Uint8Array.of(0),
  outcome: Uint8Array.of(0),
};
const MEASURES = {
  timing: Int32Array.of(0),
  code: Uint8Array.of(1),
  value: Float64Array.of(2.5),
};

const content = fc.constantFrom<ShardReport["content"]>(
  { kind: "timings", columns: COLUMNS },
  { kind: "timings", columns: { ...COLUMNS, measures: MEASURES } },
  { kind: "histograms", delta: Uint8Array.of(1, 2, 3), timings: 3 },
);

const hex = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

const exemplar: fc.Arbitrary<OperationExemplar> = fc
  .record({
    operation: fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,63}$/),
    traceId: hex(32),
    span: fc.option(hex(16)),
    durationUs: fc.nat(600_000_000),
    at: fc.integer({ min: 0, max: 2 ** 52 }),
  })
  .map(({ span, ...rest }) => (span === null ? rest : { ...rest, spanId: span }));

const exemplars = fc.array(exemplar, { minLength: 1, maxLength: MAX_REPORT_EXEMPLARS });

test("exemplars arrive as they were sent, beside everything else", () => {
  fc.assert(
    fc.property(content, exemplars, (kept, list) => {
      const sent: ShardReport = { content: kept, givenUp: 1, refused: {}, exemplars: list };
      expect(decodeShardReport(encodeShardReport(sent))).toEqual(sent);
    }),
    { seed: SEED },
  );
});

test("they come after everything else, so that old code reads what it knows", () => {
  fc.assert(
    fc.property(content, exemplars, (kept, list) => {
      const plain: ShardReport = { content: kept, givenUp: 1, refused: {} };
      const before = encodeShardReport(plain);
      const message = encodeShardReport({ ...plain, exemplars: list });
      expect(message.subarray(0, before.length)).toEqual(before);
      expect(encodeShardReport({ ...plain, exemplars: [] })).toEqual(before);
    }),
    { seed: SEED },
  );
});

test("bytes that end within them are refused", () => {
  fc.assert(
    fc.property(content, exemplars, fc.nat(), (kept, list, cut) => {
      const plain: ShardReport = { content: kept, givenUp: 0, refused: {} };
      const least = encodeShardReport(plain).length + 1;
      const message = encodeShardReport({ ...plain, exemplars: list });
      const short = message.slice(0, least + (cut % (message.length - least)));
      expect(() => decodeShardReport(short)).toThrow(CorruptBytesError);
    }),
    { seed: SEED },
  );
});

test("more than a report may carry are refused", () => {
  const one = { operation: "a", traceId: "1", durationUs: 1, at: 1 };
  const many = Array.from({ length: MAX_REPORT_EXEMPLARS + 1 }, () => one);
  const plain: ShardReport = {
    content: { kind: "timings", columns: COLUMNS },
    givenUp: 0,
    refused: {},
  };
  const message = encodeShardReport({ ...plain, exemplars: many });
  expect(() => decodeShardReport(message)).toThrow("65 exemplars announced");
});
