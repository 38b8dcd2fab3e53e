import { WHOLE_TARGET } from "../names.ts";
import type { TargetKind } from "../target-kind.ts";
import type { SeriesView } from "../stream/series-view.ts";
import type { CacheSeries } from "./cache-rates.ts";

/** The whole targets, by name. */
export function wholeTargets(series: readonly SeriesView[]): readonly SeriesView[] {
  return series.filter(({ operation }) => operation === WHOLE_TARGET).toSorted(byName);
}

/** The operations of all targets of a kind, by target and name. */
export function operationsOf(
  series: readonly SeriesView[],
  kind: TargetKind,
): readonly SeriesView[] {
  return series
    .filter((view) => view.kind === kind && view.operation !== WHOLE_TARGET)
    .toSorted(byName);
}

/** Each target of the kind cache with its operations, by name. */
export function cachesOf(series: readonly SeriesView[]): readonly CacheSeries[] {
  const operations = Map.groupBy(operationsOf(series, "cache"), ({ target }) => target);
  return wholeTargets(series)
    .filter(({ kind }) => kind === "cache")
    .map((whole) => ({ whole, operations: operations.get(whole.target) ?? [] }));
}

function byName(left: SeriesView, right: SeriesView): number {
  return compare(left.target, right.target) || compare(left.operation, right.operation);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
