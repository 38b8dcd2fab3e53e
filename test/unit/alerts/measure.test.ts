import { describe, expect, test } from "vitest";
import type { MinuteFacts, SeriesFacts, WindowFacts } from "../../../src/alerts/facts.ts";
import { foundBy } from "../../../src/alerts/found-by.ts";
import { measure, STREAK_STALE_MS } from "../../../src/alerts/measure.ts";
import { mayBegin } from "../../../src/alerts/metrics.ts";
import type { Metric, Rule } from "../../../src/alerts/rule.ts";
import type { WindowName } from "../../../src/merge/series-state.ts";
import { minutesOf, ruleExample, seriesOf, windowOf } from "../../support/alerts/series-facts.ts";

const NOW = Date.UTC(2026, 10, 20, 9);
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const NO_TIMINGS = windowOf(null);

function ofWindow(measured: Metric, window: Partial<WindowFacts>, more: Partial<Rule> = {}) {
  const series = seriesOf("meta", null, { window: () => ({ ...NO_TIMINGS, ...window }) });
  return measure(ruleExample({ measure: measured, ...more }), series, NOW);
}

function ofMinutes(
  measured: Metric,
  minutes: Partial<MinuteFacts> | undefined,
  { minCount = 0, ...more }: { minCount?: number } & Partial<SeriesFacts> = {},
) {
  const ofTarget = minutes === undefined ? undefined : minutesOf(minutes);
  const series = seriesOf("meta", null, { minutes: ofTarget, ...more });
  return measure(ruleExample({ measure: measured, minCount }), series, NOW);
}

/** Sums by the window's length. */
function sums(byLength: Readonly<Record<number, Partial<ReturnType<MinuteFacts["sum"]>>>>) {
  const nothing = { count: 0, failed: 0, granted: 0, denied: 0, activeMinutes: 0 };
  return { sum: (windowMs: number) => ({ ...nothing, ...byLength[windowMs] }) };
}

describe("metrics of a window", () => {
  test("latency is the percentile that the rule asks for, of the window that it asks for", () => {
    const windows: Readonly<Record<WindowName, number>> = { "1m": 1, "5m": 5, "1h": 60 };
    const series = seriesOf("meta", null, {
      window: (name) =>
        windowOf(0, { percentileMs: (percentile) => windows[name] * 1_000 + percentile }),
    });
    for (const [window, value] of [
      ["1m", 1_099.9],
      ["5m", 5_099.9],
      ["1h", 60_099.9],
    ] as const) {
      const rule = ruleExample({ measure: { metric: "latency", percentile: 99.9, window } });
      expect(measure(rule, series, NOW)).toBe(value);
    }
  });

  test("the mean", () => {
    const mean: Metric = { metric: "meanLatency", window: "5m" };
    expect(ofWindow(mean, { count: 20, meanMs: 12.5 })).toBe(12.5);
  });

  test("errors and timeouts by all timings", () => {
    const errors: Metric = { metric: "errorRate", window: "5m" };
    expect(ofWindow(errors, { count: 200, error: 7, timeout: 3 })).toBe(0.05);
    expect(ofWindow(errors, { count: 200 })).toBe(0);
    expect(ofWindow(errors, { count: 200, error: 200 })).toBe(1);
  });

  test("refusals by all timings: no errors, and no fewer of them where calls fail besides", () => {
    const refusals: Metric = { metric: "rateLimitedRate", window: "5m" };
    expect(ofWindow(refusals, { count: 200, rateLimited: 50, error: 100 })).toBe(0.25);
    expect(ofWindow(refusals, { count: 200, error: 200 })).toBe(0);
    expect(ofWindow(refusals, { count: 200, rateLimited: 200 })).toBe(1);
    const errors: Metric = { metric: "errorRate", window: "5m" };
    expect(ofWindow(errors, { count: 200, rateLimited: 200 })).toBe(0);
  });

  test("hits by hits and misses, whatever else there was", () => {
    const hits: Metric = { metric: "hitRate", window: "5m" };
    expect(ofWindow(hits, { count: 1_000, hit: 15, miss: 5 })).toBe(0.75);
    expect(ofWindow(hits, { count: 1_000, hit: 0, miss: 20 })).toBe(0);
  });

  const METRICS: readonly Metric[] = [
    { metric: "latency", percentile: 95, window: "5m" },
    { metric: "meanLatency", window: "5m" },
    { metric: "errorRate", window: "5m" },
    { metric: "rateLimitedRate", window: "5m" },
  ];

  test.each(METRICS)("$metric says nothing below its minimum volume", (metric) => {
    const full = windowOf(12);
    expect(ofWindow(metric, { ...full, count: 19 }, { minCount: 20 })).toBeNull();
    expect(ofWindow(metric, { ...full, count: 20 }, { minCount: 20 })).not.toBeNull();
    expect(ofWindow(metric, NO_TIMINGS, { minCount: 0 })).toBeNull();
    expect(ofWindow(metric, { ...full, count: 1 }, { minCount: 0 })).not.toBeNull();
  });

  test("the minimum volume of a hit rate is of hits and misses", () => {
    const hits: Metric = { metric: "hitRate", window: "5m" };
    expect(ofWindow(hits, { count: 1_000, hit: 10, miss: 9 }, { minCount: 20 })).toBeNull();
    expect(ofWindow(hits, { count: 1_000, hit: 10, miss: 10 }, { minCount: 20 })).toBe(0.5);
    expect(ofWindow(hits, { count: 1_000 }, { minCount: 0 })).toBeNull();
  });

  test("a series that is no whole target has them, too", () => {
    const series = seriesOf("meta", 12, { operation: "events", minutes: undefined });
    expect(measure(ruleExample(), series, NOW)).toBe(12);
  });
});

