import type { SeriesView, WindowStats } from "../../../../src/stream/stream-frame.ts";
import { seriesKey } from "../../../../src/stream/live-state.ts";
import { errorGrade } from "../../../../src/grades/grade.ts";
import { totalsPoint } from "./totals.ts";

type WindowCounts = Parameters<typeof totalsPoint>[0];

const UNTIMED = {
  minMs: null,
  meanMs: null,
  maxMs: null,
  p50Ms: null,
  p90Ms: null,
  p95Ms: null,
  p99Ms: null,
  p999Ms: null,
  measures: {},
};

/** The live series of a page, by name. */
export function seriesMap(views: readonly SeriesView[]): ReadonlyMap<string, SeriesView> {
  return new Map(views.map((view) => [seriesKey(view), view]));
}

/** A series with counts of its own in each window; graded by the last minute, as the server does. */
export function seriesView(
  given: Pick<SeriesView, "target"> & Partial<SeriesView>,
  counts: { readonly [window in "1m" | "5m" | "1h"]?: WindowCounts },
): SeriesView {
  const windowOf = (name: "1m" | "5m" | "1h"): WindowStats => ({
    ...UNTIMED,
    ...totalsPoint(counts[name] ?? {}),
  });
  const windows = { "1m": windowOf("1m"), "5m": windowOf("5m"), "1h": windowOf("1h") };
  const { count, errorRate } = windows["1m"];
  return {
    kind: "platform",
    operation: "*",
    windows,
    grades: { latency: null, errors: count === 0 ? null : errorGrade(errorRate) },
    ...given,
  };
}
