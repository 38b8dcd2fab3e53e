import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_REPORT_EXEMPLARS } from "../../../src/exemplar.ts";
import { isName } from "../../../src/names.ts";
import { isSpanId, isTraceId } from "../../../src/trace-ids.ts";
import { readExemplars } from "../../../src/wire/read-exemplars.ts";
import { seedOf } from "../../support/seeded.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const SOUND = { operation: "events", traceId: TRACE, spanId: SPAN, durationUs: 12, at: 1_000 };

test("what is sound is read, and nothing that lies beside it", () => {
  const { spanId, ...bare } = SOUND;
  expect(readExemplars([{ ...SOUND, more: 1 }, bare])).toEqual([SOUND, bare]);
  expect(readExemplars([{ ...SOUND, durationUs: 12.4, at: 1_000.9 }])).toEqual([SOUND]);
  expect(spanId).toBe(SPAN);
});

test.each([
  ["no object", null],
  ["a target's name", { ...SOUND, operation: "*" }],
  ["no operation", { ...SOUND, operation: undefined }],
  ["a trace of zeros", { ...SOUND, traceId: "0".repeat(32) }],
  ["a trace in upper case", { ...SOUND, traceId: TRACE.toUpperCase() }],
  ["a trace that is too long", { ...SOUND, traceId: `${TRACE}0` }],
  ["a line after the trace", { ...SOUND, traceId: `${TRACE}\n` }],
  ["a span of zeros", { ...SOUND, spanId: "0".repeat(16) }],
  ["a span that is too short", { ...SOUND, spanId: "1" }],
  ["a span that is null", { ...SOUND, spanId: null }],
  ["a negative duration", { ...SOUND, durationUs: -1 }],
  ["a duration beyond the longest", { ...SOUND, durationUs: 600_000_001 }],
  ["no number", { ...SOUND, durationUs: NaN }],
  ["a time that is none", { ...SOUND, at: Infinity }],
])("%s is left out alone", (_what, wrong) => {
  expect(readExemplars([SOUND, wrong, SOUND])).toEqual([SOUND, SOUND]);
});

test("beyond the most that a report may carry, nothing is looked at", () => {
  const many = Array.from({ length: MAX_REPORT_EXEMPLARS + 5 }, () => SOUND);
  expect(readExemplars(many)).toHaveLength(MAX_REPORT_EXEMPLARS);
});

test("of anything comes a list of sound ones", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.array(fc.anything())), (value) => {
      for (const { operation, traceId, spanId } of readExemplars(value)) {
        expect(isName(operation) && isTraceId(traceId)).toBe(true);
        expect(spanId === undefined || isSpanId(spanId)).toBe(true);
      }
    }),
    { seed: seedOf("read exemplars", process.env["SEED"]), numRuns: 500 },
  );
});