describe("measures beside the timings", () => {
  const MEASURES = {
    waitMs: { count: 4, sum: 1_000, mean: 250 },
    failing: { count: 9, last: 1, lastAt: NOW - 60_000 },
    value: { count: 2, last: -3.5, lastAt: NOW - 60_000 },
  };
  const waits: Metric = { metric: "meanMeasure", measure: "waitMs", window: "5m" };
  const failing: Metric = { metric: "lastMeasure", measure: "failing", window: "1h" };
  const value: Metric = { metric: "lastMeasure", measure: "value", window: "1h" };

  test("are the mean of what is added up, and else the newest", () => {
    const window = { count: 100, measures: MEASURES };
    expect(ofWindow(waits, window, { minCount: 4 })).toBe(250);
    expect(ofWindow(failing, window, { minCount: 1 })).toBe(1);
    expect(ofWindow(value, window, { minCount: 1 })).toBe(-3.5);
  });

  test("have their own volume, whatever other timings there are", () => {
    const window = { count: 100, measures: MEASURES };
    expect(ofWindow(waits, window, { minCount: 5 })).toBeNull();
    expect(ofWindow(value, window, { minCount: 2 })).toBe(-3.5);
    expect(ofWindow(value, window, { minCount: 3 })).toBeNull();
    for (const metric of [waits, failing, value]) {
      expect(ofWindow(metric, { count: 100 }, { minCount: 0 })).toBeNull();
    }
  });

  test("are those of the rule's window", () => {
    const series = seriesOf("probe", null, {
      window: (name) => ({ ...NO_TIMINGS, measures: name === "1h" ? MEASURES : {} }),
    });
    expect(measure(ruleExample({ measure: failing, minCount: 1 }), series, NOW)).toBe(1);
    const short: Metric = { ...failing, window: "5m" };
    expect(measure(ruleExample({ measure: short, minCount: 1 }), series, NOW)).toBeNull();
  });
});

describe("what a probe found", () => {
  const rule = ruleExample({
    measure: { metric: "lastMeasure", measure: "failing", window: "1h" },
  });
  const found = (measures: WindowFacts["measures"], of = rule) =>
    foundBy(of, seriesOf("probe", null, { window: () => ({ ...NO_TIMINGS, measures }) }));
  const failing = { count: 2, last: 1, lastAt: NOW };

  test("is the value of the run that the rule looks at", () => {
    expect(found({ failing, value: { count: 2, last: 7, lastAt: NOW } })).toBe(7);
    // That run had none: the query threw.
    expect(found({ failing, value: { count: 1, last: 7, lastAt: NOW - 1 } })).toBeNull();
    expect(found({ failing })).toBeNull();
    expect(found({})).toBeUndefined();
  });

  test("is there for rules of failing only", () => {
    const value = { count: 2, last: 7, lastAt: NOW };
    const other: Metric = { metric: "lastMeasure", measure: "value", window: "1h" };
    expect(found({ failing, value }, ruleExample({ measure: other }))).toBeUndefined();
    expect(found({ failing, value }, ruleExample())).toBeUndefined();
  });
});

