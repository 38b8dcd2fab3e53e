import { AggregateBuilder } from "../histogram/aggregate-builder.ts";
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

/** A stretch of time, epoch milliseconds; `to` is exclusive. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What lies in one step of a query. */
export interface AggregatePoint {
  readonly at: number;
  readonly stepMs: number;
  /** How much of the step lies in the range that is covered: less at its edges. */
  readonly coveredMs: number;
  readonly aggregate: Aggregate;
}

/** From so many rows on, counting them in pages is faster than merging one after the other. */
const ROWS_FOR_BUILDER = 8;

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
  return cover(startOf(from, MINUTE_MS), endOf(to, MINUTE_MS), step === "all" ? DAY_MS : step);
}

function cover(from: number, to: number, stepMs: StepMs): Segment[] {
  if (from >= to) return [];
  const finer = FINER[stepMs];
  if (finer === undefined) return [{ stepMs, from, to }];
  const first = endOf(from, stepMs);
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
  const boundary = Math.min(Math.max(endOf(keptFrom[stepMs], coarser), from), to);
  if (stepMs === DAY_MS || boundary <= from) return [{ stepMs, from, to }];
  const old = coarsen({ stepMs: coarser, from, to: boundary }, keptFrom);
  return boundary < to ? [...old, { stepMs, from: boundary, to }] : old;
}

/**
 * The range that the rows of a covering really stand for: whole minutes, or what is kept of them,
 * and not beyond the minute that holds now. A range that is all in the future stays as it is asked
 * for, and so does one of which nothing is kept.
 * @param asked the range of the query.
 * @param segments its covering.
 */
export function coveredRange(
  asked: TimeRange,
  segments: readonly Segment[],
  nowMs: number,
): TimeRange {
  const stretches = segments
    .map(({ stepMs, from, to }) => ({ from: endOf(from, stepMs), to: endOf(to, stepMs) }))
    .filter(({ from, to }) => from < to);
  const from = stretches[0]?.from ?? startOf(asked.from, MINUTE_MS);
  const to = stretches.at(-1)?.to ?? endOf(asked.to, MINUTE_MS);
  const latest = startOf(nowMs, MINUTE_MS) + MINUTE_MS;
  return { from, to: latest > from ? Math.min(to, latest) : to };
}

/** The smallest multiple of `stepMs` at or after `at`. */
function endOf(at: number, stepMs: number): number {
  return startOf(at + stepMs - 1, stepMs);
}

/**
 * Cuts a range so that no part holds more than a day of minutes: what is read at a time has to fit
 * into memory. Parts begin and end with a day, so that no stretch lies in two of them.
 * @param minutesFrom the time from which minutes are kept; before it there are hours at most, of
 * which a month fits.
 */
export function exportParts(from: number, to: number, minutesFrom: number): TimeRange[] {
  const parts: TimeRange[] = [];
  for (let at = from; at < to;) {
    const end = Math.min(startOf(Math.max(at, minutesFrom), DAY_MS) + DAY_MS, to);
    parts.push({ from: at, to: end });
    at = end;
  }
  return parts;
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
  return rows.filter((row) => isIn(segments, row));
}

/** Whether a covering reads a row: it is of the right length, and begins inside. */
export function isIn(
  segments: readonly Segment[],
  row: { readonly stepMs: number; readonly at: number },
): boolean {
  return segments.some(
    ({ stepMs, from, to }) => row.stepMs === stepMs && row.at >= from && row.at < to,
  );
}

/**
 * Adds rows up into points, in order of time. Points without timings are left out.
 * @param range what the rows cover: see {@link coveredRange}.
 */
export function toPoints(
  rows: readonly RollupRow[],
  range: TimeRange & { readonly step: HistoryStep },
): AggregatePoint[] {
  if (range.step === "all") {
    const stepMs = range.to - range.from;
    return [{ at: range.from, stepMs, coveredMs: stepMs, aggregate: sumOf(rows) }];
  }
  const points = new Map<string, { at: number; stepMs: number; rows: RollupRow[] }>();
  for (const row of rows) {
    const stepMs = Math.max(range.step, row.stepMs);
    const at = startOf(row.at, stepMs);
    const key = `${at}/${stepMs}`;
    const point = points.get(key) ?? { at, stepMs, rows: [] };
    points.set(key, point);
    point.rows.push(row);
  }
  return [...points.values()]
    .toSorted((left, right) => left.at - right.at)
    .map((point) => ({
      at: point.at,
      stepMs: point.stepMs,
      coveredMs: coveredOf(point.at, point.stepMs, range),
      aggregate: sumOf(point.rows),
    }));
}

/**
 * To be called for one point after the other: a builder takes tens of kilobytes until it has
 * finished, and a query may have ten thousand points.
 */
function sumOf(rows: readonly RollupRow[]): Aggregate {
  if (rows.length >= ROWS_FOR_BUILDER) {
    const sum = new AggregateBuilder();
    for (const { aggregate } of rows) sum.add(aggregate);
    return sum.finish();
  }
  let sum = EMPTY_AGGREGATE;
  for (const { aggregate } of rows) sum = mergeAggregates(sum, aggregate);
  return sum;
}

/**
 * How much of a step lies in the range that is covered. One of timings that are ahead of the clock
 * lies outside, and counts as whole.
 */
export function coveredOf(at: number, stepMs: number, { from, to }: TimeRange): number {
  const coveredMs = Math.min(at + stepMs, to) - Math.max(at, from);
  return coveredMs > 0 ? coveredMs : stepMs;
}
