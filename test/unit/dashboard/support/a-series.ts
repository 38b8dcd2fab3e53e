import type { SeriesView, WindowStats } from "../../../../src/stream/stream-frame.ts";

/** The numbers of a window without timings, with whatever is different about it. */
export function someStats(part: Partial<WindowStats> = {}): WindowStats {
  const counts = { count: 0, ok: 0, error: 0, timeout: 0, rateLimited: 0, hit: 0, miss: 0 };
  const latencies = { minMs: null, meanMs: null, maxMs: null, p50Ms: null, p90Ms: null };
  const tail = { p95Ms: null, p99Ms: null, p999Ms: null };
  const rates = { perSecond: 0, errorRate: 0 };
  return { ...counts, ...latencies, ...tail, ...rates, measures: {}, ...part };
}

/** A series whose numbers of the last minute are `stats`. */
export function aSeries(
  target: string,
  operation: string,
  stats: Partial<WindowStats> = {},
  grades: SeriesView["grades"] = { latency: null, errors: null },
): SeriesView {
  const windows = { "1m": someStats(stats), "5m": someStats(), "1h": someStats() };
  return { target, kind: "platform", operation, windows, grades };
}
