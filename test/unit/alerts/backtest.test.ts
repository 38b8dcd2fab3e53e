import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AlertEngine } from "../../../src/alerts/alert-engine.ts";
import {
  backtest,
  backtestLookbackMs,
  backtestProblem,
  type BacktestSeries,
  type BacktestTransition,
} from "../../../src/alerts/backtest.ts";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { RuleInput } from "../../../src/alerts/rule-input.ts";
import { parseRule } from "../../../src/alerts/rule-schema.ts";
import type { MetricName, Rule } from "../../../src/alerts/rule.ts";
import { alertFacts } from "../../../src/coordinator/alert-facts.ts";
import { type Aggregate, mergeAggregates } from "../../../src/histogram/aggregate.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { type Delta, DeltaBuilder, writeDelta } from "../../../src/merge/delta.ts";
import { emptyLedger } from "../../../src/merge/intake-ledger.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SLOT_MS, startOf } from "../../../src/merge/slot-time.ts";
import { TenantState } from "../../../src/merge/tenant-state.ts";
import { MemoryTenantStore } from "../../support/memory-tenant-store.ts";
import { seedOf } from "../../support/seeded.ts";

const START = Date.UTC(2026, 10, 20, 12, 0, 0);
const [OK, ERROR, RATE_LIMITED, HIT, MISS] = [0, 1, 3, 4, 5];
const NO_DATA_HOLD_MS = 20 * MINUTE_MS;

/** Timings of one minute: how many, how long, and how many of them failed. */
interface Minute {
  readonly count: number;
  readonly durationMs: number;
  readonly failed: number;
}

function ruleOf(input: RuleInput): Rule {
  const parsed = parseRule({ name: "tried", ...input });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.rule;
}

/** What is good and what is bad for a rule of a metric. */
function outcomesFor(metric: MetricName): readonly [good: number, bad: number] {
  if (metric === "hitRate") return [HIT, MISS];
  return [OK, metric === "rateLimitedRate" ? RATE_LIMITED : ERROR];
}

function deltaOf(at: number, { count, durationMs, failed }: Minute, { measure }: Rule): Delta {
  const builder = new DeltaBuilder();
  const [good, bad] = outcomesFor(measure.metric);
  for (let i = 0; i < count; i++) {
    // Spread over the minute's slots.
    const slotStart = at + (i % (MINUTE_MS / SLOT_MS)) * SLOT_MS;
    builder.builder(slotStart, "events").record(durationMs * 1_000 + i, i < failed ? bad : good);
  }
  return builder.finish();
}

/** What the rule does live, evaluated at the end of each minute and nowhere else. */
function live(rule: Rule, minutes: readonly Minute[], from: number): BacktestTransition[] {
  const start = START;
  const state = new TenantState(new MemoryTenantStore(), start);
  state.addShard("acme/meta#0", "meta", start);
  const policy = { routes: [], repeatCriticalMs: DAY_MS, repeatMs: DAY_MS };
  const engine = new AlertEngine(
    { rules: [rule], policy, noDataHoldMs: NO_DATA_HOLD_MS },
    { alerts: [], nextNumber: 1, silences: [] },
  );
  const transitions: BacktestTransition[] = [];
  for (const [i, minute] of minutes.entries()) {
    const at = start + i * MINUTE_MS;
    const nowMs = at + MINUTE_MS;
    state.advance(at);
    merge(state, i, deltaOf(at, minute, rule), nowMs);
    state.advance(nowMs - 1);
    if (at < from) continue;
    const kindOf = (): "platform" => "platform";
    const facts = alertFacts(state, {
      kindOf,
      nowMs,
      errorStreaks: new Map(),
      partialTargets: new Set(),
    });
    const result = engine.evaluate(facts);
    engine.accept(result, nowMs);
    for (const { at: toldAt, to, alert } of result.transitions) {
      const { target, operation, value } = alert;
      transitions.push({ at: toldAt, target, operation, state: to, value });
    }
  }
  return transitions;
}

