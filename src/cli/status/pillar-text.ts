import type { PillarViews } from "../../pillars/pillar-views.ts";
import { gradeStyle } from "../output/colour.ts";
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatRate,
  formatScore,
  NOTHING,
} from "../output/format.ts";
import type { Cell } from "../output/table.ts";

/** The five pillars as rows of name, grade, score and what they were made of. */
export function pillarRows(pillars: PillarViews): Cell[][] {
  const { latency, errors, throughput, d1, cache } = pillars;
  return [
    row("latency", latency, latency === null ? "" : latencyText(latency)),
    row("errors", errors, errors === null ? "" : errorsText(errors)),
    row("throughput", throughput, throughput === null ? "" : throughputText(throughput)),
    row("d1", d1, d1 === null ? "" : d1Text(d1)),
    row("cache", cache, cache === null ? "" : cacheText(cache)),
  ];
}

type AnyPillar = PillarViews[keyof PillarViews];

type Of<Name extends keyof PillarViews> = NonNullable<PillarViews[Name]>;

function row(name: string, pillar: AnyPillar, what: string): Cell[] {
  if (pillar === null) return [name, { text: "no data", style: "dim" }, NOTHING, ""];
  const { grade, color, score } = pillar;
  return [name, { text: grade, style: gradeStyle(color) }, formatScore(score), what];
}

function latencyText({ targetCount, targets, window }: Of<"latency">): string {
  const [worst] = targets;
  const noun = targetCount === 1 ? "target" : "targets";
  const ofTargets = `${formatCount(targetCount)} ${noun} in ${window}`;
  return worst === undefined
    ? ofTargets
    : `${ofTargets}, worst ${worst.target}: p50 ${formatMs(worst.p50Ms)} ms, p95 ${formatMs(worst.p95Ms)} ms`;
}

function errorsText({ rate, failed, count, rateLimited, targets, window }: Of<"errors">): string {
  const [worst] = targets;
  const parts = [
    `${formatPercent(rate)} (${formatCount(failed)} of ${formatCount(count)}) in ${window}`,
    ...(rateLimited === 0 ? [] : [`${formatCount(rateLimited)} rate-limited`]),
    ...(worst === undefined || worst.failed === 0
      ? []
      : [`worst ${worst.target}: ${formatPercent(worst.rate)}`]),
  ];
  return parts.join(", ");
}

function throughputText({ perSecond, perMinute, perHour }: Of<"throughput">): string {
  const rates = [`${formatCount(perMinute)} in 1m`, `${formatCount(perHour)} in 1h`];
  return [`${formatRate(perSecond)} a second`, ...rates].join(", ");
}

function d1Text({ executions, meanMs, slowest, sizeBytes, window }: Of<"d1">): string {
  const [worst] = slowest;
  const parts = [
    `${formatCount(executions)} executions in ${window}, mean ${formatMs(meanMs)} ms`,
    ...(worst === undefined
      ? []
      : [`slowest ${worst.target}/${worst.operation}: ${formatMs(worst.meanMs)} ms`]),
    ...(sizeBytes === null ? [] : [formatBytes(sizeBytes)]),
  ];
  return parts.join(", ");
}

function cacheText({ hitRate, hits, lookups, window }: Of<"cache">): string {
  return `${formatPercent(hitRate)} hits (${formatCount(hits)} of ${formatCount(lookups)}) in ${window}`;
}
