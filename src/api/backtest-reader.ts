import { D1Rollups } from "../../durable-objects/storage/d1-rollups.ts";
import type { BacktestSeries } from "../alerts/backtest.ts";
import { isInScope } from "../alerts/rule-index.ts";
import type { Rule } from "../alerts/rule.ts";
import { targetKind } from "../config.ts";
import { config } from "../configured.ts";
import { type Aggregate, mergeAggregates } from "../histogram/aggregate.ts";
import type { RollupRow, TimeRange } from "../merge/history.ts";
import { type SeriesName, seriesKey } from "../merge/series-name.ts";
import { MINUTE_MS } from "../merge/slot-time.ts";
import { askCoordinator } from "./ask-tenant.ts";
import { readHistory } from "./history-reader.ts";

/** Every series that a rule is evaluated on and that has minutes, by their names. */
export async function seriesInScope(
  env: Env,
  tenant: string,
  rule: Rule,
  from: number,
): Promise<SeriesName[]> {
  const recent = await askCoordinator(env, tenant, (coordinator) => coordinator.seriesSince(from));
  const stored = await new D1Rollups(env.DB, tenant).listSeries(MINUTE_MS);
  const names = new Map([...stored, ...recent].map((name) => [seriesKey(name), name]));
  return [...names.values()].filter((name) =>
    isInScope(rule, { ...name, kind: targetKind(config, name.target) }),
  );
}

/** A series' minutes within a range, and since when its target is known. */
export async function readBacktestSeries(
  env: Env,
  tenant: string,
  name: SeriesName,
  range: TimeRange,
  nowMs: number,
): Promise<BacktestSeries> {
  const { rows } = await readHistory(env, tenant, name, { ...range, step: MINUTE_MS }, nowMs);
  const minutes = new Map<number, Aggregate>();
  for (const { stepMs, at, aggregate } of rows) {
    if (stepMs !== MINUTE_MS) continue;
    const before = minutes.get(at);
    minutes.set(at, before === undefined ? aggregate : mergeAggregates(before, aggregate));
  }
  const storedAt = await new D1Rollups(env.DB, tenant).firstAt(name);
  return {
    ...name,
    kind: targetKind(config, name.target),
    minutes,
    firstSeenAt: earliest(rows, storedAt),
  };
}

function earliest(rows: readonly RollupRow[], storedAt: number | null): number | null {
  const first = Math.min(storedAt ?? Infinity, ...rows.slice(0, 1).map(({ at }) => at));
  return Number.isFinite(first) ? first : null;
}
