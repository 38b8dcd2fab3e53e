import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { Rule } from "../../../src/alerts/rule.ts";
import { ruleFingerprint } from "../../../src/alerts/rule-fingerprint.ts";
import { ruleExample } from "../../support/alerts/series-facts.ts";

const FIXTURE = join(import.meta.dirname, "../../fixtures/alerts/default-rule-fingerprints.json");

const SCOPED: Rule = ruleExample({
  scope: { kind: "platform", targets: ["meta", "google"], operations: ["b", "a"] },
  inhibits: ["two", "one"],
});

/** The same rule with the fields of every object the other way round. */
function reversed(rule: Rule): Rule {
  const turn = <Some extends object>(fields: Some): Some =>
    Object.fromEntries(Object.entries(fields).toReversed()) as Some;
  return turn({ ...rule, scope: turn(rule.scope), measure: turn(rule.measure) });
}

describe("a rule's fingerprint", () => {
  // Whatever changes one ends the alerts that fire when this version is deployed, as "rule_changed".
  // Change the fixture only for a default rule whose condition has become another one.
  test("of each default rule is what it was", () => {
    const expected: unknown = JSON.parse(readFileSync(FIXTURE, "utf8"));
    const now = DEFAULT_RULES.map((rule) => [rule.name, ruleFingerprint(rule)]);
    expect(Object.fromEntries(now)).toEqual(expected);
  });

  test("does not depend on the order of fields, nor of lists that are sets", () => {
    const other: Rule = {
      ...SCOPED,
      scope: { ...SCOPED.scope, targets: ["google", "meta"], operations: ["a", "b"] },
      inhibits: ["one", "two"],
    };
    expect(ruleFingerprint(reversed(SCOPED))).toBe(ruleFingerprint(SCOPED));
    expect(ruleFingerprint(other)).toBe(ruleFingerprint(SCOPED));
  });

  test("knows nothing of texts, nor of fields that it does not list", () => {
    const later: Rule & { readonly later: number } = {
      ...SCOPED,
      action: { en: "Do.", "pt-BR": "Faça." },
      later: 1,
    };
    expect(ruleFingerprint(later)).toBe(ruleFingerprint(SCOPED));
  });

  const CHANGES: readonly Partial<Rule>[] = [
    { name: "other" },
    { severity: "LOW" },
    { scope: { ...SCOPED.scope, kind: undefined } },
    { scope: { ...SCOPED.scope, targets: ["meta"] } },
    { scope: { ...SCOPED.scope, targets: undefined } },
    { scope: { ...SCOPED.scope, operations: "each" } },
    { scope: { ...SCOPED.scope, operations: "whole" } },
    { measure: { metric: "meanLatency", window: "5m" } },
    { measure: { metric: "latency", percentile: 99, window: "5m" } },
    { measure: { metric: "latency", percentile: 95, window: "1h" } },
    { comparison: ">" },
    { threshold: 11 },
    { recoveryThreshold: 9 },
    { forMs: 0 },
    { keepFiringForMs: 1 },
    { minCount: 21 },
    { noData: "ok" },
    { inhibits: ["one"] },
    { inhibits: [] },
  ];

  test("is another one for whatever else is different", () => {
    const all = [SCOPED, ...CHANGES.map((change) => ({ ...SCOPED, ...change }))];
    const fingerprints = new Map(all.map((rule, i) => [ruleFingerprint(rule), i]));
    expect([...fingerprints.values()]).toEqual(all.map((_, i) => i));
  });

  test("leaves out what is as it is without being said, so that more can be said later", () => {
    const plain = JSON.parse(ruleFingerprint(ruleExample())) as object;
    expect(Object.keys(plain)).toEqual([
      "comparison",
      "forMs",
      "metric",
      "minCount",
      "name",
      "percentile",
      "recoveryThreshold",
      "severity",
      "threshold",
      "window",
    ]);
  });
});