describe("throughput", () => {
  const drop: Metric = { metric: "throughput", window: "5m" };

  function throughput(count: number, perMinute: number | null, minCount = 100): number | null {
    const window = () => ({ ...NO_TIMINGS, count });
    return ofMinutes(drop, { dailyMeanPerMinute: () => perMinute }, { window, minCount });
  }

  test("is what came by what the mean of a day lets expect", () => {
    expect(throughput(250, 100)).toBe(0.5);
    expect(throughput(1_500, 100)).toBe(3);
    expect(throughput(0, 100)).toBe(0);
  });

  test("expects as much as fits into its window", () => {
    const window = () => ({ ...NO_TIMINGS, count: 600 });
    const ofHour: Metric = { metric: "throughput", window: "1h" };
    expect(ofMinutes(ofHour, { dailyMeanPerMinute: () => 10 }, { window })).toBe(1);
    const ofMinute: Metric = { metric: "throughput", window: "1m" };
    expect(ofMinutes(ofMinute, { dailyMeanPerMinute: () => 10 }, { window })).toBe(60);
  });

  test("says nothing where neither came nor was to be expected as much as the minimum volume", () => {
    expect(throughput(99, 19.8)).toBeNull();
    expect(throughput(0, 20)).toBe(0);
    expect(throughput(0, 19.99)).toBeNull();
    expect(throughput(100, 10)).toBe(2);
    expect(throughput(99, 10)).toBeNull();
  });

  test("says nothing of probes, which run by a timetable and when somebody asks", () => {
    const window = () => ({ ...NO_TIMINGS, count: 1_500 });
    const ofProbes = { window, kind: "probe", minCount: 100 } as const;
    expect(ofMinutes(drop, { dailyMeanPerMinute: () => 4 }, ofProbes)).toBeNull();
  });

  test("says nothing of a target that is too new, had nothing for a day, or is an operation", () => {
    expect(throughput(1_000, null)).toBeNull();
    expect(throughput(1_000, 0)).toBeNull();
    expect(throughput(0, 0, 0)).toBeNull();
    expect(ofMinutes(drop, undefined, { operation: "events" })).toBeNull();
  });
});

describe("errors in a row", () => {
  const row: Metric = { metric: "consecutiveErrors" };

  function streak(errorStreak: number | undefined, lastAt: number | null): number | null {
    return ofMinutes(row, { lastTimingAt: () => lastAt }, { errorStreak });
  }

  test("count as long as the target's last timing is not too long ago", () => {
    expect(streak(7, NOW)).toBe(7);
    expect(streak(0, NOW)).toBe(0);
    expect(streak(7, NOW - STREAK_STALE_MS)).toBe(7);
    expect(streak(7, NOW - STREAK_STALE_MS - 1)).toBeNull();
  });

  test("say nothing where they are not known, or the target never had a timing", () => {
    expect(streak(undefined, NOW)).toBeNull();
    expect(streak(7, null)).toBeNull();
    expect(ofMinutes(row, undefined, { errorStreak: 7 })).toBeNull();
  });
});

describe("the rate of permits that were denied", () => {
  const denials: Metric = { metric: "denialRate", windowMs: 5 * MINUTE_MS };

  test("is of those that were asked for, over the rule's window", () => {
    const facts = sums({ [5 * MINUTE_MS]: { granted: 30, denied: 10, count: 1_000, failed: 9 } });
    expect(ofMinutes(denials, facts, { minCount: 40 })).toBe(0.25);
    expect(ofMinutes(denials, facts, { minCount: 41 })).toBeNull();
    expect(ofMinutes({ ...denials, windowMs: MINUTE_MS }, facts)).toBeNull();
    expect(ofMinutes(denials, undefined)).toBeNull();
  });
});

