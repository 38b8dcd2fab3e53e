import { alertFamilies } from "./families/alert-families.ts";
import { deliveryFamilies } from "./families/delivery-families.ts";
import { gradeFamilies } from "./families/grade-families.ts";
import { ledgerFamilies } from "./families/ledger-families.ts";
import { limitFamilies } from "./families/limit-families.ts";
import { coverageFamilies, freshnessFamilies } from "./families/state-families.ts";
import { totalsFamilies } from "./families/totals-families.ts";
import { windowFamilies } from "./families/window-families.ts";
import type { MetricFamily } from "./metric-family.ts";
import type { MetricsQuery, MetricsSource } from "./metrics-source.ts";

/**
 * All metrics of a tenant. They are made as they are read, each sample from what it is of at that
 * moment: a sample is sound in itself, and one that is read later may be newer, never older.
 */
export function* tenantFamilies(
  source: MetricsSource,
  { schema, targets }: MetricsQuery,
): Generator<MetricFamily> {
  const wanted = targets === undefined ? undefined : new Set(targets);
  const isWantedName = (target: string): boolean => wanted?.has(target) ?? true;
  const isWanted = ({ target }: { readonly target: string }): boolean => isWantedName(target);
  const series = source.snapshot.series.filter(isWanted);
  const shards = source.shards.filter(isWanted);
  const totals = source.totals.filter(({ name }) => isWanted(name));
  yield* freshnessFamilies(source);
  yield* coverageFamilies(source, shards);
  yield* gradeFamilies(source.snapshot, series);
  yield* alertFamilies(source.alerts.filter(isWanted));
  yield* deliveryFamilies(source);
  yield* limitFamilies(source.limits.filter(isWanted), source.untoldTargets);
  yield* ledgerFamilies(source, isWantedName);
  yield* totalsFamilies({ ...source, totals }, schema);
  yield* windowFamilies(series);
}
