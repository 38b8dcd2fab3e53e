import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backtest, backtestProblem } from "../../../src/alerts/backtest.ts";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import { METRICS, settlesAfterMs } from "../../../src/alerts/metrics.ts";
import type { Rule } from "../../../src/alerts/rule.ts";
import type { RuleInput } from "../../../src/alerts/rule-input.ts";
import { parseRule } from "../../../src/alerts/rule-schema.ts";
import type { Aggregate } from "../../../src/histogram/aggregate.ts";
import type { MeasureTotals } from "../../../src/histogram/measure-totals.ts";
import { measureCode, measureParts } from "../../../src/measures.ts";
import { DeltaBuilder } from "../../../src/merge/delta.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { seedOf } from "../../support/seeded.ts";

const START = Date.UTC(2026, 10, 20, 12, 0, 0);
const SEED = seedOf("metrics", process.env["SEED"]);

function ruleOf(input: RuleInput): Rule {
  const parsed = parseRule({ name: "tried", forMs: 0, noData: "ok", ...input });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.rule;
}

/** Timings of one outcome and duration in one minute. */
interface Burst {
  readonly minute: number;
  readonly count: number;
  readonly durationMs: number;
  readonly outcome: number;
  /** What each timing brings, in milliseconds of waiting and as a probe's value. */
  readonly measured: number;
}

function minutesOf(bursts: readonly Burst[]): ReadonlyMap<number, Aggregate> {
  const builder = new DeltaBuilder();
  for (const { minute, count, durationMs, outcome, measured } of bursts) {
    const of = builder.builder(START + minute * MINUTE_MS, "*");
    for (let i = 0; i < count; i++) {
      of.record(durationMs * 1_000 + (i % 7), outcome);
      of.addMeasures(measuresAt(START + minute * MINUTE_MS + i * 1_000, measured));
    }
  }
  return new Map(builder.finish().map(({ slotStart, aggregate }) => [slotStart, aggregate]));
}

function measuresAt(at: number, measured: number): MeasureTotals {
  return new Map(
    (["waitMs", "value"] as const).map((name) => {
      const code = measureCode(name) ?? -1;
      const parts = measureParts(code, measured) ?? -1;
      return [code, { count: 1, parts, at: name === "value" ? at : 0 }];
    }),
  );
}

/** When alerts of a rule began to fire, over the bursts and four hours of silence. */
function beginnings(rule: Rule, bursts: readonly Burst[]): number[] {
  const series = {
    target: "meta",
    operation: "*",
    kind: "platform" as const,
    minutes: minutesOf(bursts),
    firstSeenAt: START - 2 * DAY_MS,
  };
  const { transitions } = backtest({
    rule,
    series: [series],
    from: START,
    to: START + 6 * HOUR_MS,
    noDataHoldMs: HOUR_MS,
  });
  return transitions.filter(({ state }) => state === "firing").map(({ at }) => at);
}

const anyBursts = fc.array(
  fc.record({
    minute: fc.integer({ min: 0, max: 90 }),
    count: fc.integer({ min: 1, max: 40 }),
    durationMs: fc.constantFrom(10, 900),
    outcome: fc.constantFrom(0, 1, 3, 4, 5),
    measured: fc.constantFrom(0, 900),
  }),
  { minLength: 1, maxLength: 8 },
);

const RULES: readonly RuleInput[] = [
  { metric: "latency", percentile: 60, window: "1h", thresholdMs: 500, minCount: 5 },
  { metric: "meanLatency", window: "5m", thresholdMs: 500, comparison: "<" },
  { metric: "errorRate", window: "1h", thresholdRate: 0.5, minCount: 5 },
  { metric: "errorRate", window: "1m", thresholdRate: 0.5, minCount: 1 },
  { metric: "rateLimitedRate", window: "1h", thresholdRate: 0.5, minCount: 5 },
  { metric: "hitRate", window: "1h", thresholdRate: 0.5, minCount: 5 },
  { metric: "throughput", window: "1h", thresholdRatio: 0.5, comparison: "<", minCount: 0 },
  { metric: "throughput", window: "5m", thresholdRatio: 3, comparison: ">", minCount: 0 },
  {
    metric: "noData",
    thresholdMs: 40 * MINUTE_MS,
    lookbackMs: 2 * HOUR_MS,
    minCount: 1,
  },
  { metric: "meanMeasure", measure: "waitMs", window: "1h", thresholdValue: 500, minCount: 5 },
  { metric: "lastMeasure", measure: "value", window: "1h", thresholdValue: 500 },
  {
    metric: "budgetBurn",
    objective: 0.9,
    longWindowMs: 3 * HOUR_MS,
    shortWindowMs: 20 * MINUTE_MS,
    thresholdRatio: 4,
    minCount: 5,
  },
];

describe("how long a rule may still begin to hold after the last timing", () => {
  test.each(RULES.map((input) => [JSON.stringify(input), input] as const))(
    "%s: no alert begins later",
    (_name, input) => {
      const rule = ruleOf(input);
      let latestMs = -Infinity;
      fc.assert(
        fc.property(anyBursts, (bursts) => {
          const last = Math.max(...bursts.map(({ minute }) => minute));
          const lastTimingAt = START + (last + 1) * MINUTE_MS;
          for (const at of beginnings(rule, bursts)) {
            latestMs = Math.max(latestMs, at - lastTimingAt);
            expect(at - lastTimingAt).toBeLessThanOrEqual(settlesAfterMs(rule));
          }
        }),
        { seed: SEED, numRuns: 25 },
      );
      // Some do begin: otherwise nothing was shown.
      expect(latestMs).toBeGreaterThan(-Infinity);
    },
  );

  test("of the default rules it is half an hour, for the slow budget's short window", () => {
    expect(Math.max(...DEFAULT_RULES.map(settlesAfterMs))).toBe(30 * MINUTE_MS);
  });

  test("of those that history cannot show it is as long as they have a value", () => {
    const denials = ruleOf({ metric: "denialRate", windowMs: DAY_MS, thresholdRate: 0.5 });
    const streak = ruleOf({ metric: "consecutiveErrors", thresholdCount: 5 });
    expect([denials, streak].map(settlesAfterMs)).toEqual([DAY_MS, 5 * MINUTE_MS]);
    const shown = new Set<string | undefined>(RULES.map(({ metric }) => metric));
    const unshown = Object.keys(METRICS).filter((name) => !shown.has(name));
    expect(unshown).toEqual(["consecutiveErrors", "denialRate"]);
    expect([denials, streak].every((rule) => backtestProblem(rule) !== undefined)).toBe(true);
  });
});
