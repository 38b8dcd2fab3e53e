import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseTime } from "../../../../src/cli/args/parse-time.ts";
import { seedOf } from "../../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const seed = seedOf("points in time", process.env["SEED"]);

it.each([
  ["now", NOW],
  ["2h", NOW - 7_200_000],
  ["1795190000000", 1_795_190_000_000],
  ["0", 0],
  ["2026-11-21", Date.UTC(2026, 10, 21)],
  ["2026-11-21T08:30", Date.UTC(2026, 10, 21, 8, 30)],
  ["2026-11-21T08:30:15.25Z", Date.UTC(2026, 10, 21, 8, 30, 15, 250)],
  ["2026-11-21T08:30:15.123456789Z", Date.UTC(2026, 10, 21, 8, 30, 15, 123)],
  ["2026-11-21T08:30:00-03:00", Date.UTC(2026, 10, 21, 11, 30)],
  ["2026-11-21T08:30:00+0200", Date.UTC(2026, 10, 21, 6, 30)],
  ["2024-02-29", Date.UTC(2024, 1, 29)],
])("reads %j as %j", (text, epochMs) => {
  expect(parseTime(text, NOW)).toBe(epochMs);
});

it.each([
  ["2026-02-29"],
  ["2026-02-30T00:00Z"],
  ["2026-13-01"],
  ["2026-11-21T25:00"],
  ["2026-11-21T08:30+25:00"],
  ["2026-11-21 08:30"],
  ["2026-11"],
  ["-1"],
  ["1e12"],
  ["9999999999999999"],
  ["99999w"],
  ["yesterday"],
  [""],
])("refuses %j, and says what would be right", (text) => {
  expect(() => parseTime(text, NOW)).toThrow(InvalidArgumentError);
  expect(() => parseTime(text, NOW)).toThrow("2026-11-21T08:30Z");
});

it("reads back every millisecond that a date writes, in either form", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), (epochMs) => {
      expect(parseTime(new Date(epochMs).toISOString(), NOW)).toBe(epochMs);
      expect(parseTime(String(epochMs), NOW)).toBe(epochMs);
    }),
    { seed },
  );
});
