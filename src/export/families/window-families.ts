import { WINDOW_NAMES } from "../../merge/series-state.ts";
import type { WindowStats } from "../../merge/window-stats.ts";
import { cacheRates, lookupsIn } from "../../pillars/cache-rates.ts";
import type { SeriesView } from "../../pillars/series-view.ts";
import { cachesOf, operationsOf } from "../../pillars/sorted-series.ts";
import type { Labels, MetricFamily, NumberSample } from "../metric-family.ts";

const PERCENTILES = [
  ["p50", "p50Ms"],
  ["p90", "p90Ms"],
  ["p95", "p95Ms"],
  ["p99", "p99Ms"],
  ["p999", "p999Ms"],
] as const;

/** The rolling windows: what is so at the moment, of operations and of whole targets. */
export function* windowFamilies(series: readonly SeriesView[]): Generator<MetricFamily> {
  yield {
    name: "tachograph_window_latency_seconds",
    help: "Percentile of how long the calls of a rolling window took, of the whole fleet; at most 0.1 % too high.",
    type: "gauge",
    unit: "seconds",
    samples: windowSamples(series, percentileSamples),
  };
  yield {
    name: "tachograph_window_latency_max_seconds",
    help: "How long the longest call of a rolling window took.",
    type: "gauge",
    unit: "seconds",
    samples: windowSamples(series, ({ maxMs }, labels) =>
      maxMs === null ? [] : [{ labels, value: inSeconds(maxMs) }],
    ),
  };
  yield {
    name: "tachograph_window_calls",
    help: "Calls within a rolling window.",
    type: "gauge",
    samples: windowSamples(series, ({ count }, labels) => [{ labels, value: count }]),
  };
  yield {
    name: "tachograph_window_error_ratio",
    help: "Errors and timeouts by all calls of a rolling window; rate-limited calls are no errors.",
    type: "gauge",
    unit: "ratio",
    samples: windowSamples(series, ({ count, errorRate }, labels) =>
      count === 0 ? [] : [{ labels, value: errorRate }],
    ),
  };
  yield {
    name: "tachograph_window_hit_ratio",
    help: "Hits by all lookups of a cache within a rolling window.",
    type: "gauge",
    unit: "ratio",
    samples: hitRatioSamples(series),
  };
}

function* windowSamples(
  series: readonly SeriesView[],
  samplesOf: (stats: WindowStats, labels: Labels) => readonly NumberSample[],
): Generator<NumberSample> {
  for (const view of series) {
    for (const window of WINDOW_NAMES) {
      yield* samplesOf(view.windows[window], windowLabels(view, window));
    }
  }
}

function percentileSamples(stats: WindowStats, labels: Labels): NumberSample[] {
  return PERCENTILES.flatMap(([percentile, field]) => {
    const ms = stats[field];
    if (ms === null) return [];
    return [{ labels: [...labels, ["percentile", percentile]], value: inSeconds(ms) }];
  });
}

/** What reaches a cache with layers is not what its layers recorded together: see `cacheRates`. */
function* hitRatioSamples(series: readonly SeriesView[]): Generator<NumberSample> {
  for (const cache of cachesOf(series)) {
    for (const window of WINDOW_NAMES) {
      const { hitRate } = cacheRates(lookupsIn(cache, window));
      if (hitRate !== null) yield { labels: windowLabels(cache.whole, window), value: hitRate };
    }
  }
  for (const view of operationsOf(series, "cache")) {
    for (const window of WINDOW_NAMES) {
      const { hit, miss } = view.windows[window];
      if (hit + miss === 0) continue;
      yield { labels: windowLabels(view, window), value: hit / (hit + miss) };
    }
  }
}

function windowLabels({ target, kind, operation }: SeriesView, window: string): Labels {
  return [
    ["target", target],
    ["kind", kind],
    ["operation", operation],
    ["window", window],
  ];
}

/** Durations are whole microseconds; so divided, they show no digits that nobody measured. */
function inSeconds(ms: number): number {
  return Math.round(ms * 1_000) / 1e6;
}
