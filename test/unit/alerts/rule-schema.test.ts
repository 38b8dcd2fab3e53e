import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRule, ruleBody } from "../../../src/alerts/rule-schema.ts";
import { METRICS } from "../../../src/alerts/metrics.ts";
import { type MetricName, type Rule, SEVERITIES } from "../../../src/alerts/rule.ts";
import { TARGET_KINDS } from "../../../src/target-kind.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("rule schema", process.env["SEED"]);

const LATENCY = { name: "slow", metric: "latency", thresholdMs: 1000 };
const ERRORS = { name: "failing", metric: "errorRate", thresholdRate: 0.1 };
const BURN = { name: "burn", metric: "budgetBurn", thresholdRatio: 6 };
const SILENT = { name: "silent", metric: "noData", thresholdMs: 60_000 };
const WAIT = { name: "wait", metric: "meanMeasure", measure: "waitMs", thresholdValue: 200 };
const PROBE = { name: "probe", metric: "lastMeasure", measure: "value", thresholdValue: 3 };
const STREAK = { name: "streak", metric: "consecutiveErrors", thresholdCount: 5 };

function faultsOf(input: unknown, name?: string): string[] {
  const parsed = parseRule(input, name);
  return parsed.ok ? [] : parsed.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

function accepted(input: unknown, name?: string): Rule {
  const parsed = parseRule(input, name);
  if (!parsed.ok) throw new Error(faultsOf(input, name).join("\n"));
  return parsed.rule;
}

describe("parseRule", () => {
  it("fills in every default", () => {
    expect(accepted(LATENCY)).toEqual({
      name: "slow",
      severity: "MEDIUM",
      scope: { kind: undefined, targets: undefined, operations: "whole" },
      measure: { metric: "latency", percentile: 95, window: "5m" },
      comparison: ">=",
      threshold: 1000,
      recoveryThreshold: 1000,
      forMs: 300_000,
      keepFiringForMs: 0,
      minCount: 20,
      noData: "hold",
      inhibits: [],
      action: { en: "", "pt-BR": "" },
    });
  });

  it.each<[MetricName, object, object]>([
    ["meanLatency", { thresholdMs: 5 }, { comparison: ">=", forMs: 300_000, minCount: 5 }],
    ["errorRate", { thresholdRate: 0.1 }, { comparison: ">=", forMs: 300_000, minCount: 20 }],
    [
      "rateLimitedRate",
      { thresholdRate: 0.1 },
      {
        comparison: ">=",
        forMs: 300_000,
        minCount: 20,
        measure: { metric: "rateLimitedRate", window: "5m" },
      },
    ],
    ["consecutiveErrors", { thresholdCount: 3 }, { comparison: ">=", forMs: 0, minCount: 0 }],
    ["throughput", { thresholdRatio: 3 }, { comparison: ">=", forMs: 300_000, minCount: 100 }],
    ["hitRate", { thresholdRate: 0.5 }, { comparison: "<", forMs: 300_000, minCount: 100 }],
    [
      "denialRate",
      { thresholdRate: 0.5 },
      { forMs: 300_000, minCount: 20, measure: { metric: "denialRate", windowMs: 300_000 } },
    ],
    [
      "noData",
      { thresholdMs: 60_000 },
      { forMs: 300_000, minCount: 20, measure: { metric: "noData", lookbackMs: 3_600_000 } },
    ],
    [
      "meanMeasure",
      { measure: "rowsRead", thresholdValue: 1000 },
      { comparison: ">=", forMs: 300_000, minCount: 5 },
    ],
    [
      "lastMeasure",
      { measure: "sizeBytes", thresholdValue: 5e8 },
      {
        comparison: ">=",
        forMs: 0,
        minCount: 1,
        measure: { metric: "lastMeasure", measure: "sizeBytes", window: "1h" },
      },
    ],
    [
      "budgetBurn",
      { thresholdRatio: 6 },
      {
        forMs: 0,
        minCount: 100,
        measure: {
          metric: "budgetBurn",
          objective: 0.995,
          longWindowMs: 3_600_000,
          shortWindowMs: 300_000,
        },
      },
    ],
  ])("has the defaults of %s", (metric, threshold, expected) => {
    expect(accepted({ name: "r", metric, ...threshold })).toMatchObject(expected);
  });

  it("takes the name from where the rule stands, and the same name beside it", () => {
    const { name: _name, ...anonymous } = LATENCY;
    expect(accepted(anonymous, "slow")).toEqual(accepted(LATENCY));
    expect(accepted(LATENCY, "slow")).toEqual(accepted(LATENCY));
    expect(faultsOf(LATENCY, "other")).toEqual([
      'name: must be other, as it is called where it stands, got "slow"',
    ]);
    expect(faultsOf(anonymous)).toEqual(["name: is missing and has no default"]);
  });

  it("takes a percentile of one operation, as of how long messages wait in a queue", () => {
    const wait = { metric: "latency", percentile: 99, kind: "queue", operations: ["wait"] };
    expect(
      accepted({ ...wait, thresholdMs: 60_000, severity: "HIGH" }, "queue-wait"),
    ).toMatchObject({
      scope: { kind: "queue", targets: undefined, operations: ["wait"] },
      measure: { metric: "latency", percentile: 99, window: "5m" },
    });
  });

  it("takes what a probe finds below zero, where a balance may be", () => {
    const debt = { ...PROBE, comparison: "<", thresholdValue: -100, recoveryThresholdValue: 0 };
    expect(accepted(debt)).toMatchObject({ threshold: -100, recoveryThreshold: 0 });
    expect(accepted({ ...PROBE, comparison: "<=", thresholdValue: 0 }).threshold).toBe(0);
  });

  it("takes one text for both languages, or one for each", () => {
    expect(accepted({ ...LATENCY, action: "Look." }).action).toEqual({
      en: "Look.",
      "pt-BR": "Look.",
    });
    const action = { en: "Look.", "pt-BR": "Veja." };
    expect(accepted({ ...LATENCY, action }).action).toEqual(action);
  });

  it.each([
    [null, ": must be an object, got null"],
    [[LATENCY], ": must be an object, got an array"],
    [
      { ...LATENCY, metric: "latencey" },
      "metric: must be one of latency, meanLatency, errorRate, rateLimitedRate, consecutiveErrors, " +
        "throughput, " +
        "hitRate, denialRate, noData, budgetBurn, meanMeasure, lastMeasure, " +
        'got "latencey"; did you mean latency?',
    ],
    [
      { name: "r" },
      "metric: must be one of latency, meanLatency, errorRate, rateLimitedRate, consecutiveErrors, " +
        "throughput, " +
        "hitRate, denialRate, noData, budgetBurn, meanMeasure, lastMeasure, got undefined",
    ],
    [{ ...LATENCY, percentil: 99 }, "percentil: unknown field; did you mean percentile?"],
    [{ ...LATENCY, forMS: 0 }, "forMS: unknown field; did you mean forMs?"],
    [{ ...LATENCY, forMs: -1 }, "forMs: must be an integer from 0 to 604800000, got -1"],
    [
      { ...LATENCY, forMs: 604_800_001 },
      "forMs: must be an integer from 0 to 604800000, got 604800001",
    ],
    [{ ...LATENCY, forMs: "5m" }, 'forMs: must be an integer from 0 to 604800000, got "5m"'],
    [
      { ...LATENCY, keepFiringForMs: 0.5 },
      "keepFiringForMs: must be an integer from 0 to 604800000, got 0.5",
    ],
    [{ ...LATENCY, minCount: -1 }, "minCount: must be an integer from 0 to 1000000000, got -1"],
    [{ ...STREAK, minCount: 20 }, "minCount: must be 0: consecutiveErrors has no volume"],
    [
      { ...LATENCY, thresholdMs: -1 },
      "thresholdMs: must be milliseconds, a number from 0 to 604800000, got -1",
    ],
    [
      { ...LATENCY, thresholdMs: NaN },
      "thresholdMs: must be milliseconds, a number from 0 to 604800000, got NaN",
    ],
    [
      { ...LATENCY, thresholdMs: "1000" },
      'thresholdMs: must be milliseconds, a number from 0 to 604800000, got "1000"',
    ],
    [{ name: "r", metric: "latency" }, "thresholdMs: is missing and has no default"],
    [
      { ...ERRORS, thresholdRate: 10 },
      "thresholdRate: must be a fraction from 0 to 1 (10 % is 0.1), got 10",
    ],
    [
      { ...ERRORS, recoveryThresholdRate: 9 },
      "recoveryThresholdRate: must be a fraction from 0 to 1 (10 % is 0.1), got 9",
    ],
    [
      { ...ERRORS, thresholdMs: 100 },
      "thresholdMs: a rule of errorRate has thresholdRate: a fraction from 0 to 1 (10 % is 0.1)",
    ],
    [
      { ...ERRORS, threshold: 0.1 },
      "threshold: a rule of errorRate has thresholdRate: a fraction from 0 to 1 (10 % is 0.1)",
    ],
    [
      { ...ERRORS, recoveryThresholdMs: 100 },
      "recoveryThresholdMs: a rule of errorRate has recoveryThresholdRate: a fraction from 0 to 1 " +
        "(10 % is 0.1)",
    ],
    [
      { ...STREAK, thresholdCount: 2.5 },
      "thresholdCount: must be a count, an integer from 0 to 1000000, got 2.5",
    ],
    [
      { ...LATENCY, recoveryThresholdMs: 1001 },
      "recoveryThresholdMs: must be at most thresholdMs (1000), got 1001: the alert ends where the " +
        "value is no more >= it",
    ],
    [
      { ...LATENCY, comparison: "<", recoveryThresholdMs: 999 },
      "recoveryThresholdMs: must be at least thresholdMs (1000), got 999: the alert ends where the " +
        "value is no more < it",
    ],
    [
      { ...LATENCY, recoveryThresholdMs: 0 },
      "recoveryThresholdMs: never lets the alert end: every value is >= 0",
    ],
    [{ ...LATENCY, thresholdMs: 0 }, "thresholdMs: always holds: no value is not >= 0"],
    [
      { ...ERRORS, comparison: ">", thresholdRate: 1 },
      "thresholdRate: never holds: no value is > 1 (the largest is 1)",
    ],
    [{ ...LATENCY, comparison: "<", thresholdMs: 0 }, "thresholdMs: never holds: no value is < 0"],
    [
      { ...BURN, objective: 0.9, thresholdRatio: 14.4 },
      "thresholdRatio: never holds: no value is >= 14.4 (the largest is 10)",
    ],
    [
      { ...WAIT, measure: "sizeBytes" },
      'measure: must be one of rowsRead, rowsWritten, sqlMs, waitMs, slow, retries, got "sizeBytes"',
    ],
    [
      { ...PROBE, measure: "failed" },
      'measure: must be one of sizeBytes, keys, value, failing, got "failed"; did you mean failing?',
    ],
    [
      { ...PROBE, measure: undefined },
      "measure: must be one of sizeBytes, keys, value, failing, got undefined",
    ],
    [
      { ...WAIT, thresholdMs: 200 },
      "thresholdMs: a rule of meanMeasure has thresholdValue: in the unit of the measure, a number " +
        "from -1000000000000000 to 1000000000000000",
    ],
    [
      { ...LATENCY, thresholdValue: 200 },
      "thresholdValue: a rule of latency has thresholdMs: milliseconds, a number from 0 to 604800000",
    ],
    [
      { ...LATENCY, measure: "waitMs" },
      "measure: belongs to rules of meanMeasure, lastMeasure; a rule of latency has percentile, window",
    ],
    [
      { ...WAIT, comparison: "<", thresholdValue: -1 },
      "thresholdValue: never holds: no value is < -1",
    ],
    [
      { ...PROBE, measure: "failing", thresholdValue: 2 },
      "thresholdValue: never holds: no value is >= 2 (the largest is 1)",
    ],
    [
      { ...PROBE, thresholdValue: Infinity },
      "thresholdValue: must be in the unit of the measure, a number from -1000000000000000 to " +
        "1000000000000000, got Infinity",
    ],
    [
      { name: "r", metric: "throughput", kind: "probe", thresholdRatio: 2 },
      "kind: throughput says nothing of probes, which run by a timetable; for probes that do not " +
        "run there is noData",
    ],
    [{ ...LATENCY, comparison: "=" }, 'comparison: must be one of >=, >, <=, <, got "="'],
    [{ ...LATENCY, percentile: 0 }, "percentile: must be a percentile above 0, to 100, got 0"],
    [
      { ...LATENCY, percentile: 100.1 },
      "percentile: must be a percentile above 0, to 100, got 100.1",
    ],
    [
      { ...LATENCY, window: "10m" },
      'window: must be one of 1m, 5m, 1h, got "10m"; did you mean 1m?',
    ],
    [
      { ...LATENCY, windowMs: 300_000 },
      "windowMs: belongs to rules of denialRate; a rule of latency has percentile, window",
    ],
    [
      { ...BURN, window: "5m" },
      "window: belongs to rules of latency, meanLatency, errorRate, rateLimitedRate, throughput, hitRate, " +
        "meanMeasure, lastMeasure; a rule of budgetBurn has objective, longWindowMs, shortWindowMs",
    ],
    [
      { ...STREAK, objective: 0.9 },
      "objective: belongs to rules of budgetBurn; a rule of consecutiveErrors has no parameters",
    ],
    [
      { ...BURN, objective: 1 },
      "objective: must be a fraction between 0 and 1, as 0.995 for 99.5 %, got 1",
    ],
    [
      { ...BURN, objective: 99.5 },
      "objective: must be a fraction between 0 and 1, as 0.995 for 99.5 %, got 99.5",
    ],
    [
      { ...BURN, shortWindowMs: 3_600_000 },
      "shortWindowMs: must be less than longWindowMs (3600000), got 3600000",
    ],
    [
      { ...BURN, shortWindowMs: 90_000 },
      "shortWindowMs: must be whole minutes in milliseconds, 60000 to 86400000, got 90000",
    ],
    [
      { ...BURN, longWindowMs: 86_460_000 },
      "longWindowMs: must be whole minutes in milliseconds, 60000 to 86400000, got 86460000",
    ],
    [
      { ...SILENT, lookbackMs: 360_000 },
      "lookbackMs: must be more than thresholdMs and forMs together (360000), got 360000: what was " +
        "silent for longer is not missed any more",
    ],
    [
      { ...BURN, operations: "each" },
      'operations: must be "whole": budgetBurn is known of whole targets only',
    ],
    [
      { ...LATENCY, operations: "all" },
      'operations: must be "whole", "each" or a list of operations, got "all"',
    ],
    [
      { ...LATENCY, operations: ["GET /"] },
      'operations.0: must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit, got "GET /"',
    ],
    [
      { ...LATENCY, kind: "api" },
      'kind: must be one of platform, worker, d1, cache, queue, probe, got "api"',
    ],
    [
      { ...LATENCY, targets: ["meta", "Google"] },
      "targets.1: must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit, got " +
        '"Google"',
    ],
    [
      { ...LATENCY, targets: [] },
      "targets: must be a list of 1 to 1000 targets, or null for all, got 0",
    ],
    [
      { ...LATENCY, targets: "meta" },
      'targets: must be a list of 1 to 1000 targets, or null for all, got "meta"',
    ],
    [{ ...LATENCY, inhibits: ["slow"] }, "inhibits: must not name the rule itself"],
    [
      { ...LATENCY, severity: "CRITCAL" },
      'severity: must be one of CRITICAL, HIGH, MEDIUM, LOW, got "CRITCAL"; did you mean CRITICAL?',
    ],
    [{ ...LATENCY, noData: "alert" }, 'noData: must be one of hold, ok, got "alert"'],
    [
      { ...LATENCY, action: "x".repeat(501) },
      "action: must be a text of at most 500 characters, got 501",
    ],
    [{ ...LATENCY, action: { en: "Look." } }, "action.pt-BR: is missing and has no default"],
  ])("refuses %j", (input, fault) => {
    expect(faultsOf(input)).toEqual([fault]);
  });

  it.each(["constructor", "__proto__", "toString"])("takes %s for no field", (key) => {
    const input: unknown = JSON.parse(`{"name":"r","metric":"latency","thresholdMs":1,"${key}":1}`);
    expect(faultsOf(input)).toEqual([expect.stringMatching(`^${key}: unknown field`)]);
  });

  it("names every fault at once, in the order of their paths", () => {
    expect(faultsOf({ ...ERRORS, thresholdRate: 5, forMs: -1, colour: 1 })).toEqual([
      expect.stringMatching(/^colour: unknown field; the fields here are name, /),
      expect.stringMatching(/^forMs: /),
      expect.stringMatching(/^thresholdRate: /),
    ]);
  });
});

const anyName = fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,20}$/);
const anyDuration = fc.integer({ min: 0, max: 604_800_000 });
const anyWindow = fc.constantFrom("1m", "5m", "1h");
const anyMinutes = fc.integer({ min: 1, max: 1440 }).map((minutes) => minutes * 60_000);
const anyFraction = fc.double({ min: 0.001, max: 0.999, noNaN: true });