describe("missing data", () => {
  const silence: Metric = { metric: "noData", lookbackMs: HOUR_MS };
  const since = (lastAt: number | null) => ofMinutes(silence, { lastTimingAt: () => lastAt });

  test("is how long ago the last timing was, and begins an alert within the lookback only", () => {
    expect(since(NOW)).toBe(0);
    expect(since(NOW - 10 * MINUTE_MS)).toBe(10 * MINUTE_MS);
    expect(since(NOW - 20 * HOUR_MS)).toBe(20 * HOUR_MS);
    expect(mayBegin(silence, HOUR_MS)).toBe(true);
    expect(mayBegin(silence, HOUR_MS + 1)).toBe(false);
    expect(mayBegin(ruleExample().measure, HOUR_MS + 1)).toBe(true);
  });

  test("says nothing while a shard of the target does not answer, as throughput does", () => {
    const facts = { lastTimingAt: () => NOW - 90_000, dailyMeanPerMinute: () => 100 };
    expect(ofMinutes(silence, facts, { isPartial: true })).toBeNull();
    const throughput: Metric = { metric: "throughput", window: "5m" };
    expect(ofMinutes(throughput, facts)).toBe(0);
    expect(ofMinutes(throughput, facts, { isPartial: true })).toBeNull();
  });

  test("says nothing of a target that is called now and then", () => {
    const facts = {
      lastTimingAt: () => NOW - 90_000,
      // The hour before the last timing, and the minutes of silence in whole.
      ...sums({ [HOUR_MS + 2 * MINUTE_MS]: { count: 1_000, activeMinutes: 19 } }),
    };
    expect(ofMinutes(silence, facts, { minCount: 19 })).toBe(90_000);
    expect(ofMinutes(silence, facts, { minCount: 20 })).toBeNull();
  });

  test("says nothing of a target that never had any, and is not negative", () => {
    expect(since(null)).toBeNull();
    expect(since(NOW + 1_000)).toBe(0);
    expect(ofMinutes(silence, undefined)).toBeNull();
  });
});

describe("the burn of an error budget", () => {
  const windows = { longWindowMs: HOUR_MS, shortWindowMs: 5 * MINUTE_MS };

  function burnOf(
    long: readonly [failed: number, count: number],
    short: readonly [failed: number, count: number],
    more: { readonly objective?: number; readonly minCount?: number } = {},
  ): number | null {
    const facts = sums({
      [HOUR_MS]: { failed: long[0], count: long[1] },
      [5 * MINUTE_MS]: { failed: short[0], count: short[1] },
    });
    const { minCount = 0, objective = 0.995 } = more;
    return ofMinutes({ metric: "budgetBurn", objective, ...windows }, facts, { minCount });
  }

  test("is the smaller one of both windows", () => {
    // 5 of 1,000 may fail: 100 are 20 times as many; of 100 half a one may: 4 are 8 times as many.
    expect(burnOf([100, 1_000], [4, 100])).toBe(8);
    expect(burnOf([10, 1_000], [4, 100])).toBe(2);
    expect(burnOf([100, 1_000], [0, 100])).toBe(0);
    expect(burnOf([0, 1_000], [100, 100])).toBe(0);
  });

  test("is exact where a threshold is: 14.4, 6 and 1 times what is allowed", () => {
    expect(burnOf([72, 1_000], [72, 1_000])).toBe(14.4);
    expect(burnOf([30, 1_000], [30, 1_000])).toBe(6);
    expect(burnOf([144, 10_000], [144, 10_000], { objective: 0.999 })).toBe(14.4);
    expect(burnOf([60, 1_000], [6, 100], { objective: 0.99 })).toBe(6);
    expect(burnOf([10, 100_000], [1, 10_000], { objective: 0.9999 })).toBe(1);
    expect(burnOf([10, 10], [1, 1], { objective: 1 - 2 ** -53 })).toBeCloseTo(1e15, 0);
  });

  test("a few failures burn nothing, however few the calls", () => {
    expect(burnOf([9, 20], [9, 20])).toBe(0);
    expect(burnOf([10, 20], [9, 20])).toBe(90);
  });

  test("says nothing unless the long window has the minimum volume and the short one anything", () => {
    expect(burnOf([10, 19], [5, 1_000], { minCount: 20 })).toBeNull();
    expect(burnOf([10, 20], [10, 20], { minCount: 20 })).toBe(100);
    expect(burnOf([10, 1_000], [1, 1], { minCount: 20 })).toBe(2);
    expect(burnOf([10, 1_000], [0, 0])).toBeNull();
    const burn: Metric = { metric: "budgetBurn", objective: 0.995, ...windows };
    expect(ofMinutes(burn, undefined)).toBeNull();
  });
});
