import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRule, ruleBody } from "../../../src/alerts/rule-schema.ts";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import {
  changeDraft,
  draftOf,
  fieldsOf,
  numberOf,
  ruleOfDraft,
} from "../../../dashboard/src/cards/alerts/trial/rule-draft.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("rule draft", process.env["SEED"]);

function body(input: object) {
  const parsed = parseRule(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return ruleBody(parsed.rule);
}

const latency = body({
  name: "slow",
  metric: "latency",
  thresholdMs: 1000,
  recoveryThresholdMs: 900,
});

test("every default rule goes through the form and comes out as it is", () => {
  expect(DEFAULT_RULES.length).toBeGreaterThan(10);
  for (const known of DEFAULT_RULES) {
    const rule = ruleBody(known);
    expect(ruleOfDraft(rule, draftOf(rule))).toEqual(rule);
  }
});

test("a rule shows the fields that its metric has, with times in minutes", () => {
  expect(fieldsOf(latency).map(({ key }) => key)).toEqual([
    "thresholdMs",
    "recoveryThresholdMs",
    "forMs",
    "keepFiringForMs",
    "percentile",
    "window",
    "minCount",
  ]);
  expect(draftOf(latency)).toMatchObject({ forMs: "5", thresholdMs: "1000", targets: "" });
});

test("what somebody writes is sent: minutes as milliseconds, commas as points, targets as a list", () => {
  let draft = changeDraft(latency, draftOf(latency), "forMs", "1,5");
  draft = changeDraft(latency, draft, "targets", " meta, google;tiktok ");
  draft = changeDraft(latency, draft, "window", "1h");
  expect(ruleOfDraft(latency, draft)).toEqual({
    ...latency,
    forMs: 90_000,
    targets: ["meta", "google", "tiktok"],
    window: "1h",
  });
});

test("what is no number is sent as it is written, for the server to say what it must be", () => {
  const draft = changeDraft(latency, draftOf(latency), "thresholdMs", "fast");
  expect(ruleOfDraft(latency, draft)).toMatchObject({ thresholdMs: "fast" });
  expect(parseRule(ruleOfDraft(latency, draft)).ok).toBe(false);
  expect(numberOf("")).toBeNaN();
});

test("where an alert ends follows the threshold until somebody sets it", () => {
  let draft = changeDraft(latency, draftOf(latency), "thresholdMs", "500");
  expect(draft["recoveryThresholdMs"]).toBe("450");
  draft = changeDraft(latency, draft, "thresholdMs", "");
  draft = changeDraft(latency, draft, "thresholdMs", "300");
  expect(draft["recoveryThresholdMs"]).toBe("270");
  draft = changeDraft(latency, draft, "recoveryThresholdMs", "100");
  draft = changeDraft(latency, draft, "thresholdMs", "400");
  expect(draft["recoveryThresholdMs"]).toBe("100");
});

test("whatever threshold the server takes, it takes with where the alert ends then", () => {
  const rules = [
    latency,
    body({ name: "failing", metric: "errorRate", thresholdRate: 0.1, recoveryThresholdRate: 0.09 }),
    body({ name: "misses", metric: "hitRate", thresholdRate: 0.5, recoveryThresholdRate: 0.55 }),
    body({
      name: "streak",
      metric: "consecutiveErrors",
      thresholdCount: 5,
      recoveryThresholdCount: 1,
    }),
    body({
      name: "balance",
      metric: "lastMeasure",
      measure: "value",
      comparison: "<",
      thresholdValue: -10,
      recoveryThresholdValue: 3,
    }),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...rules),
      fc.oneof(
        fc.integer({ min: 1, max: 1000 }).map((thousandths) => thousandths / 1000),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: -10_000, max: -1 }),
      ),
      (rule, threshold) => {
        const key = fieldsOf(rule)[0]?.key ?? "";
        const draft = changeDraft(rule, draftOf(rule), key, String(threshold));
        const sent = ruleOfDraft(rule, draft);
        const recovery = Object.keys(sent).find((name) => name.startsWith("recovery")) ?? "";
        const alone = parseRule({ ...sent, [recovery]: undefined });
        expect(parseRule(sent).ok).toBe(alone.ok);
      },
    ),
    { seed, numRuns: 1000 },
  );
});
