import fc from "fast-check";
import { expect, it } from "vitest";
import { timeRangeOf } from "../../../../src/cli/args/time-range.ts";
import { CliError } from "../../../../src/cli/cli-error.ts";
import { seedOf } from "../../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const seed = seedOf("ranges of time", process.env["SEED"]);

it.each([
  [{}, NOW - 24 * HOUR_MS, NOW],
  [{ last: 2 * HOUR_MS }, NOW - 2 * HOUR_MS, NOW],
  [{ to: NOW - 24 * HOUR_MS }, NOW - 48 * HOUR_MS, NOW - 24 * HOUR_MS],
  [{ to: NOW - HOUR_MS, last: HOUR_MS }, NOW - 2 * HOUR_MS, NOW - HOUR_MS],
  [{ from: NOW - 1 }, NOW - 1, NOW],
  [{ to: 1 }, 0, 1],
])("makes a range of %j", (given, from, to) => {
  expect(timeRangeOf(given, NOW, "24h")).toEqual({ from, to });
});

it.each([
  [{ from: 0, last: 1 }, "--from and --last"],
  [{ from: NOW + 1 }, "must begin before it ends"],
  [{ from: 5, to: 5 }, "must begin before it ends"],
  [{ to: 0 }, "must begin before it ends"],
])("says what is wrong with %j", (given, problem) => {
  expect(() => timeRangeOf(given, NOW, "24h")).toThrow(problem);
});

it("never answers a range that is empty or begins before 1970", () => {
  const time = fc.option(fc.nat({ max: 2 * NOW }), { nil: undefined });
  const length = fc.option(fc.integer({ min: 1, max: 2 * NOW }), { nil: undefined });
  fc.assert(
    fc.property(time, time, length, (from, to, last) => {
      const given = {
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(last !== undefined && { last }),
      };
      try {
        const range = timeRangeOf(given, NOW, "24h");
        expect(range.from >= 0 && range.from < range.to).toBe(true);
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        expect(error.exitCode).toBe(64);
      }
    }),
    { seed },
  );
});
