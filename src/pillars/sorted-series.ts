import { bySeriesName } from "../merge/series-name.ts";
import { WHOLE_TARGET } from "../names.ts";
import type { TargetKind } from "../target-kind.ts";
import type { SeriesView } from "./series-view.ts";
import type { CacheSeries } from "./cache-rates.ts";

/** The whole targets, by name. */
export function wholeTargets(series: readonly SeriesView[]): readonly SeriesView[] {
  return series.filter(({ operation }) => operation === WHOLE_TARGET).toSorted(bySeriesName);
}

/** The operations of all targets of a kind, by target and name. */
export function operationsOf(
  series: readonly SeriesView[],
  kind: TargetKind,
): readonly SeriesView[] {
  return series
    .filter((view) => view.kind === kind && view.operation !== WHOLE_TARGET)
    .toSorted(bySeriesName);
}

/** Each target of the kind cache with its operations, by name. */
export function cachesOf(series: readonly SeriesView[]): readonly CacheSeries[] {
  const operations = Map.groupBy(operationsOf(series, "cache"), ({ target }) => target);
  return wholeTargets(series)
    .filter(({ kind }) => kind === "cache")
    .map((whole) => ({ whole, operations: operations.get(whole.target) ?? [] }));
}
