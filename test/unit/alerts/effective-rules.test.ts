import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import { effectiveRules } from "../../../src/alerts/effective-rules.ts";
import type { Rule } from "../../../src/alerts/rule.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("effective rules", process.env["SEED"]);

const SLOW = { metric: "latency", thresholdMs: 1000 };

function faultsOf(input: unknown): string[] {
  const effective = effectiveRules(input);
  return effective.ok ? [] : effective.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

function accepted(input: unknown): readonly Rule[] {
  const effective = effectiveRules(input);
  if (!effective.ok) throw new Error(faultsOf(input).join("\n"));
  return effective.rules;
}

function ruleIn(input: unknown, name: string): Rule | undefined {
  return accepted(input).find((rule) => rule.name === name);
}

const byDefault = (name: string): Rule | undefined =>
  DEFAULT_RULES.find((rule) => rule.name === name);

describe("effectiveRules", () => {
  it("are the defaults if nothing is configured", () => {
    expect(accepted({})).toEqual(DEFAULT_RULES);
  });

  it("does not turn a default around by its comparison alone", () => {
    expect(faultsOf({ "cache-low": { comparison: ">" } })).toEqual([
      "cache-low.comparison: turns the default (<) around; give its thresholdRate as well",
    ]);
    expect(
      ruleIn({ "cache-low": { comparison: ">", thresholdRate: 0.9 } }, "cache-low"),
    ).toMatchObject({ comparison: ">", threshold: 0.9, recoveryThreshold: 0.9 });
    expect(ruleIn({ "cache-low": { comparison: "<=" } }, "cache-low")).toMatchObject({
      comparison: "<=",
    });
  });

  it("replaces nothing but the fields that are given of a default", () => {
    const changed = ruleIn({ "no-data": { forMs: 0, severity: "CRITICAL" } }, "no-data");
    expect(changed).toEqual({ ...byDefault("no-data"), forMs: 0, severity: "CRITICAL" });
    expect(accepted({ "no-data": { forMs: 0 } })).toHaveLength(DEFAULT_RULES.length);
  });

  it("lifts what a default is confined to by null", () => {
    const changed = ruleIn({ "error-rate-high": { kind: null } }, "error-rate-high");
    expect(changed?.scope.kind).toBeUndefined();
    expect(changed?.threshold).toBe(0.05);
  });

  it.each([
    ["worker-latency-critical", { thresholdMs: 300 }, 300, 270],
    ["worker-latency-critical", { thresholdMs: 300, recoveryThresholdMs: 100 }, 300, 100],
    ["worker-latency-critical", { recoveryThresholdMs: 800 }, 1000, 800],
    ["worker-latency-critical", { comparison: ">" }, 1000, 1000],
    ["error-rate-critical", { thresholdRate: 0.3 }, 0.3, 0.27],
    ["cache-low", { thresholdRate: 0.94 }, 0.94, 0.95],
    ["cache-critical", { thresholdRate: 0.85 }, 0.85, 0.865],
    ["throughput-drop", { thresholdRatio: 0.8 }, 0.8, 0.88],
    ["consecutive-errors", { thresholdCount: 3 }, 3, 1],
    ["consecutive-errors", { thresholdCount: 1 }, 1, 1],
    ["consecutive-errors", { thresholdCount: 20 }, 20, 4],
  ])("%s with %j has the thresholds %d and %d", (name, change, threshold, recoveryThreshold) => {
    expect(ruleIn({ [name]: change }, name)).toMatchObject({ threshold, recoveryThreshold });
  });

  it("takes another metric under a default's name for a whole new rule", () => {
    const input = { "cache-low": { metric: "errorRate", thresholdRate: 0.2 } };
    expect(ruleIn(input, "cache-low")).toEqual({
      name: "cache-low",
      severity: "MEDIUM",
      scope: { kind: undefined, targets: undefined, operations: "whole" },
      measure: { metric: "errorRate", window: "5m" },
      comparison: ">=",
      threshold: 0.2,
      recoveryThreshold: 0.2,
      forMs: 300_000,
      keepFiringForMs: 0,
      minCount: 20,
      noData: "hold",
      inhibits: [],
      action: { en: "", "pt-BR": "" },
    });
    expect(faultsOf({ "cache-low": { metric: "errorRate" } })).toEqual([
      "cache-low.thresholdRate: is missing and has no default",
    ]);
  });

  it("leaves out what is false, also where another rule inhibits it", () => {
    const names = accepted({ "cache-low": false, "no-data": false }).map(({ name }) => name);
    expect(names).toHaveLength(DEFAULT_RULES.length - 2);
    expect(names).not.toContain("cache-low");
    expect(names).toContain("cache-critical");
  });

  it("puts new rules after the defaults, in their order, inhibited by name", () => {
    const rules = accepted({ zebra: SLOW, ape: { ...SLOW, inhibits: ["zebra", "no-data"] } });
    expect(rules.slice(DEFAULT_RULES.length).map(({ name }) => name)).toEqual(["zebra", "ape"]);
    expect(rules.at(-1)?.inhibits).toEqual(["zebra", "no-data"]);
  });

  it.each([
    [[], ": must be an object, got an array"],
    [
      { "cache-lo": false },
      "cache-lo: false switches off a default rule, and none is called so; did you mean cache-low?",
    ],
    [
      { mine: false },
      `mine: false switches off a default rule, and none is called so; they are ${DEFAULT_RULES.map(
        ({ name }) => name,
      ).join(", ")}`,
    ],
    [{ mine: true }, "mine: must be an object, got true"],
    [{ "no-data": true }, "no-data: must be an object, got true"],
    [
      { "No data": SLOW },
      "No data: must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit, got " +
        '"No data"',
    ],
    [
      { "no-data": { name: "other" } },
      'no-data: must be no-data, as it is called where it stands, got "other"',
    ],
    [
      { "error-rate-high": { thresholdMs: 5 } },
      "error-rate-high.thresholdMs: a rule of errorRate has thresholdRate: a fraction from 0 to 1 " +
        "(10 % is 0.1)",
    ],
    [
      { "error-rate-high": { thresholdRate: 5 } },
      "error-rate-high.thresholdRate: must be a fraction from 0 to 1 (10 % is 0.1), got 5",
    ],
    [
      { "worker-latency-critical": { thresholdMs: -1000 } },
      "worker-latency-critical.thresholdMs: must be milliseconds, a number from 0 to 604800000, " +
        "got -1000",
    ],
    [
      { mine: { ...SLOW, inhibits: ["no-dta"] } },
      "mine.inhibits.0: no rule is called no-dta; did you mean no-data?",
    ],
    [{ mine: { ...SLOW, inhibits: ["zzz"] } }, "mine.inhibits.0: no rule is called zzz"],
    [
      {
        a: { ...SLOW, inhibits: ["b"] },
        b: { ...SLOW, inhibits: ["c"] },
        c: { ...SLOW, inhibits: ["b"] },
      },
      "b.inhibits: is a circle: b inhibits c inhibits b",
    ],
    [
      { "error-rate-high": { inhibits: ["error-rate-critical"] } },
      "error-rate-critical.inhibits: is a circle: error-rate-critical inhibits error-rate-high " +
        "inhibits error-rate-critical",
    ],
  ])("refuses %j", (input, fault) => {
    expect(faultsOf(input)).toEqual([fault]);
  });

  it("takes 100 rules with the defaults, and no more", () => {
    const rules = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, SLOW]));
    expect(accepted(rules(100 - DEFAULT_RULES.length))).toHaveLength(100);
    expect(faultsOf(rules(101 - DEFAULT_RULES.length))).toEqual([
      ": must be at most 100 rules with the defaults, got 101",
    ]);
    expect(faultsOf(rules(5000))).toEqual([
      ": must be at most 100 rules with the defaults, got 5000",
    ]);
  });

  it("never throws, and each fault says which rule", () => {
    const anyName = fc.constantFrom(...DEFAULT_RULES.map(({ name }) => name), "mine", "Mine!", "");
    const anyField = fc.constantFrom("thresholdMs", "thresholdRate", "inhibits", "metric", "forMs");
    const anyEntry = fc.oneof(
      fc.jsonValue(),
      fc.constant(false),
      fc.dictionary(anyField, fc.oneof(fc.jsonValue(), fc.double(), fc.constant(["no-data"]))),
    );
    fc.assert(
      fc.property(fc.dictionary(anyName, anyEntry), (input) => {
        const effective = effectiveRules(input);
        if (effective.ok) return;
        expect(effective.faults.length).toBeGreaterThan(0);
        const names = [...Object.keys(input), ...DEFAULT_RULES.map(({ name }) => name)];
        for (const { path } of effective.faults) {
          expect(names.some((name) => path === name || path.startsWith(`${name}.`))).toBe(true);
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
