import { lastMeasured, measuredMean } from "../merge/measure-stats.ts";
import { MINUTE_MS } from "../merge/slot-time.ts";
import { WINDOW_LENGTHS_MS } from "../merge/window-lengths.ts";
import type { SeriesFacts, WindowFacts } from "./facts.ts";
import type { Metric, Rule } from "./rule.ts";

/** The fewest failures that burn a budget: one or two of few calls are chance. */
const MIN_BURNING_FAILURES = 10;

/** A run of errors says nothing any more when its target had no timing for so long. */
export const STREAK_STALE_MS = 5 * MINUTE_MS;

/**
 * The value of a rule's metric on one series, in the metric's unit. Null if there is no data, or
 * less than the rule's minimum volume: then nothing can be said.
 */
export function measure(rule: Rule, series: SeriesFacts, nowMs: number): number | null {
  const metric = rule.measure;
  switch (metric.metric) {
    case "latency":
    case "meanLatency":
    case "errorRate":
    case "rateLimitedRate":
    case "hitRate":
      return ofWindow(metric, series.window(metric.window), rule.minCount);
    case "throughput":
      return throughput(metric, series, rule.minCount);
    case "consecutiveErrors":
      return errorStreak(series, nowMs);
    case "denialRate":
      return denialRate(metric, series, rule.minCount);
    case "meanMeasure":
      return meanMeasure(metric, series, rule.minCount);
    case "lastMeasure":
      return lastMeasure(metric, series, rule.minCount);
    case "noData":
      return silenceMs(metric, series, rule.minCount, nowMs);
    case "budgetBurn":
      return budgetBurn(metric, series, rule.minCount);
    default:
      return metric satisfies never;
  }
}

type WindowMetric = Extract<
  Metric,
  { metric: "latency" | "meanLatency" | "errorRate" | "rateLimitedRate" | "hitRate" }
>;

function ofWindow(metric: WindowMetric, window: WindowFacts, minCount: number): number | null {
  if (metric.metric === "hitRate") {
    const asked = window.hit + window.miss;
    return asked < Math.max(minCount, 1) ? null : window.hit / asked;
  }
  if (window.count < Math.max(minCount, 1)) return null;
  switch (metric.metric) {
    case "errorRate":
      return (window.error + window.timeout) / window.count;
    case "rateLimitedRate":
      return window.rateLimited / window.count;
    case "meanLatency":
      return window.meanMs;
    case "latency":
      return window.percentileMs(metric.percentile);
    default:
      return metric satisfies never;
  }
}

/**
 * Timings in the window by those that the mean of 24 h lets expect. The minimum volume is held
 * against the larger of both: a surge begins with few expected, a drop ends with few there.
 */
function throughput(
  { window: name }: Extract<Metric, { metric: "throughput" }>,
  series: SeriesFacts,
  minCount: number,
): number | null {
  // Probes run by a timetable, and when somebody asks how they are: how often says nothing.
  if (series.kind === "probe") return null;
  const perMinute = series.minutes?.dailyMeanPerMinute() ?? null;
  if (perMinute === null || perMinute === 0) return null;
  const { count } = series.window(name);
  // What a shard that does not answer has taken in is not here: less of it is no drop.
  if (series.isPartial) return null;
  const expected = (perMinute * WINDOW_LENGTHS_MS[name]) / MINUTE_MS;
  return Math.max(count, expected) < minCount ? null : count / expected;
}

/** The minimum volume is of timings that bring the measure: others say nothing of it. */
function meanMeasure(
  { measure: name, window }: Extract<Metric, { metric: "meanMeasure" }>,
  series: SeriesFacts,
  minCount: number,
): number | null {
  const { measures } = series.window(window);
  return (measures[name]?.count ?? 0) < minCount ? null : measuredMean(measures, name);
}

function lastMeasure(
  { measure: name, window }: Extract<Metric, { metric: "lastMeasure" }>,
  series: SeriesFacts,
  minCount: number,
): number | null {
  const { measures } = series.window(window);
  return (measures[name]?.count ?? 0) < minCount ? null : lastMeasured(measures, name);
}

function errorStreak(series: SeriesFacts, nowMs: number): number | null {
  const lastAt = series.minutes?.lastTimingAt() ?? null;
  if (lastAt === null || nowMs - lastAt > STREAK_STALE_MS) return null;
  return series.errorStreak ?? null;
}

function denialRate(
  { windowMs }: Extract<Metric, { metric: "denialRate" }>,
  series: SeriesFacts,
  minCount: number,
): number | null {
  if (series.minutes === undefined) return null;
  const { granted, denied } = series.minutes.sum(windowMs);
  return granted + denied < Math.max(minCount, 1) ? null : denied / (granted + denied);
}

/**
 * How long ago the last timing was. The minimum volume is minutes with a timing before it, over as
 * long as the rule looks back: a target that is called now and then, or in bursts, is silent in
 * between.
 */
function silenceMs(
  { lookbackMs }: Extract<Metric, { metric: "noData" }>,
  { minutes, isPartial }: SeriesFacts,
  minCount: number,
  nowMs: number,
): number | null {
  const lastAt = minutes?.lastTimingAt() ?? null;
  if (minutes === undefined || lastAt === null || isPartial) return null;
  const silentMs = Math.max(nowMs - lastAt, 0);
  // One that is back is back, whatever there was before.
  if (silentMs === 0) return 0;
  const silentMinutesMs = Math.ceil(silentMs / MINUTE_MS) * MINUTE_MS;
  const { activeMinutes } = minutes.sum(lookbackMs + silentMinutesMs);
  return activeMinutes < minCount ? null : silentMs;
}

/** The minimum volume is the long window's: the short one only says that it still burns. */
function budgetBurn(
  { objective, longWindowMs, shortWindowMs }: Extract<Metric, { metric: "budgetBurn" }>,
  series: SeriesFacts,
  minCount: number,
): number | null {
  if (series.minutes === undefined) return null;
  const allowed = allowedRate(objective);
  const long = series.minutes.sum(longWindowMs);
  const short = series.minutes.sum(shortWindowMs);
  if (long.count < Math.max(minCount, 1) || short.count === 0) return null;
  if (long.failed < MIN_BURNING_FAILURES) return 0;
  return Math.min(long.failed / (long.count * allowed), short.failed / (short.count * allowed));
}

/** The rate of failures that an objective allows: 0.005 of 0.995, which `1 - 0.995` is not. */
function allowedRate(objective: number): number {
  return Math.max(Math.round((1 - objective) * 1e15), 1) / 1e15;
}
