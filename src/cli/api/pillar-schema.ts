import * as v from "valibot";
import type { CacheLayer } from "../../pillars/cache-rates.ts";
import type { D1Pillar, ThroughputPillar } from "../../pillars/pillar-views.ts";
import type { Trend } from "../../pillars/trend.ts";
import type { TargetKind } from "../../target-kind.ts";
import { anyWord } from "./any-word.ts";
import { GRADE_SCHEMA, GRADED, THROUGHPUT_GRADED } from "./grade-schema.ts";

const figure = v.nullable(v.number());

const trend = v.nullable(
  v.looseObject({ direction: anyWord<Trend["direction"]>(), ratio: v.number() }),
);

const targetLatency = v.looseObject({
  target: v.string(),
  kind: anyWord<TargetKind>(),
  count: v.number(),
  minMs: figure,
  meanMs: figure,
  maxMs: figure,
  p50Ms: figure,
  p90Ms: figure,
  p95Ms: figure,
  p99Ms: figure,
  grade: GRADE_SCHEMA,
});

const latency = v.looseObject({
  ...GRADED,
  window: anyWord<"1m">(),
  targetCount: v.number(),
  targets: v.array(targetLatency),
  trend,
});

const FAILURES = {
  count: v.number(),
  failed: v.number(),
  rate: v.number(),
  rateLimited: v.number(),
};

const targetErrors = v.looseObject({
  target: v.string(),
  kind: anyWord<TargetKind>(),
  ...FAILURES,
  grade: GRADE_SCHEMA,
});

const errors = v.looseObject({
  ...GRADED,
  ...FAILURES,
  window: anyWord<"1m">(),
  targetCount: v.number(),
  targets: v.array(targetErrors),
  trend,
});

const throughput = v.looseObject({
  ...THROUGHPUT_GRADED,
  events: anyWord<ThroughputPillar["events"]>(),
  targetCount: v.number(),
  perSecond: v.number(),
  perMinute: v.number(),
  perHour: v.number(),
  mean6hPerMinute: figure,
  mean24hPerMinute: figure,
  trend,
});

const EXECUTIONS = {
  executions: v.number(),
  meanMs: v.number(),
  meanWaitMs: figure,
  rowsRead: figure,
  rowsWritten: figure,
  slow: figure,
};

const d1Query = v.looseObject({
  target: v.string(),
  operation: v.string(),
  ...EXECUTIONS,
  p95Ms: v.number(),
  maxMs: v.number(),
});

const d1 = v.looseObject({
  grade: anyWord<D1Pillar["grade"]>(),
  color: v.picklist(["green", "yellow", "red"]),
  score: v.number(),
  window: anyWord<D1Pillar["window"]>(),
  operations: v.number(),
  ...EXECUTIONS,
  slowest: v.array(d1Query),
  sizeBytes: figure,
  trend,
});

const LOOKUPS = {
  lookups: v.number(),
  hits: v.number(),
  misses: v.number(),
  hitRate: v.number(),
};

const layers = v.array(v.looseObject({ layer: anyWord<CacheLayer["layer"]>(), ...LOOKUPS }));

const cacheView = v.looseObject({
  target: v.string(),
  ...LOOKUPS,
  grade: GRADE_SCHEMA,
  isCounted: v.boolean(),
  keys: figure,
  layers,
});

const cache = v.looseObject({
  ...GRADED,
  window: anyWord<D1Pillar["window"]>(),
  ...LOOKUPS,
  keys: figure,
  layers,
  caches: v.array(cacheView),
  trend,
});

/** The five pillars; null for one without data. */
export const PILLARS_SCHEMA = v.looseObject({
  latency: v.nullable(latency),
  errors: v.nullable(errors),
  throughput: v.nullable(throughput),
  d1: v.nullable(d1),
  cache: v.nullable(cache),
});
