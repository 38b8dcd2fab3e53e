import fc from "fast-check";
import { expect, it } from "vitest";
import { parseSettings, withSettings } from "../../../../src/cli/backtest/rule-settings.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("settings of a rule", process.env["SEED"]);

it("reads numbers, durations, lists and texts as the fields of a rule", () => {
  const settings = [
    "thresholdMs=800",
    "forMs=2m",
    "thresholdRate=0.05",
    "window=1h",
    "kind=null",
    "targets=meta, google",
    "operations=events",
    'action={"en":"Look."}',
    "severity=HIGH",
  ];
  expect(parseSettings(settings)).toEqual({
    ok: true,
    fields: {
      thresholdMs: 800,
      forMs: 120_000,
      thresholdRate: 0.05,
      window: "1h",
      kind: null,
      targets: ["meta", "google"],
      operations: ["events"],
      action: { en: "Look." },
      severity: "HIGH",
    },
  });
  expect(parseSettings(["operations=each", "targets=null"])).toEqual({
    ok: true,
    fields: { operations: "each", targets: null },
  });
});

it.each([["thresholdMs"], ["=5"], ["a b=5"], ["__proto__=5"], [""]])("refuses %j", (setting) => {
  expect(parseSettings([setting])).toMatchObject({
    ok: false,
    problem: expect.stringContaining("--set takes NAME=VALUE"),
  });
});

it("refuses a field that is given twice", () => {
  expect(parseSettings(["forMs=1m", "forMs=2m"])).toEqual({
    ok: false,
    problem: "--set gives forMs more than once.",
  });
});

it("reads back whatever is written as JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(parseSettings([`field=${text}`])).toEqual({
        ok: true,
        fields: { field: JSON.parse(text) },
      });
    }),
    { seed },
  );
});

it("takes the threshold at which a rule recovers along with its threshold", () => {
  const base = { name: "slow", thresholdMs: 800, recoveryThresholdMs: 700, forMs: 0 };
  expect(withSettings(base, { thresholdMs: 100 })).toEqual({
    rule: { name: "slow", thresholdMs: 100, forMs: 0 },
    leftOut: "recoveryThresholdMs",
  });
  const both = { thresholdMs: 100, recoveryThresholdMs: 90 };
  expect(withSettings(base, both)).toEqual({ rule: { ...base, ...both }, leftOut: undefined });
  expect(withSettings(base, { forMs: 5 })).toEqual({
    rule: { ...base, forMs: 5 },
    leftOut: undefined,
  });
});
