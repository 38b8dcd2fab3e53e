import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import { vmrangeIndex } from "../accuracy/vmrange-buckets.ts";
import { vmRangeOf } from "../ingest/vm-ranges.ts";
import { askVictoriaMetrics, PHIS } from "./ask-victoria-metrics.ts";
import { HttpAsker } from "./http-asker.ts";
import type { QuerySystem } from "./query-system.ts";
import { OPERATION, type PlatformTimings, type Question } from "./timings.ts";
import { nearestRank } from "./truth.ts";

/**
 * VictoriaMetrics over its own histograms: a counter per bucket and target, pushed every minute of
 * the last days and every hour before. It thins nothing out by itself, so that there would really be
 * a sample for every minute.
 */
export function vmRangesSystem(url: string): QuerySystem {
  const http = new HttpAsker(url);
  return {
    name: "VictoriaMetrics, vmrange a minute",
    holds: "a counter per bucket: a sample per minute of 2 days, per hour before",
    rule: nearestRank,
    async load(all, loaded) {
      let count = 0;
      for (const timings of all) {
        await http.post("/api/v1/import", countersOf(timings));
        loaded((count += timings.ats.length));
      }
      await http.get("/internal/force_flush");
    },
    ask(question, targets) {
      return askVictoriaMetrics(http, metricsQl(question, targets), question.to);
    },
  };
}

function metricsQl({ from, to }: Question, targets: readonly string[]): string {
  const only = targets.length === 1 ? `{target="${targets.join("")}"}` : "";
  const counts = `sum(increase(timing_ms_bucket${only}[${to - from}ms])) by (target, vmrange)`;
  return `histogram_quantiles("phi", ${PHIS.join(", ")}, ${counts})`;
}

/** A line for each bucket: how many calls there were until each time. */
function countersOf({ target, ats, durationsUs }: PlatformTimings): string {
  const times = pushTimes(ats);
  const buckets = new Map<number, { count: number; vmrange: string; readonly values: number[] }>();
  let next = 0;
  for (const [step, time] of times.entries()) {
    for (; next < ats.length && (ats[next] ?? 0) < time; next++) {
      const durationMs = (durationsUs[next] ?? 0) / 1_000;
      const index = vmrangeIndex(durationMs);
      let bucket = buckets.get(index);
      if (bucket === undefined) {
        const values = Array.from({ length: step }, () => 0);
        buckets.set(index, (bucket = { count: 0, vmrange: vmRangeOf(durationMs), values }));
      }
      bucket.count += 1;
    }
    for (const { values, count } of buckets.values()) values.push(count);
  }
  const lines = [...buckets.values()].map(({ vmrange, values }) => {
    const metric = { __name__: "timing_ms_bucket", target, operation: OPERATION, vmrange };
    return JSON.stringify({ metric, values, timestamps: times });
  });
  return `${lines.join("\n")}\n`;
}

/** From the beginning of the first hour until after the last timing. */
function pushTimes(ats: Float64Array): number[] {
  const last = ats.at(-1) ?? 0;
  const minutesFrom = startOf(last, DAY_MS) - DAY_MS;
  const times: number[] = [];
  let at = startOf(ats[0] ?? 0, HOUR_MS);
  while (at <= last) {
    times.push(at);
    at += at < minutesFrom ? HOUR_MS : MINUTE_MS;
  }
  times.push(at);
  return times;
}
