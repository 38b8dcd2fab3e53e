import type { MinuteFacts, SeriesFacts, WindowFacts } from "../../../src/alerts/facts.ts";
import type { Rule } from "../../../src/alerts/rule.ts";

/** A window of 100 timings whose every percentile and mean is `valueMs`; null for none. */
export function windowOf(valueMs: number | null, more: Partial<WindowFacts> = {}): WindowFacts {
  return {
    count: valueMs === null ? 0 : 100,
    error: 0,
    timeout: 0,
    rateLimited: 0,
    hit: 0,
    miss: 0,
    meanMs: valueMs,
    percentileMs: () => valueMs,
    measures: {},
    ...more,
  };
}

/** A target's minutes without anything in them, and what is given changed. */
export function minutesOf(more: Partial<MinuteFacts> = {}): MinuteFacts {
  return {
    sum: () => ({ count: 0, failed: 0, granted: 0, denied: 0, activeMinutes: 0 }),
    dailyMeanPerMinute: () => null,
    lastTimingAt: () => null,
    ...more,
  };
}

/** A target whose latency is `valueMs` in every window; null for no timings. */
export function seriesOf(
  target: string,
  valueMs: number | null,
  more: Partial<SeriesFacts> = {},
): SeriesFacts {
  return {
    target,
    operation: "*",
    kind: "platform",
    window: () => windowOf(valueMs),
    minutes: minutesOf(),
    isPartial: false,
    errorStreak: undefined,
    ...more,
  };
}

/** A rule of the 95th percentile over five minutes: at least 10 ms for three minutes. */
export function ruleExample(more: Partial<Rule> = {}): Rule {
  const threshold = more.threshold ?? 10;
  return {
    name: "slow",
    severity: "HIGH",
    scope: { kind: undefined, targets: undefined, operations: "whole" },
    measure: { metric: "latency", percentile: 95, window: "5m" },
    comparison: ">=",
    threshold,
    recoveryThreshold: threshold,
    forMs: 180_000,
    keepFiringForMs: 0,
    minCount: 20,
    noData: "hold",
    inhibits: [],
    action: { en: "", "pt-BR": "" },
    ...more,
  };
}
