import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { Rule } from "../../../src/alerts/rule.ts";

const MINUTE = 60_000;

/** A rule as a table would say it. */
function told({ measure, scope, comparison, threshold, forMs, severity }: Rule): unknown[] {
  return [measure.metric, scope.kind ?? "any", comparison, threshold, forMs / MINUTE, severity];
}

function rule(name: string): Rule {
  const found = DEFAULT_RULES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no rule ${name}`);
  return found;
}

/** Metric, kind of target, condition, minutes that it has to hold, severity. */
const TABLE: readonly [string, ...unknown[]][] = [
  ["worker-latency-critical", "latency", "worker", ">=", 1000, 5, "CRITICAL"],
  ["worker-latency-degraded", "latency", "worker", ">=", 500, 10, "HIGH"],
  ["platform-latency", "latency", "platform", ">=", 2000, 5, "HIGH"],
  ["error-rate-critical", "errorRate", "platform", ">=", 0.1, 5, "CRITICAL"],
  ["error-rate-high", "errorRate", "platform", ">=", 0.05, 10, "HIGH"],
  ["consecutive-errors", "consecutiveErrors", "platform", ">=", 5, 0, "HIGH"],
  ["throughput-surge", "throughput", "any", ">", 2, 5, "CRITICAL"],
  ["throughput-drop", "throughput", "any", "<", 0.5, 15, "HIGH"],
  ["no-data", "noData", "any", ">=", 60_000, 10, "HIGH"],
  ["d1-slow", "meanLatency", "d1", ">", 1000, 10, "CRITICAL"],
  ["d1-wait", "meanMeasure", "d1", ">", 200, 10, "HIGH"],
  ["cache-critical", "hitRate", "cache", "<", 0.5, 10, "CRITICAL"],
  ["cache-low", "hitRate", "cache", "<", 0.7, 15, "MEDIUM"],
  ["limit-exhausted", "denialRate", "any", ">", 0.2, 5, "MEDIUM"],
  ["budget-burn", "budgetBurn", "platform", ">=", 14.4, 0, "CRITICAL"],
  ["budget-burn-slow", "budgetBurn", "platform", ">=", 6, 0, "HIGH"],
];

/** Beside the table: queues, probes, and what none of it sees: a refusal is no error and not slow. */
const BESIDE: readonly [string, ...unknown[]][] = [
  ["queue-slow", "latency", "queue", ">=", 2000, 10, "HIGH"],
  ["probe-failing", "lastMeasure", "probe", ">=", 1, 0, "HIGH"],
  ["rate-limited", "rateLimitedRate", "platform", ">=", 0.2, 5, "HIGH"],
];

describe("the default rules", () => {
  it("are these, in this order", () => {
    const beside = new Set(BESIDE.map(([name]) => name));
    const names = DEFAULT_RULES.map(({ name }) => name);
    expect(names.filter((name) => !beside.has(name))).toEqual(TABLE.map(([name]) => name));
    expect(names.filter((name) => beside.has(name))).toEqual([...beside]);
  });

  it.each([...TABLE, ...BESIDE])("%s", (name, ...expected) => {
    expect(told(rule(name))).toEqual(expected);
  });

  it.each([
    ["worker-latency-critical", { metric: "latency", percentile: 95, window: "5m" }, 20],
    ["worker-latency-degraded", { metric: "latency", percentile: 95, window: "5m" }, 20],
    ["platform-latency", { metric: "latency", percentile: 95, window: "5m" }, 20],
    ["error-rate-critical", { metric: "errorRate", window: "5m" }, 20],
    ["error-rate-high", { metric: "errorRate", window: "5m" }, 20],
    ["throughput-surge", { metric: "throughput", window: "5m" }, 100],
    ["throughput-drop", { metric: "throughput", window: "5m" }, 100],
    ["no-data", { metric: "noData", lookbackMs: 60 * MINUTE }, 20],
    ["d1-slow", { metric: "meanLatency", window: "5m" }, 5],
    ["d1-wait", { metric: "meanMeasure", measure: "waitMs", window: "5m" }, 5],
    ["queue-slow", { metric: "latency", percentile: 95, window: "5m" }, 5],
    ["probe-failing", { metric: "lastMeasure", measure: "failing", window: "1h" }, 1],
    ["cache-critical", { metric: "hitRate", window: "5m" }, 100],
    ["cache-low", { metric: "hitRate", window: "5m" }, 100],
    ["rate-limited", { metric: "rateLimitedRate", window: "5m" }, 20],
    ["limit-exhausted", { metric: "denialRate", windowMs: 5 * MINUTE }, 20],
    [
      "budget-burn",
      {
        metric: "budgetBurn",
        objective: 0.995,
        longWindowMs: 60 * MINUTE,
        shortWindowMs: 5 * MINUTE,
      },
      100,
    ],
    [
      "budget-burn-slow",
      {
        metric: "budgetBurn",
        objective: 0.995,
        longWindowMs: 360 * MINUTE,
        shortWindowMs: 30 * MINUTE,
      },
      100,
    ],
  ])("%s looks at %j with a volume of at least %d", (name, measure, minCount) => {
    expect(rule(name).measure).toEqual(measure);
    expect(rule(name).minCount).toBe(minCount);
  });

  it("look at each query of D1 and each probe, at what queues do, and else at whole targets", () => {
    expect(rule("d1-slow").scope.operations).toBe("each");
    expect(rule("probe-failing").scope.operations).toBe("each");
    expect(rule("queue-slow").scope.operations).toEqual(["process"]);
    const ofOperations = new Set(["d1-slow", "probe-failing", "queue-slow"]);
    const others = DEFAULT_RULES.filter(({ name }) => !ofOperations.has(name));
    expect(new Set(others.map(({ scope }) => scope.operations))).toEqual(new Set(["whole"]));
  });

  it("recover on the good side: errors in a row with the first success, no data at once", () => {
    const apart = DEFAULT_RULES.filter(
      ({ name }) =>
        !["consecutive-errors", "no-data", "rate-limited", "probe-failing"].includes(name),
    );
    for (const { name, threshold, recoveryThreshold } of apart) {
      const margin = Math.abs(recoveryThreshold - threshold) / threshold;
      expect(margin, name).toBeGreaterThan(0.05);
      expect(margin, name).toBeLessThan(0.15);
    }
    expect(rule("consecutive-errors").recoveryThreshold).toBe(1);
    expect(rule("no-data").recoveryThreshold).toBe(60_000);
    expect(rule("rate-limited").recoveryThreshold).toBe(0.15);
    expect(rule("probe-failing").recoveryThreshold).toBe(1);
  });

  it("inhibit what they imply", () => {
    const inhibitions = DEFAULT_RULES.filter(({ inhibits }) => inhibits.length > 0);
    expect(Object.fromEntries(inhibitions.map(({ name, inhibits }) => [name, inhibits]))).toEqual({
      "worker-latency-critical": ["worker-latency-degraded"],
      "error-rate-critical": [
        "error-rate-high",
        "consecutive-errors",
        "budget-burn",
        "budget-burn-slow",
      ],
      "no-data": ["throughput-drop"],
      "cache-critical": ["cache-low"],
      "rate-limited": ["limit-exhausted"],
      "budget-burn": ["budget-burn-slow", "error-rate-high"],
    });
  });

  it("are in the runbook, each in its table and with an entry of its own", () => {
    const runbook = readFileSync(join(import.meta.dirname, "../../../docs/alerts.md"), "utf8");
    const namesOf = (pattern: RegExp) => [...runbook.matchAll(pattern)].map(([, name]) => name);
    const names = DEFAULT_RULES.map(({ name }) => name);
    expect(namesOf(/^\| \[(\S+)\]\(#\1\) /gmu)).toEqual(names);
    expect(namesOf(/^### (\S+)\n\n- \*\*Means:\*\* /gmu)).toEqual(expect.arrayContaining(names));
  });

  it("say in both languages what to do, briefly", () => {
    for (const { name, action } of DEFAULT_RULES) {
      expect(action.en, name).toMatch(/^[A-Z].{20,200}\.$/u);
      expect(action["pt-BR"], name).toMatch(/^[A-Z].{20,200}\.$/u);
      expect(action.en, name).not.toBe(action["pt-BR"]);
    }
  });
});
