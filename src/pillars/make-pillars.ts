import type { SeriesView } from "./series-view.ts";
import { cachePillar } from "./cache-pillar.ts";
import { d1Pillar } from "./d1-pillar.ts";
import { errorsPillar } from "./errors-pillar.ts";
import { latencyPillar } from "./latency-pillar.ts";
import { meanScore } from "./mean-score.ts";
import type { PillarViews } from "./pillar-views.ts";
import { cachesOf, operationsOf, wholeTargets } from "./sorted-series.ts";
import { type ThroughputInput, throughputPillar } from "./throughput-pillar.ts";

/** Grades the five pillars of a tenant. The order of the series does not matter. */
export function makePillars(
  series: readonly SeriesView[],
  throughput: ThroughputInput,
): PillarViews {
  const wholes = wholeTargets(series);
  const databases = wholes.filter(({ kind }) => kind === "d1");
  return {
    latency: latencyPillar(wholes),
    errors: errorsPillar(wholes),
    throughput: throughputPillar(wholes, throughput),
    d1: d1Pillar(databases, operationsOf(series, "d1")),
    cache: cachePillar(cachesOf(series)),
  };
}

/** 0 to 10: the mean of the pillars that have data; null if none has. */
export function overallScore(pillars: PillarViews): number | null {
  const { latency, errors, throughput, d1, cache } = pillars;
  return meanScore([latency, errors, throughput, d1, cache].map((one) => one?.score ?? null));
}
