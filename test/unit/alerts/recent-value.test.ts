import { describe, expect, test } from "vitest";
import type { WindowFacts } from "../../../src/alerts/facts.ts";
import { judge } from "../../../src/alerts/judge.ts";
import { METRICS, ofLastMinute, remembersMs } from "../../../src/alerts/metrics.ts";
import { recentValue } from "../../../src/alerts/recent-value.ts";
import type { Comparison, Metric } from "../../../src/alerts/rule.ts";
import { ruleExample, seriesOf, windowOf } from "../../support/alerts/series-facts.ts";

const NOW = Date.UTC(2026, 10, 20, 9);
const MINUTE_MS = 60_000;

/** The value of the last minute, of a series that has nothing else. */
function recent(measure: Metric, minute: Partial<WindowFacts>, minCount = 0): number | null {
  const empty = windowOf(null);
  const series = seriesOf("meta", null, {
    window: (name) => (name === "1m" ? { ...windowOf(12), ...minute } : empty),
  });
  return recentValue(ruleExample({ measure, minCount }), series, NOW);
}

describe("the value of the last minute", () => {
  test.each<[Metric, Partial<WindowFacts>, number]>([
    [{ metric: "latency", percentile: 95, window: "5m" }, {}, 12],
    [{ metric: "meanLatency", window: "1h" }, {}, 12],
    [{ metric: "errorRate", window: "5m" }, { error: 3, timeout: 2 }, 0.05],
    [{ metric: "rateLimitedRate", window: "5m" }, { rateLimited: 30 }, 0.3],
    [{ metric: "hitRate", window: "1h" }, { hit: 15, miss: 5 }, 0.75],
    [
      { metric: "meanMeasure", measure: "waitMs", window: "5m" },
      { measures: { waitMs: { count: 20, sum: 240, mean: 12 } } },
      12,
    ],
  ])("of %j is made of that minute alone", (measure, minute, value) => {
    expect(recent(measure, minute)).toBe(value);
    expect(recent({ ...measure, window: "1m" } as Metric, minute)).toBeNull();
  });

  test("says nothing with fewer timings than the rule's volume, nor with fewer than twenty", () => {
    const errors: Metric = { metric: "errorRate", window: "5m" };
    expect(recent(errors, { count: 19 })).toBeNull();
    expect(recent(errors, { count: 20 })).toBe(0);
    expect(recent(errors, { count: 20 }, 21)).toBeNull();
    expect(recent(errors, { count: 21 }, 21)).toBe(0);
  });

  test("is there for the metrics of a window only, without throughput", () => {
    const parameters = {
      percentile: 95,
      window: "5m",
      windowMs: 300_000,
      lookbackMs: 300_000,
      objective: 0.9,
      longWindowMs: 600_000,
      shortWindowMs: 300_000,
    };
    const having = Object.keys(METRICS).filter(
      (metric) => ofLastMinute({ metric, ...parameters } as Metric) !== undefined,
    );
    expect(having).toEqual([
      "latency",
      "meanLatency",
      "errorRate",
      "rateLimitedRate",
      "hitRate",
      "meanMeasure",
    ]);
  });
});

describe("a burst that is over", () => {
  function kindOf(metric: Metric, is: readonly [Comparison, number], value: number, last: number) {
    const [comparison, threshold] = is;
    const rule = ruleExample({ measure: metric, comparison, threshold });
    return judge(rule, value, () => last).kind;
  }

  test("is one whose last minute has less than half of the threshold", () => {
    const errors: Metric = { metric: "errorRate", window: "5m" };
    expect(kindOf(errors, [">=", 0.2], 0.3, 0.1)).toBe("holds");
    expect(kindOf(errors, [">=", 0.2], 0.3, 0.099)).toBe("between");
    expect(kindOf(errors, [">=", 0.2], 0.1, 0.9)).toBe("clears");
  });

  test("is for a rate that should be high one that is more than half of the way to all", () => {
    const hits: Metric = { metric: "hitRate", window: "5m" };
    expect(kindOf(hits, ["<", 0.5], 0.4, 0.74)).toBe("holds");
    expect(kindOf(hits, ["<", 0.5], 0.4, 0.75)).toBe("between");
    // Too many hits get better the other way.
    expect(kindOf(hits, [">", 0.5], 0.6, 0.26)).toBe("holds");
    expect(kindOf(hits, [">", 0.5], 0.6, 0.25)).toBe("between");
  });

  test("is for a value that is too low one that is twice the threshold", () => {
    const latency: Metric = { metric: "latency", percentile: 95, window: "5m" };
    expect(kindOf(latency, ["<", 10], 5, 19)).toBe("holds");
    expect(kindOf(latency, ["<", 10], 5, 20)).toBe("between");
  });
});

test("what is over is remembered for as long as the window, of two windows the shorter one", () => {
  const measures: readonly (readonly [Metric, minutes: number])[] = [
    [{ metric: "errorRate", window: "1h" }, 60],
    [{ metric: "throughput", window: "5m" }, 5],
    [{ metric: "denialRate", windowMs: 7 * MINUTE_MS }, 7],
    [
      {
        metric: "budgetBurn",
        objective: 0.9,
        longWindowMs: 60 * MINUTE_MS,
        shortWindowMs: 5 * MINUTE_MS,
      },
      5,
    ],
    [{ metric: "noData", lookbackMs: 60 * MINUTE_MS }, 0],
    [{ metric: "consecutiveErrors" }, 0],
  ];
  for (const [measure, minutes] of measures) {
    expect(remembersMs(measure), measure.metric).toBe(minutes * MINUTE_MS);
  }
});