function merge(state: TenantState, seq: number, delta: Delta, nowMs: number): void {
  const writer = new ByteWriter(1_024);
  writeDelta(writer, delta);
  const answer = {
    from: seq,
    to: seq + 1,
    delta: writer.finish(),
    ledger: emptyLedger(),
    pending: 0,
    logRows: 0,
    reporters: 0,
    forgottenReporters: 0,
    perSecond: 0,
    p95Ms: null,
  };
  if (!state.merge("acme/meta#0", answer, nowMs)) throw new Error("not merged");
}

/** The same timings as history has them. */
function stored(rule: Rule, minutes: readonly Minute[], operation = "*"): BacktestSeries {
  const rows = new Map<number, Aggregate>();
  for (const [i, minute] of minutes.entries()) {
    const at = START + i * MINUTE_MS;
    for (const { aggregate } of deltaOf(at, minute, rule)) {
      const before = rows.get(at);
      rows.set(at, before === undefined ? aggregate : mergeAggregates(before, aggregate));
    }
  }
  const firstSeenAt = [...rows.keys()][0] ?? null;
  return { target: "meta", operation, kind: "platform", minutes: rows, firstSeenAt };
}

function tried(rule: Rule, minutes: readonly Minute[], from = START): BacktestTransition[] {
  const to = START + minutes.length * MINUTE_MS;
  const series = [stored(rule, minutes)];
  return [...backtest({ rule, series, from, to, noDataHoldMs: NO_DATA_HOLD_MS }).transitions];
}

const RULES: readonly RuleInput[] = [
  { metric: "latency", percentile: 95, window: "1m", thresholdMs: 500, forMs: 2 * MINUTE_MS },
  { metric: "latency", percentile: 50, window: "5m", thresholdMs: 300, forMs: 0 },
  { metric: "meanLatency", window: "1h", thresholdMs: 300, recoveryThresholdMs: 250 },
  { metric: "errorRate", window: "5m", thresholdRate: 0.2, keepFiringForMs: 3 * MINUTE_MS },
  { metric: "rateLimitedRate", window: "5m", thresholdRate: 0.2, recoveryThresholdRate: 0.15 },
  { metric: "hitRate", window: "1m", thresholdRate: 0.5, minCount: 5, forMs: MINUTE_MS },
  { metric: "noData", thresholdMs: 3 * MINUTE_MS, lookbackMs: 30 * MINUTE_MS, forMs: MINUTE_MS },
  {
    metric: "budgetBurn",
    objective: 0.9,
    longWindowMs: 20 * MINUTE_MS,
    shortWindowMs: 5 * MINUTE_MS,
    thresholdRatio: 2,
    minCount: 10,
  },
];

const minute: fc.Arbitrary<Minute> = fc
  .record({
    count: fc.constantFrom(0, 0, 3, 12, 30),
    durationMs: fc.constantFrom(100, 400, 900),
    share: fc.constantFrom(0, 0.1, 0.3, 1),
  })
  .map(({ count, durationMs, share }) => ({
    count,
    durationMs,
    failed: Math.round(count * share),
  }));

/** Conditions last: a minute comes several times. */
const timeline = fc
  .array(fc.tuple(minute, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 14 })
  .map((parts) => parts.flatMap(([one, times]) => Array.from({ length: times }, () => one)));

