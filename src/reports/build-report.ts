import { d1Grade } from "../grades/d1-grade.ts";
import {
  cacheGrade,
  errorGrade,
  latencyGrade,
  statusOf,
  statusWithAlerts,
} from "../grades/grade.ts";
import { throughputGrade } from "../grades/throughput-grade.ts";
import { HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";
import { aggregateStats, type WindowStats } from "../merge/window-stats.ts";
import { WHOLE_TARGET } from "../names.ts";
import { meanScore } from "../pillars/mean-score.ts";
import { countsForErrors, countsForLatency, eventsOf } from "../pillars/pillar-kinds.ts";
import { lastTogether, meanMeasured } from "../pillars/series-measures.ts";
import { TARGET_KINDS } from "../target-kind.ts";
import { formatDate } from "./local-date.ts";
import type {
  CacheRow,
  CacheSummary,
  D1Summary,
  ErrorsSummary,
  LatencySummary,
  LimitsSummary,
  OperationSummary,
  PeriodReport,
  Pillars,
  ReportCoverage,
  TargetSummary,
  ThroughputSummary,
} from "./report.ts";
import type { OperationInput, ReportInput, TargetInput } from "./report-input.ts";
import type { SeriesSpan } from "./report-source.ts";
import { summarizeAlerts } from "./summarize-alerts.ts";

/** How many of a database's operations a report shows. */
const MAX_SLOWEST = 10;

/** Makes a report of what was read for it. */
export function buildReport(input: ReportInput): PeriodReport {
  const { slot, tenant, timeZone, nowMs } = input;
  const read = input.targets.flatMap((target) => {
    const now = statsOf(target.now);
    const before = statsOf(target.before);
    return now === null && before === null ? [] : [{ ...target, now, before, spans: target }];
  });
  const targets = read.map((one) => summarizeTarget(one, input)).toSorted(byKindAndName);
  const d1 = summarizeD1(input);
  const cache = summarizeCache(input);
  const alerts = summarizeAlerts(input.alerts, slot.range, nowMs);
  const pillars = scorePillars(targets, d1, cache);
  const score = meanScore(Object.values(pillars));
  return {
    id: slot.id,
    tenant,
    period: slot.period,
    label: slot.label,
    firstDay: formatDate(slot.days.first),
    lastDay: formatDate(slot.days.last),
    timeZone,
    from: slot.range.from,
    to: slot.range.to,
    generatedAt: nowMs,
    isOver: nowMs >= slot.range.to,
    coverage: coverageOf(input),
    status: statusWithAlerts(statusOf(score), alerts.openCritical > 0),
    score,
    pillars,
    targets,
    leftOut: input.leftOut,
    d1,
    cache,
    alerts,
    limits: summarizeLimits(targets),
  };
}

/** A target with its spans in numbers; null where there were no timings. */
interface TargetStats {
  readonly target: string;
  readonly kind: TargetInput["kind"];
  readonly now: WindowStats | null;
  readonly before: WindowStats | null;
  readonly spans: TargetInput;
}

function statsOf({ aggregate, covered }: SeriesSpan): WindowStats | null {
  return aggregate.count === 0 ? null : aggregateStats(aggregate, covered.to - covered.from);
}

function summarizeTarget(one: TargetStats, input: ReportInput): TargetSummary {
  const { target, kind, now, before, spans } = one;
  const hours = hoursOf([spans.now], input.slot.range.from);
  return {
    target,
    kind,
    count: now?.count ?? null,
    perMinute: perMinute(now, spans.now),
    hoursWithData: hours,
    latency: latencyOf(now, before),
    errors: errorsOf(now, before),
    throughput: throughputOf(one, input.hasWholeBefore),
    rateLimited: now?.rateLimited ?? null,
  };
}

function perMinute(stats: WindowStats | null, { covered }: SeriesSpan): number | null {
  return stats === null ? null : stats.count / ((covered.to - covered.from) / MINUTE_MS);
}

function latencyOf(now: WindowStats | null, before: WindowStats | null): LatencySummary | null {
  if (now === null) return null;
  const { p50Ms, p95Ms, p99Ms, meanMs, maxMs } = now;
  if (p50Ms === null || p95Ms === null || p99Ms === null || meanMs === null || maxMs === null)
    return null;
  const grade = latencyGrade(p50Ms, p95Ms);
  return { p50Ms, p95Ms, p99Ms, meanMs, maxMs, grade, beforeP95Ms: before?.p95Ms ?? null };
}

function errorsOf(now: WindowStats | null, before: WindowStats | null): ErrorsSummary | null {
  if (now === null) return null;
  const { error, timeout, errorRate: rate } = now;
  const beforeRate = before?.errorRate ?? null;
  return { failed: error + timeout, rate, grade: errorGrade(rate), beforeRate };
}

function throughputOf({ now, before, spans }: TargetStats, isComparable: boolean) {
  const rate = perMinute(now, spans.now);
  const beforePerMinute = perMinute(before, spans.before);
  const isKnown = isComparable && rate !== null && beforePerMinute !== null;
  const ratio = isKnown ? rate / beforePerMinute : null;
  const summary: ThroughputSummary = { beforePerMinute, ratio, grade: throughputGrade(ratio) };
  return summary;
}

function summarizeD1({ targets, operations }: ReportInput): D1Summary | null {
  const all = operations
    .filter(({ kind }) => kind === "d1")
    .flatMap((one) => summarizeOperation(one) ?? [])
    .toSorted((left, right) => right.meanMs - left.meanMs);
  if (all.length === 0) return null;
  const meansMs = all.map(({ meanMs }) => meanMs);
  const measures = targets
    .filter(({ kind }) => kind === "d1")
    .flatMap(({ now }) => statsOf(now)?.measures ?? []);
  const grade = d1Grade({
    meansMs,
    meanWaitMs: meanMeasured(measures, "waitMs"),
    sizeBytes: lastTogether(measures, "sizeBytes"),
  });
  return { grade, slowest: all.slice(0, MAX_SLOWEST), operations: all.length };
}

function summarizeOperation({ target, operation, now }: OperationInput): OperationSummary | null {
  const { count = 0, meanMs = null, maxMs = null } = statsOf(now) ?? {};
  if (meanMs === null || maxMs === null) return null;
  return { target, operation, count, meanMs, maxMs };
}

function summarizeCache({ targets, operations }: ReportInput): CacheSummary | null {
  const caches = targets.filter(({ kind }) => kind === "cache");
  const rows = caches.flatMap((cache) => [
    ...cacheRow(cache.target, WHOLE_TARGET, cache.now),
    ...operations
      .filter(({ target }) => target === cache.target)
      .flatMap(({ target, operation, now }) => cacheRow(target, operation, now)),
  ]);
  return rows.length === 0 ? null : { rows };
}

function cacheRow(target: string, operation: string, span: SeriesSpan): CacheRow[] {
  const { hit: hits = 0, miss: misses = 0 } = statsOf(span) ?? {};
  if (hits + misses === 0) return [];
  const hitRate = hits / (hits + misses);
  return [{ target, operation, hits, misses, hitRate, grade: cacheGrade(hitRate) }];
}

function summarizeLimits(targets: readonly TargetSummary[]): LimitsSummary {
  const counted = targets.flatMap(({ target, count, rateLimited }) =>
    count === null || rateLimited === null
      ? []
      : [{ target, rateLimited, rate: rateLimited / count }],
  );
  const total = counted.reduce((sum, { rateLimited }) => sum + rateLimited, 0);
  return {
    rateLimited: counted.length === 0 ? null : total,
    targets: counted
      .filter(({ rateLimited }) => rateLimited > 0)
      .toSorted((left, right) => right.rateLimited - left.rateLimited),
  };
}

/** Each pillar is the mean over the whole targets that count for it, as in a snapshot. */
function scorePillars(
  targets: readonly TargetSummary[],
  d1: D1Summary | null,
  cache: CacheSummary | null,
): Pillars {
  const caches = cache?.rows.filter(({ operation }) => operation === WHOLE_TARGET) ?? [];
  const latencies = targets.filter(({ kind }) => countsForLatency(kind));
  const callers = targets.filter(({ kind }) => countsForErrors(kind));
  const events = eventsOf(targets);
  return {
    latency: meanScore(latencies.map(({ latency }) => latency?.grade.score ?? null)),
    errors: meanScore(callers.map(({ errors }) => errors?.grade.score ?? null)),
    throughput: meanScore(events.targets.map(({ throughput }) => throughput.grade.score)),
    d1: d1?.grade.score ?? null,
    cache: meanScore(caches.map(({ grade }) => grade.score)),
  };
}

function coverageOf({ slot, covered, targets, nowMs }: ReportInput): ReportCoverage {
  const { from, to } = slot.range;
  const hours = Math.ceil(Math.max(0, Math.min(to, nowMs) - from) / HOUR_MS);
  const spans = targets.map(({ now }) => now);
  return { ...covered, hours, hoursWithData: hoursOf(spans, from) };
}

/** Of how many of the hours after `from` there are timings; null if that is not kept. */
function hoursOf(spans: readonly SeriesSpan[], from: number): number | null {
  const hours = new Set<number>();
  for (const { startsAt } of spans) {
    if (startsAt === null) return null;
    for (const at of startsAt) hours.add(Math.floor((at - from) / HOUR_MS));
  }
  return hours.size;
}

function byKindAndName(left: TargetSummary, right: TargetSummary): number {
  const kinds = TARGET_KINDS.indexOf(left.kind) - TARGET_KINDS.indexOf(right.kind);
  if (kinds !== 0) return kinds;
  return left.target < right.target ? -1 : Number(left.target > right.target);
}
