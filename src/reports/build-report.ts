import { statusOf, statusWithAlerts } from "../grades/grade.ts";
import { throughputGrade } from "../grades/throughput-grade.ts";
import { HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";
import type { WindowStats } from "../merge/window-stats.ts";
import { WHOLE_TARGET } from "../names.ts";
import { meanScore } from "../pillars/mean-score.ts";
import { countsForErrors, countsForLatency, eventsOf } from "../pillars/pillar-kinds.ts";
import { seriesGrades } from "../pillars/series-grades.ts";
import { TARGET_KINDS, type TargetKind } from "../target-kind.ts";
import { formatDate } from "./local-date.ts";
import type {
  CacheSummary,
  D1Summary,
  ErrorsSummary,
  LatencySummary,
  LimitsSummary,
  PeriodReport,
  Pillars,
  ReportCoverage,
  TargetSummary,
  ThroughputSummary,
} from "./report.ts";
import type { ReportInput, TargetInput } from "./report-input.ts";
import type { SeriesSpan } from "./report-source.ts";
import { spanStats } from "./span-stats.ts";
import { summarizeAlerts } from "./summarize-alerts.ts";
import { summarizeCache } from "./summarize-cache.ts";
import { summarizeD1 } from "./summarize-d1.ts";

/** Makes a report of what was read for it. */
export function buildReport(input: ReportInput): PeriodReport {
  const { slot, tenant, timeZone, nowMs } = input;
  const read = input.targets.flatMap((target) => {
    const now = spanStats(target.now);
    const before = spanStats(target.before);
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

function summarizeTarget(one: TargetStats, input: ReportInput): TargetSummary {
  const { target, kind, now, before, spans } = one;
  const hours = hoursOf([spans.now], input.slot.range.from);
  return {
    target,
    kind,
    count: now?.count ?? null,
    perMinute: perMinute(now, spans.now),
    hoursWithData: hours,
    latency: latencyOf(kind, now, before),
    errors: errorsOf(kind, now, before),
    throughput: throughputOf(one, input.hasWholeBefore),
    rateLimited: now?.rateLimited ?? null,
  };
}

function perMinute(stats: WindowStats | null, { covered }: SeriesSpan): number | null {
  return stats === null ? null : stats.count / ((covered.to - covered.from) / MINUTE_MS);
}

function latencyOf(
  kind: TargetKind,
  now: WindowStats | null,
  before: WindowStats | null,
): LatencySummary | null {
  if (now === null) return null;
  const { p50Ms, p95Ms, p99Ms, meanMs, maxMs } = now;
  const { latency: grade } = seriesGrades({ kind, operation: WHOLE_TARGET }, now);
  if (p50Ms === null || p95Ms === null || p99Ms === null || meanMs === null || maxMs === null)
    return null;
  return { p50Ms, p95Ms, p99Ms, meanMs, maxMs, grade, beforeP95Ms: before?.p95Ms ?? null };
}

function errorsOf(
  kind: TargetKind,
  now: WindowStats | null,
  before: WindowStats | null,
): ErrorsSummary | null {
  if (now === null) return null;
  const { error, timeout, errorRate: rate } = now;
  const { errors: grade } = seriesGrades({ kind, operation: WHOLE_TARGET }, now);
  if (grade === null) return null;
  return { failed: error + timeout, rate, grade, beforeRate: before?.errorRate ?? null };
}

function throughputOf({ now, before, spans }: TargetStats, isComparable: boolean) {
  const rate = perMinute(now, spans.now);
  const beforePerMinute = perMinute(before, spans.before);
  const isKnown = isComparable && rate !== null && beforePerMinute !== null;
  const ratio = isKnown ? rate / beforePerMinute : null;
  const summary: ThroughputSummary = { beforePerMinute, ratio, grade: throughputGrade(ratio) };
  return summary;
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

/** Each pillar as in a snapshot: the mean over the whole targets that count for it, or its grade. */
function scorePillars(
  targets: readonly TargetSummary[],
  d1: D1Summary | null,
  cache: CacheSummary | null,
): Pillars {
  const latencies = targets.filter(({ kind }) => countsForLatency(kind));
  const callers = targets.filter(({ kind }) => countsForErrors(kind));
  const events = eventsOf(targets);
  return {
    latency: meanScore(latencies.map(({ latency }) => latency?.grade?.score ?? null)),
    errors: meanScore(callers.map(({ errors }) => errors?.grade.score ?? null)),
    throughput: meanScore(events.targets.map(({ throughput }) => throughput.grade.score)),
    d1: d1?.grade.score ?? null,
    cache: cache?.grade.score ?? null,
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
