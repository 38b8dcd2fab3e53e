import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseDuration, parseDurationMs } from "../../../../src/cli/args/parse-duration.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("durations", process.env["SEED"]);

it.each([
  ["500ms", 500],
  ["90s", 90_000],
  ["1.5s", 1_500],
  ["15m", 900_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["2w", 1_209_600_000],
  ["0.25ms", undefined],
  ["0s", undefined],
  ["90", undefined],
  ["", undefined],
  ["-5s", undefined],
  ["1e3s", undefined],
  ["5 s", undefined],
  ["5S", undefined],
  ["1h30m", undefined],
  [".5s", undefined],
  ["999999999999d", undefined],
  ["5s\n", undefined],
  ["constructor", undefined],
])("reads %j as %j milliseconds", (text, durationMs) => {
  expect(parseDurationMs(text)).toBe(durationMs);
  if (durationMs === undefined) expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
  else expect(parseDuration(text)).toBe(durationMs);
});

it("reads tenths of every unit, whatever the floating point makes of them", () => {
  const units = [["s", 1_000] as const, ["m", 60_000] as const, ["h", 3_600_000] as const];
  const longer = [["d", 86_400_000] as const, ["w", 604_800_000] as const];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.constantFrom(...units, ...longer),
      (tenths, [unit, unitMs]) => {
        const text = `${Math.floor(tenths / 10)}.${tenths % 10}${unit}`;
        expect(parseDurationMs(text)).toBe(tenths * (unitMs / 10));
      },
    ),
    { seed },
  );
});

it("takes nothing but what it says, and what it takes is a positive whole number", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,6}[a-z]{0,3}$/)), (text) => {
      const durationMs = parseDurationMs(text);
      if (durationMs === undefined) return;
      expect(text).toMatch(/^\d+(\.\d+)?(ms|s|m|h|d|w)$/);
      expect(Number.isSafeInteger(durationMs) && durationMs > 0).toBe(true);
    }),
    { seed },
  );
});
