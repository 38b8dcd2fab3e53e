import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../../../src/wire/retry-after.ts";

const NOW = Date.UTC(2026, 10, 21, 4, 30, 0);

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["1", 1_000],
    [" 120 ", 120_000],
    ["31536000", 31_536_000_000],
    ["999999999999999", 999_999_999_999_999_000],
    ["1.5", 1_500],
    ["0.25", 250],
    ["0.0001", 1],
    ["2.000000000", 2_000],
  ])("reads seconds: %j", (text, expected) => {
    expect(parseRetryAfter(text, NOW)).toBe(expected);
  });

  it.each([
    "Sat, 21 Nov 2026 04:30:37 GMT",
    "Saturday, 21-Nov-26 04:30:37 GMT",
    "Sat Nov 21 04:30:37 2026",
    "Saturday, 21 Nov 2026 04:30:37 GMT",
    "Sat 21 Nov 2026 04:30:37 GMT",
    "Sat, 21-Nov-26 04:30:37 GMT",
    "Sat, Nov 21 04:30:37 2026",
  ])("reads the dates of RFC 9110, and what servers make of them: %j", (text) => {
    expect(parseRetryAfter(text, NOW)).toBe(37_000);
  });

  it("counts a date from the moment that the answer came", () => {
    const text = "Sat, 21 Nov 2026 04:30:37 GMT";
    expect(parseRetryAfter(text, NOW + 36_750)).toBe(250);
    expect(parseRetryAfter("Sun Nov  1 04:30:37 2026", NOW - 30 * 86_400_000)).toBe(
      10 * 86_400_000 + 37_000,
    );
  });

  it.each([
    "",
    "soon",
    "-5",
    "1.",
    ".5",
    "1.0000000001",
    "1,5",
    "1e3",
    "0x10",
    "1000000000000000",
    "2030-01-01",
    "30 s",
    "Sat, 21 Nov 2026 04:30:00 GMT",
    "Sat, 21 Nov 2026 04:29:59 GMT",
    "Sat, 99 Nov 2026 04:30:37 GMT",
    "Sat, 21 Foo 2026 04:30:37 GMT",
    "Sat, 21 Nov 2026 04:30:37 CET",
    "21 Nov 2026 04:30:37 GMT",
    "Sat, 21 Nov 2026 04:30:37",
  ])("says nothing useful: %j", (text) => {
    expect(parseRetryAfter(text, NOW)).toBeUndefined();
  });

  it("gives a time of zero or more, or nothing, for any text", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(2 ** 41), (text, nowMs) => {
        const waitMs = parseRetryAfter(text, nowMs);
        expect(waitMs === undefined || waitMs >= 0).toBe(true);
      }),
    );
  });

  it("reads every date that toUTCString writes", () => {
    const dates = fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(dates, fc.integer({ min: 1, max: 10 ** 9 }), (date, aheadSeconds) => {
        const at = Math.floor(date.getTime() / 1_000) * 1_000;
        const nowMs = at - aheadSeconds * 1_000;
        const text = new Date(at).toUTCString();
        expect(parseRetryAfter(text, nowMs)).toBe(aheadSeconds * 1_000);
      }),
    );
  });
});
