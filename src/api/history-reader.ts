import { config } from "../configured.ts";
import { keptFrom } from "../coordinator/retention.ts";
import { D1Rollups, fromStoredSlot } from "../../durable-objects/storage/d1-rollups.ts";
import {
  coveredRange,
  coverRange,
  type HistoryStep,
  overlay,
  type RollupRow,
  rowsIn,
  type TimeRange,
  withRetention,
} from "../merge/history.ts";
import type { SeriesName } from "../merge/series-name.ts";

/**
 * Every stored row that makes up [from, to) of a series, each timing once: from D1, and for what
 * has not arrived there yet from the coordinator. With it comes the range that they really cover.
 */
export async function readHistory(
  env: Env,
  tenant: string,
  series: SeriesName,
  range: TimeRange & { readonly step: HistoryStep },
  nowMs: number,
): Promise<{ readonly rows: RollupRow[]; readonly covered: TimeRange }> {
  const { from, to, step } = range;
  const segments = withRetention(coverRange(from, to, step), keptFrom(config.retention, nowMs));
  // The coordinator first: what it carries to D1 in between is then read twice, and replaced.
  const unsettled = await env.COORDINATOR.getByName(tenant).unsettled(series, from, to);
  const stored = await new D1Rollups(env.DB, tenant).read(series, segments);
  const rows = overlay(stored, rowsIn(segments, unsettled.map(fromStoredSlot)));
  return { rows, covered: coveredRange(range, segments, nowMs) };
}
