import fc from "fast-check";
import { expect, test } from "vitest";
import { Format, NOTHING } from "../../../dashboard/src/i18n/format.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("numbers as people write them", process.env["SEED"]);
const ENGLISH = new Format("en");
const PORTUGUESE = new Format("pt-BR");

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

test.each([
  [0, "0.00"],
  [0.000_01, "< 0.01"],
  [0.004_99, "< 0.01"],
  [0.005, "0.01"],
  [9.994, "9.99"],
  [9.995, "10.0"],
  [99.94, "99.9"],
  [99.95, "100"],
  [1_234.5, "1,235"],
])("%d ms", (durationMs, text) => {
  expect(ENGLISH.ms(durationMs)).toBe(text);
});

test.each([
  [0, "0 %"],
  [0.000_000_1, "< 0.01 %"],
  [0.000_049, "< 0.01 %"],
  [0.000_05, "0.01 %"],
  [0.005, "0.50 %"],
  [1, "100 %"],
])("a share of %d", (fraction, text) => {
  expect(ENGLISH.percent(fraction)).toBe(text);
});

test("a rate is nothing only if there is none", () => {
  expect(ENGLISH.rate(0)).toBe("0");
  expect(ENGLISH.rate(0.0004)).toBe("< 0.01");
  expect(PORTUGUESE.rate(0.0004)).toBe("< 0,01");
});

test("what is not nothing is never told as nothing", () => {
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: 1e6, noNaN: true }), (value) => {
      for (const format of [ENGLISH, PORTUGUESE]) {
        const texts = [format.ms(value), format.rate(value), format.percent(value)];
        for (const text of texts) expect(text).toMatch(/[1-9]/);
      }
    }),
    { seed },
  );
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.00 kB"],
  [999_400, "999 kB"],
  [999_999, "1.00 MB"],
  [2_500_000_000, "2.50 GB"],
  [4e15, "4,000 TB"],
])("%d bytes", (bytes, text) => {
  expect(ENGLISH.bytes(bytes)).toBe(text);
});

test.each([
  [-5, "0.0 s"],
  [400, "0.4 s"],
  [9_940, "9.9 s"],
  [9_960, "10 s"],
  [119 * SECOND_MS, "119 s"],
  [119_700, "2 min"],
  [119 * MINUTE_MS, "119 min"],
  [119.6 * MINUTE_MS, "2 h"],
  [71 * HOUR_MS, "71 h"],
  [3 * DAY_MS, "3 d"],
])("a stretch of %d ms", (durationMs, text) => {
  expect(ENGLISH.duration(durationMs)).toBe(text);
});

test("a time of another day names the day", () => {
  const noon = new Date(2026, 10, 21, 12, 0, 5).getTime();
  expect(ENGLISH.clock(noon, noon + HOUR_MS)).toBe("12:00:05");
  expect(ENGLISH.clock(noon, noon + DAY_MS)).toBe("Nov 21, 2026, 12:00:05");
  expect(PORTUGUESE.clock(noon, noon - DAY_MS)).toMatch(/^21 de nov\. de 2026, 12:00:05$/);
  // The same hour of the day, which is not the same day.
  expect(ENGLISH.clock(noon - DAY_MS, noon)).toContain("Nov 20");
});

test("midnight is the hour 00, in both languages", () => {
  const midnight = new Date(2026, 10, 21).getTime();
  for (const format of [ENGLISH, PORTUGUESE]) {
    expect(format.clock(midnight, midnight)).toBe("00:00:00");
    expect(format.axisTime(midnight, MINUTE_MS)).toBe("00:00");
  }
});

test("the marks of an axis are as fine as they are apart", () => {
  const at = new Date(2026, 10, 21, 9, 5, 30).getTime();
  expect(ENGLISH.axisTime(at, SECOND_MS)).toBe("09:05:30");
  expect(ENGLISH.axisTime(at, MINUTE_MS)).toBe("09:05");
  expect(ENGLISH.axisTime(at, DAY_MS)).toBe(ENGLISH.axisDay(at));
  expect(ENGLISH.axisDay(at)).toBe("Nov 21");
});

test.each([
  [0.5, "0.5"],
  [20, "20"],
  [1_000, "1,000"],
])("a mark at %d ms", (durationMs, text) => {
  expect(ENGLISH.axisMs(durationMs)).toBe(text);
});

test("no number is a dash, whatever it was to count", () => {
  for (const none of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
    const durations = [ENGLISH.ms(none), ENGLISH.rate(none), ENGLISH.percent(none)];
    const others = [ENGLISH.bytes(none), ENGLISH.count(none), ENGLISH.score(none)];
    expect(new Set([...durations, ...others])).toEqual(new Set([NOTHING]));
  }
});
