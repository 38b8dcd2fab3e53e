import { type Aggregate, EMPTY_AGGREGATE, mergeAggregates } from "../histogram/aggregate.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "./slot-time.ts";
import type { StepMs } from "./tenant-store.ts";

/** How a query groups time: into stretches of a fixed length, or all into one point. */
export type HistoryStep = StepMs | "all";

/** A stretch of time that is to be read from rollups of one length. */
export interface Segment {
  readonly stepMs: StepMs;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** One stored stretch of one series. */
export interface RollupRow {
  readonly stepMs: StepMs;
  readonly at: number;
  readonly part: number;
  readonly aggregate: Aggregate;
}

export interface HistoryPoint {
  readonly at: number;
  readonly stepMs: number;
  readonly aggregate: Aggregate;
}

const FINER: Readonly<Record<StepMs, StepMs | undefined>> = {
  [DAY_MS]: HOUR_MS,
  [HOUR_MS]: MINUTE_MS,
  [MINUTE_MS]: undefined,
};

/**
 * Covers [from, to) with the fewest rollups that give it exactly: days where whole days are asked
 * for, hours at their edges, minutes at the edges of those. Nothing is covered twice.
 * @param step no rollup coarser than this is used; any may be for `all`.
 */
export function coverRange(from: number, to: number, step: HistoryStep): Segment[] {
  return cover(
    startOf(from, MINUTE_MS),
    startOf(to + MINUTE_MS - 1, MINUTE_MS),
    step === "all" ? DAY_MS : step,
  );
}

function cover(from: number, to: number, stepMs: StepMs): Segment[] {
  if (from >= to) return [];
  const finer = FINER[stepMs];
  if (finer === undefined) return [{ stepMs, from, to }];
  const first = startOf(from + stepMs - 1, stepMs);
  const last = startOf(to, stepMs);
  if (first >= last) return cover(from, to, finer);
  return [
    ...cover(from, first, finer),
    { stepMs, from: first, to: last },
    ...cover(last, to, finer),
  ];
}

/**
 * Where a segment lies before the time from which its rollups are kept, the next coarser ones
 * stand in, each as a point of its own length.
 * @param keptFrom per length, the time before which its rollups are deleted.
 */
export function withRetention(
  segments: readonly Segment[],
  keptFrom: Readonly<Record<StepMs, number>>,
): Segment[] {
  return segments.flatMap((segment) => coarsen(segment, keptFrom));
}

function coarsen(
  { stepMs, from, to }: Segment,
  keptFrom: Readonly<Record<StepMs, number>>,
): Segment[] {
  const coarser = stepMs === MINUTE_MS ? HOUR_MS : DAY_MS;
  const boundary = Math.min(Math.max(startOf(keptFrom[stepMs] + coarser - 1, coarser), from), to);
  if (stepMs === DAY_MS || boundary <= from) return [{ stepMs, from, to }];
  const old = coarsen({ stepMs: coarser, from, to: boundary }, keptFrom);
  return boundary < to ? [...old, { stepMs, from: boundary, to }] : old;
}

/** Replaces stored rows by those of `newer` that stand for the same stretch and part. */
export function overlay(stored: readonly RollupRow[], newer: readonly RollupRow[]): RollupRow[] {
  const rows = new Map(stored.map((row) => [rowKey(row), row]));
  for (const row of newer) rows.set(rowKey(row), row);
  return [...rows.values()];
}

function rowKey({ stepMs, at, part }: RollupRow): string {
  return `${stepMs}/${at}/${part}`;
}

/** The rows that a covering reads: of the right length, and beginning inside. */
export function rowsIn(segments: readonly Segment[], rows: readonly RollupRow[]): RollupRow[] {
  return rows.filter((row) =>
    segments.some(({ stepMs, from, to }) => row.stepMs === stepMs && row.at >= from && row.at < to),
  );
}

/** Adds rows up into points, in order of time. Points without timings are left out. */
export function toPoints(
  rows: readonly RollupRow[],
  range: { readonly from: number; readonly to: number; readonly step: HistoryStep },
): HistoryPoint[] {
  if (range.step === "all") {
    const all = rows.reduce((sum, row) => mergeAggregates(sum, row.aggregate), EMPTY_AGGREGATE);
    return [{ at: range.from, stepMs: range.to - range.from, aggregate: all }];
  }
  const points = new Map<string, HistoryPoint>();
  for (const row of rows) {
    const stepMs = Math.max(range.step, row.stepMs);
    const at = startOf(row.at, stepMs);
    const before = points.get(`${at}/${stepMs}`)?.aggregate ?? EMPTY_AGGREGATE;
    points.set(`${at}/${stepMs}`, {
      at,
      stepMs,
      aggregate: mergeAggregates(before, row.aggregate),
    });
  }
  return [...points.values()].toSorted((left, right) => left.at - right.at);
}
