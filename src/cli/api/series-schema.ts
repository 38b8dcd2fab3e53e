import * as v from "valibot";
import type { WindowName } from "../../merge/series-state.ts";
import type { WindowStats } from "../../merge/window-stats.ts";
import type { TargetKind } from "../../target-kind.ts";
import { anyWord } from "./any-word.ts";
import { GRADE_SCHEMA, THROUGHPUT_GRADED } from "./grade-schema.ts";

const figure = v.nullable(v.number());

/** What a window and a stretch of history both say. */
export const STATS = {
  count: v.number(),
  ok: v.number(),
  error: v.number(),
  timeout: v.number(),
  rateLimited: v.number(),
  hit: v.number(),
  miss: v.number(),
  errorRate: v.number(),
  minMs: figure,
  meanMs: figure,
  maxMs: figure,
  p50Ms: figure,
  p90Ms: figure,
  p95Ms: figure,
  p99Ms: figure,
  p999Ms: figure,
};

const windowStats = v.looseObject({
  ...STATS,
  perSecond: v.number(),
  // They are passed on, and never read.
  measures: v.custom<WindowStats["measures"]>(
    (value) => typeof value === "object" && value !== null,
    "Expected an object",
  ),
});

const WINDOWS = { "1m": windowStats, "5m": windowStats, "1h": windowStats } satisfies Record<
  WindowName,
  typeof windowStats
>;

const exemplar = v.looseObject({
  traceId: v.string(),
  spanId: v.exactOptional(v.string()),
  durationMs: v.number(),
  at: v.number(),
});

/** One series with all of its windows. */
export const SERIES_SCHEMA = v.looseObject({
  target: v.string(),
  operation: v.string(),
  kind: anyWord<TargetKind>(),
  windows: v.looseObject(WINDOWS),
  grades: v.looseObject({
    latency: v.nullable(GRADE_SCHEMA),
    errors: v.nullable(GRADE_SCHEMA),
    throughput: v.exactOptional(v.looseObject(THROUGHPUT_GRADED)),
  }),
  exemplars: v.exactOptional(v.array(exemplar)),
});
