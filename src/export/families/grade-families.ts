import type { Status } from "../../grades/grade.ts";
import { lookupsIn } from "../../pillars/cache-rates.ts";
import { gradeCaches } from "../../pillars/grade-caches.ts";
import type { SeriesView } from "../../pillars/series-view.ts";
import { cachesOf } from "../../pillars/sorted-series.ts";
import type { LiveSnapshot } from "../../stream/live-snapshot.ts";
import { WHOLE_TARGET } from "../../names.ts";
import type { Labels, MetricFamily, NumberSample } from "../metric-family.ts";

const STATUSES: readonly Status[] = ["HEALTHY", "WARNING", "CRITICAL", "UNKNOWN"];

/** Grades of series and pillars, and what they come to. */
export function* gradeFamilies(
  { status, score, pillars }: LiveSnapshot,
  series: readonly SeriesView[],
): Generator<MetricFamily> {
  yield {
    name: "tachograph_grade_score",
    help: "Score of a grade, 10 the best: latency, errors and cache of the last minutes, throughput against a day.",
    type: "gauge",
    samples: [...seriesScores(series), ...cacheScores(series)],
  };
  yield {
    name: "tachograph_pillar_score",
    help: "Score of a pillar of the whole tenant, 10 the best; absent without data.",
    type: "gauge",
    samples: Object.entries(pillars).flatMap(([pillar, view]) =>
      scoreSample([["pillar", pillar]], view?.score),
    ),
  };
  yield {
    name: "tachograph_health_score",
    help: "Mean score of the pillars that have data, 10 the best; absent without data.",
    type: "gauge",
    samples: scoreSample([], score),
  };
  yield {
    name: "tachograph_status",
    help: "1 for the status that the tenant has, 0 for those that it does not have.",
    type: "gauge",
    samples: STATUSES.map((one) => ({
      labels: [["status", one]],
      value: Number(one === status),
    })),
  };
}

function seriesScores(series: readonly SeriesView[]): NumberSample[] {
  return series.flatMap(({ target, kind, operation, grades }) => {
    const labels: Labels = [
      ["target", target],
      ["kind", kind],
      ["operation", operation],
    ];
    return [
      ...scoreSample([...labels, ["aspect", "latency"]], grades.latency?.score),
      ...scoreSample([...labels, ["aspect", "errors"]], grades.errors?.score),
      ...scoreSample([...labels, ["aspect", "throughput"]], grades.throughput?.score),
    ];
  });
}

/** Of 5 minutes, as the cache pillar has it; a cache without lookups in them has none. */
function cacheScores(series: readonly SeriesView[]): NumberSample[] {
  const graded = gradeCaches(cachesOf(series).map((cache) => lookupsIn(cache, "5m")));
  return (graded?.caches ?? []).map(({ target, grade }) => ({
    labels: [
      ["target", target],
      ["kind", "cache"],
      ["operation", WHOLE_TARGET],
      ["aspect", "cache"],
    ],
    value: grade.score,
  }));
}

function scoreSample(labels: Labels, score: number | null | undefined): NumberSample[] {
  return score === null || score === undefined ? [] : [{ labels, value: score }];
}
