import type { Format } from "../../i18n/format.ts";
import type { WindowStats } from "../../../../src/stream/stream-frame.ts";

/** A column of numbers: the field of `/v1/live`, and how it is written. */
export interface NumberColumn {
  readonly field:
    | "p50Ms"
    | "p90Ms"
    | "p95Ms"
    | "p99Ms"
    | "maxMs"
    | "count"
    | "perSecond"
    | "errorRate";
  readonly text: (stats: WindowStats, format: Format) => string;
}

/** Latencies, in milliseconds. */
export const LATENCY_COLUMNS: readonly NumberColumn[] = [
  { field: "p50Ms", text: ({ p50Ms }, format) => format.ms(p50Ms) },
  { field: "p90Ms", text: ({ p90Ms }, format) => format.ms(p90Ms) },
  { field: "p95Ms", text: ({ p95Ms }, format) => format.ms(p95Ms) },
  { field: "p99Ms", text: ({ p99Ms }, format) => format.ms(p99Ms) },
  { field: "maxMs", text: ({ maxMs }, format) => format.ms(maxMs) },
];

/** How much there was, and how much of it failed. */
export const VOLUME_COLUMNS: readonly NumberColumn[] = [
  { field: "count", text: ({ count }, format) => format.count(count) },
  { field: "perSecond", text: ({ perSecond }, format) => format.rate(perSecond) },
  {
    field: "errorRate",
    text: ({ count, errorRate }, format) => format.percent(count === 0 ? null : errorRate),
  },
];