const anyMeasure = fc.oneof(
  fc.record({
    metric: fc.constant("latency"),
    percentile: fc.double({ min: 0, max: 100, minExcluded: true, noNaN: true }),
    window: anyWindow,
  }),
  fc.record({
    metric: fc.constantFrom("meanLatency", "errorRate", "rateLimitedRate", "throughput", "hitRate"),
    window: anyWindow,
  }),
  fc.record({ metric: fc.constant("consecutiveErrors") }),
  fc.record({
    metric: fc.constant("meanMeasure"),
    measure: fc.constantFrom("rowsRead", "waitMs"),
    window: anyWindow,
  }),
  fc.record({
    metric: fc.constant("lastMeasure"),
    measure: fc.constantFrom("value", "keys"),
    window: anyWindow,
  }),
  fc.record({ metric: fc.constant("denialRate"), windowMs: anyMinutes }),
  fc.record({ metric: fc.constant("noData"), lookbackMs: anyMinutes }),
  fc.record({
    metric: fc.constant("budgetBurn"),
    objective: anyFraction,
    longWindowMs: anyMinutes,
    shortWindowMs: anyMinutes,
  }),
);

const LARGEST = { Ms: 600_000, Rate: 1, Ratio: 20, Count: 100, Value: 1e9 };

/** Whatever has the shape of a rule; some of it contradicts itself. */
const anyInput = fc
  .record({
    name: anyName,
    severity: fc.constantFrom(...SEVERITIES),
    kind: fc.constantFrom(null, ...TARGET_KINDS),
    targets: fc.option(fc.array(anyName, { minLength: 1, maxLength: 3 })),
    operations: fc.oneof(
      fc.constantFrom("whole", "each"),
      fc.array(anyName, { minLength: 1, maxLength: 3 }),
    ),
    comparison: fc.constantFrom(">=", ">", "<=", "<"),
    forMs: anyDuration,
    keepFiringForMs: anyDuration,
    minCount: fc.integer({ min: 0, max: 1000 }),
    noData: fc.constantFrom("hold", "ok"),
    inhibits: fc.array(anyName, { maxLength: 3 }),
    action: fc.record({
      en: fc.string({ maxLength: 50 }),
      "pt-BR": fc.string({ maxLength: 50, unit: "grapheme" }),
    }),
    measure: anyMeasure,
    fractions: fc.tuple(anyFraction, anyFraction),
  })
  .map(({ measure, fractions, ...rest }) => {
    const { unit } = METRICS[measure.metric];
    const [first, second] = fractions.map((fraction) => {
      const value = fraction * LARGEST[unit];
      return unit === "Count" ? Math.ceil(value) : value;
    });
    const isUpper = rest.comparison.startsWith(">");
    const ordered = [Number(first), Number(second)].toSorted((a, b) => (isUpper ? b - a : a - b));
    const hasVolume = measure.metric !== "consecutiveErrors";
    return {
      ...rest,
      ...measure,
      minCount: hasVolume ? rest.minCount : 0,
      [`threshold${unit}`]: ordered[0],
      [`recoveryThreshold${unit}`]: ordered[1],
    };
  });

