import type { RuleInput } from "../../../../../src/alerts/rule-input.ts";
import { MAX_POINTS } from "../../../../../src/api/history-steps.ts";
import { lastMeasured, measuredMean } from "../../../../../src/merge/measure-stats.ts";
import { MINUTE_MS } from "../../../../../src/merge/slot-time.ts";
import type { HistoryPoint } from "../../../../../src/api/history-answer.ts";

/** The number of a minute that stands nearest to what a rule looks at. */
type HistoryLine = (point: HistoryPoint) => number | null;

const PERCENTILES: Readonly<Record<string, HistoryLine>> = {
  50: ({ p50Ms }) => p50Ms,
  90: ({ p90Ms }) => p90Ms,
  95: ({ p95Ms }) => p95Ms,
  99: ({ p99Ms }) => p99Ms,
  99.9: ({ p999Ms }) => p999Ms,
};

/** Undefined for rules whose value no single minute has, as of throughput against the day's mean. */
export function historyLine({
  metric,
  percentile = 95,
  measure,
}: RuleInput): HistoryLine | undefined {
  switch (metric) {
    case "latency":
      return PERCENTILES[percentile];
    case "meanLatency":
      return ({ meanMs }) => meanMs;
    case "errorRate":
      return ({ errorRate, count }) => (count === 0 ? null : errorRate);
    case "rateLimitedRate":
      return ({ rateLimited, count }) => share(rateLimited, count);
    case "hitRate":
      return ({ hit, miss }) => share(hit, hit + miss);
    case "meanMeasure":
      return measure && (({ measures }) => measuredMean(measures, measure));
    case "lastMeasure":
      return measure && (({ measures }) => lastMeasured(measures, measure));
    default:
      return undefined;
  }
}

/** A range in parts of which each has no more minutes than one request is answered. */
export function minuteRequests(
  from: number,
  to: number,
): readonly { readonly from: number; readonly to: number }[] {
  const longestMs = MAX_POINTS * MINUTE_MS;
  const requests = Math.ceil((to - from) / longestMs);
  return Array.from({ length: requests }, (_, index) => ({
    from: from + index * longestMs,
    to: Math.min(from + (index + 1) * longestMs, to),
  }));
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
