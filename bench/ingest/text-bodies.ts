import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { encodeHdrV2Base64 } from "../../src/histogram/hdr-v2.ts";
import { forEachBucket } from "../../src/histogram/sparse-counts.ts";
import type { BatchSeries, BatchTiming } from "./batch.ts";
import { NUMBER, SECOND } from "./stamped.ts";

const MS_DIGITS = 3;

/** Of a second that is filled in later. */
function at(offsetMs: number): string {
  return `${SECOND}${String(offsetMs).padStart(MS_DIGITS, "0")}`;
}

/** What `POST /v1/timings` takes; the naive designs take the same. */
export function timingsJson(timings: readonly BatchTiming[], reporter: string): string {
  const list = timings.map(
    ({ target, operation, outcome, durationUs, offsetMs }) =>
      `{"target":"${target}","operation":"${operation}","durationMs":${durationUs / 1_000},` +
      `"outcome":"${outcome}","at":${at(offsetMs)}}`,
  );
  return `{"reporter":"${reporter}","sequence":${NUMBER},"timings":[${list.join(",")}]}`;
}

/** What `POST /v1/histograms?unit=us&rebase=now` takes: a row per target, operation and outcome. */
export function histogramLog(timings: readonly BatchTiming[]): string {
  const rows = new Map<string, AggregateBuilder>();
  for (const { target, operation, outcome, durationUs } of timings) {
    const tag = `${target}/${operation}/${outcome}`;
    const builder = rows.get(tag) ?? new AggregateBuilder();
    rows.set(tag, builder);
    builder.record(durationUs, 0);
  }
  const lines = [...rows].map(([tag, builder]) => {
    const { counts, maxUs } = builder.finish();
    const payload = encodeHdrV2Base64({ forEach: (visit) => forEachBucket(counts, visit) });
    return `Tag=${tag},0,1.000,${(maxUs / 1e6).toFixed(3)},${payload}`;
  });
  return ["#[Histogram log format version 1.3]", ...lines, ""].join("\n");
}

/** InfluxDB's line protocol; times in milliseconds. */
export function influxLines(timings: readonly BatchTiming[], sender: string): string {
  return timings
    .map(
      ({ target, operation, outcome, durationUs, offsetMs }) =>
        `timing,operation=${operation},outcome=${outcome},sender=${sender},target=${target} ` +
        `ms=${durationUs / 1_000} ${at(offsetMs)}`,
    )
    .join("\n");
}

/** VictoriaMetrics' lines of JSON: one for each series, with all its values. */
export function importLines(series: readonly BatchSeries[], sender: string): string {
  return series
    .map(({ target, operation, outcome, durationsUs, offsetsMs }) => {
      const metric = { __name__: "timing_ms", operation, outcome, sender, target };
      const values = durationsUs.map((durationUs) => durationUs / 1_000).join(",");
      const timestamps = offsetsMs.map(at).join(",");
      return `{"metric":${JSON.stringify(metric)},"values":[${values}],"timestamps":[${timestamps}]}`;
    })
    .join("\n");
}