describe("ruleBody", () => {
  it("is taken back as the same rule, by way of JSON", () => {
    let kept = 0;
    fc.assert(
      fc.property(anyInput, (input) => {
        const parsed = parseRule(input);
        if (!parsed.ok) return;
        kept++;
        const body: unknown = JSON.parse(JSON.stringify(ruleBody(parsed.rule)));
        expect(accepted(body)).toEqual(parsed.rule);
        // Every field is there: an input that says all is answered as it was.
        expect(body).toEqual(input);
      }),
      { seed, numRuns: 300 },
    );
    expect(kept).toBeGreaterThan(50);
  });
});

describe("parseRule, whatever it is given", () => {
  it("never throws, and says where each fault is", () => {
    const anyField = fc.constantFrom(
      "name",
      "metric",
      "percentile",
      "window",
      "thresholdMs",
      "recoveryThresholdMs",
      "kind",
      "targets",
      "operations",
      "comparison",
      "forMs",
      "minCount",
      "inhibits",
      "action",
      "x",
    );
    const anyDamage = fc.array(fc.tuple(anyField, fc.jsonValue()), { maxLength: 3 });
    const anyJson = fc.oneof(
      fc.jsonValue(),
      fc.tuple(anyInput, anyDamage).map(([input, damage]) => ({
        ...input,
        ...Object.fromEntries(damage),
      })),
    );
    fc.assert(
      fc.property(anyJson, (input) => {
        const parsed = parseRule(input);
        if (parsed.ok) return;
        expect(parsed.faults.length).toBeGreaterThan(0);
        const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
        for (const { path, reason } of parsed.faults) {
          expect(path !== "").toBe(isObject);
          expect(reason).toMatch(/^[a-z]/);
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