describe("a backtest", () => {
  test.each(RULES)("does what $metric would have done at the end of each minute", (input) => {
    const rule = ruleOf({ minCount: 5, ...input });
    fc.assert(
      fc.property(timeline, (minutes) => {
        expect(tried(rule, minutes)).toEqual(live(rule, minutes, START));
      }),
      { seed: seedOf(`backtest ${input.metric}`, process.env["SEED"]), numRuns: 25 },
    );
  });

  test("of the default rules: a platform that refuses everything is seen by one, and by no other", () => {
    const minutes = Array.from({ length: 60 }, () => ({ count: 30, durationMs: 100, failed: 30 }));
    const refusals = ruleOf({ metric: "rateLimitedRate", thresholdRate: 0.5 });
    const options = {
      series: [stored(refusals, minutes)],
      from: START,
      to: START + HOUR_MS,
      noDataHoldMs: NO_DATA_HOLD_MS,
    };
    const tryable = DEFAULT_RULES.filter((rule) => backtestProblem(rule) === undefined);
    const firing = tryable.filter((rule) => backtest({ ...options, rule }).firings > 0);
    expect(firing.map(({ name }) => name)).toEqual(["rate-limited"]);
  });

  test("misses a target that fell silent lately, and begins nothing of one that did long ago", () => {
    const rule = ruleOf({ metric: "noData", thresholdMs: MINUTE_MS, minCount: 20, forMs: 0 });
    const minutes = Array.from({ length: 120 }, (_, i) => ({
      count: i < 30 ? 5 : 0,
      durationMs: 100,
      failed: 0,
    }));
    const begun = (from: number) => tried(rule, minutes, START + from * MINUTE_MS)[0]?.at;
    expect(begun(30)).toBe(START + 31 * MINUTE_MS);
    expect(begun(89)).toBe(START + 90 * MINUTE_MS);
    expect(begun(90)).toBeUndefined();
  });

  test("knows what was before its first minute", () => {
    const rule = ruleOf({
      metric: "budgetBurn",
      objective: 0.9,
      longWindowMs: 20 * MINUTE_MS,
      shortWindowMs: 5 * MINUTE_MS,
      thresholdRatio: 2,
      minCount: 10,
    });
    const minutes = Array.from({ length: 40 }, (_, i) => ({
      count: 12,
      durationMs: 100,
      failed: i < 25 ? 6 : 0,
    }));
    const from = START + 24 * MINUTE_MS;
    const transitions = tried(rule, minutes, from);
    expect(transitions).toEqual(live(rule, minutes, from));
    expect(transitions.map(({ at, state }) => `${(at - from) / MINUTE_MS} ${state}`)).toEqual([
      "1 firing",
      "5 resolved",
    ]);
  });

  test("holds throughput against the day before", () => {
    const rule = ruleOf({ metric: "throughput", window: "5m", comparison: ">", thresholdRatio: 2 });
    const from = START + DAY_MS + HOUR_MS;
    const minutes = Array.from({ length: (DAY_MS + 2 * HOUR_MS) / MINUTE_MS }, (_, i) => ({
      count: i >= (DAY_MS + HOUR_MS) / MINUTE_MS + 10 ? 90 : 30,
      durationMs: 100,
      failed: 0,
    }));
    const transitions = tried(rule, minutes, from);
    expect(transitions).toEqual(live(rule, minutes, from));
    expect(transitions.map(({ state }) => state)).toEqual(["pending", "firing"]);
  });

  test("tries one operation by itself, and counts firings and not returns from missing data", () => {
    const rule = ruleOf({
      metric: "errorRate",
      window: "1m",
      thresholdRate: 0.5,
      minCount: 5,
      forMs: 0,
      operations: "each",
    });
    const [bad, nothing, good] = [
      { count: 10, durationMs: 1, failed: 9 },
      { count: 0, durationMs: 1, failed: 0 },
      { count: 10, durationMs: 1, failed: 0 },
    ];
    const minutes = [bad, nothing, bad, good, bad];
    const to = START + minutes.length * MINUTE_MS;
    const series = [stored(rule, minutes, "events")];
    const result = backtest({ rule, series, from: START, to, noDataHoldMs: NO_DATA_HOLD_MS });
    expect(result.transitions.map(({ state, operation }) => `${operation} ${state}`)).toEqual([
      "events firing",
      "events nodata",
      "events firing",
      "events resolved",
      "events firing",
    ]);
    expect(result).toMatchObject({ firings: 2, omitted: 0, evaluations: 5 });
  });

  test("looks back as far as each rule does, and says which it cannot try", () => {
    const problems = DEFAULT_RULES.filter((rule) => backtestProblem(rule) !== undefined);
    expect(problems.map(({ name }) => name)).toEqual(["consecutive-errors", "limit-exhausted"]);
    const lookback = new Map(DEFAULT_RULES.map((rule) => [rule.name, backtestLookbackMs(rule)]));
    expect(lookback.get("platform-latency")).toBe(5 * MINUTE_MS);
    expect(lookback.get("throughput-drop")).toBe(DAY_MS + HOUR_MS);
    expect(lookback.get("no-data")).toBe(2 * HOUR_MS);
    expect(lookback.get("budget-burn-slow")).toBe(6 * HOUR_MS);
    expect(startOf(START, MINUTE_MS)).toBe(START);
  });
});
