import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTraceparent } from "../../../../src/client/trace/traceparent.ts";
import { readTraceRef } from "../../../../src/client/trace/trace-ref.ts";
import { seedOf } from "../../../support/seeded.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("the text of a traceparent", () => {
  test.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`00-${TRACE}-${SPAN}-fe`, false],
    [` 00-${TRACE}-${SPAN}-01\t`, true],
    // A later version may say more, and is read as far as this one knows it.
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, true],
  ])("%s", (text, isSampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  test.each([
    ["", "nothing"],
    [`${TRACE}-${SPAN}-01`, "no version"],
    [`ff-${TRACE}-${SPAN}-01`, "a version that there can be none of"],
    [`00-${TRACE}-${SPAN}-01-more`, "more than version 00 has"],
    [`00-${TRACE}-${SPAN}-01.`, "another character behind"],
    [`cc-${TRACE}-${SPAN}-01.more`, "another character behind a later version"],
    [`00-${TRACE}-${SPAN}`, "no flags"],
    [`00-${TRACE}-${SPAN}-1`, "a digit of the flags"],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, "upper case"],
    [`00-${"0".repeat(32)}-${SPAN}-01`, "no trace"],
    [`00-${TRACE}-${"0".repeat(16)}-01`, "no span"],
    [`00-${TRACE}0-${SPAN}-01`, "a digit too many"],
    [`cc-${TRACE}-${SPAN}-01-${"x".repeat(500)}`, "a text without end"],
  ])("%j is none: %s", (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  test("is whatever is written as one, and nothing else", () => {
    const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
    fc.assert(
      fc.property(hex(32), hex(16), fc.nat(255), (traceId, spanId, flags) => {
        const text = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
        const isOne = !/^0+$/.test(traceId) && !/^0+$/.test(spanId);
        const expected = { traceId, spanId, isSampled: flags % 2 === 1 };
        expect(parseTraceparent(text)).toEqual(isOne ? expected : undefined);
      }),
      { seed: seedOf("traceparent", process.env["SEED"]) },
    );
    for (const value of [undefined, null, 5, {}]) expect(parseTraceparent(value)).toBeUndefined();
  });
});

describe("what somebody says about a trace", () => {
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

  test("its ids go before its header", () => {
    expect(readTraceRef({ traceId: TRACE, traceparent })).toEqual({ traceId: TRACE });
    expect(readTraceRef({ traceId: TRACE.toUpperCase(), spanId: SPAN.toUpperCase() })).toEqual({
      traceId: TRACE,
      spanId: SPAN,
    });
    expect(readTraceRef({ traceparent })).toEqual({
      traceId: "a".repeat(32),
      spanId: "b".repeat(16),
    });
  });

  test("nothing, as a header that is not there", () => {
    expect(readTraceRef({})).toBeUndefined();
    expect(readTraceRef({ traceparent: null })).toBeUndefined();
  });

  test("of a trace that nobody keeps there is nothing to show", () => {
    expect(readTraceRef({ traceparent: `00-${TRACE}-${SPAN}-00` })).toBe("not_sampled");
  });

  test.each([
    [{ traceId: "x" }],
    [{ spanId: SPAN }],
    [{ traceId: TRACE, spanId: "x" }],
    [{ traceparent: "x" }],
    ["4bf92f3577b34da6a3ce929d0e0e4736"],
    [null],
  ])("%j is none", (ref) => {
    expect(readTraceRef(ref as never)).toBe("invalid");
  });
});
