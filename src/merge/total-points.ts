import { coveredOf, type HistoryStep, type TimeRange } from "./history.ts";
import { startOf } from "./slot-time.ts";
import { addTotals, NO_TOTALS, type OutcomeTotals, subtractTotals } from "./stretch-totals.ts";
import type { StepMs } from "./tenant-store.ts";

/** What rows of one length hold of a target, or of a group of them, that begin in one stretch of time. */
export interface TargetTotals extends OutcomeTotals {
  readonly target: string;
  /** The length of the rows. */
  readonly stepMs: StepMs;
  /** When the first of them begins, or the start of the stretch that holds them. */
  readonly at: number;
}

/** The totals of one target, or group of them, in one step of a query. */
export interface TotalPoint extends OutcomeTotals {
  readonly target: string;
  readonly at: number;
  readonly stepMs: number;
  /** How much of the step lies in the range that is covered: less at its edges. */
  readonly coveredMs: number;
}

/** The rows of a covering, in three parts. */
export interface TotalsRead {
  /** Everything in D1. */
  readonly stored: readonly TargetTotals[];
  /** What of it stands for the same stretches and parts as `unsettled`. */
  readonly replaced: readonly TargetTotals[];
  /** The rows that are newer than those of D1, or not there yet. */
  readonly unsettled: readonly TargetTotals[];
}

/**
 * Adds rows up into points, each timing once, in order of time and then of targets. Points without
 * timings are left out.
 * @param range what the rows cover, and how they are grouped.
 */
export function totalPoints(
  { stored, replaced, unsettled }: TotalsRead,
  range: TimeRange & { readonly step: HistoryStep },
): TotalPoint[] {
  const points = new Map<string, TotalPoint>();
  const add = (
    rows: readonly TargetTotals[],
    join: (sum: OutcomeTotals, row: OutcomeTotals) => OutcomeTotals,
  ): void => {
    for (const row of rows) {
      const place = placeOf(row, range);
      const key = `${row.target}/${place.at}/${place.stepMs}`;
      const { count, outcomes } = join(points.get(key) ?? NO_TOTALS, row);
      points.set(key, { target: row.target, ...place, count, outcomes });
    }
  };
  // In this order no sum is ever below zero.
  add(stored, addTotals);
  add(replaced, subtractTotals);
  add(unsettled, addTotals);
  return [...points.values()].filter(({ count }) => count > 0).toSorted(byTimeAndTarget);
}

/** The step in which a row lies: of its own length where only coarser ones are kept. */
function placeOf(
  row: TargetTotals,
  range: TimeRange & { readonly step: HistoryStep },
): Pick<TotalPoint, "at" | "stepMs" | "coveredMs"> {
  if (range.step === "all") {
    const stepMs = range.to - range.from;
    return { at: range.from, stepMs, coveredMs: stepMs };
  }
  const stepMs = Math.max(range.step, row.stepMs);
  const at = startOf(row.at, stepMs);
  return { at, stepMs, coveredMs: coveredOf(at, stepMs, range) };
}

function byTimeAndTarget(left: TotalPoint, right: TotalPoint): number {
  if (left.at !== right.at) return left.at - right.at;
  if (left.target !== right.target) return left.target < right.target ? -1 : 1;
  return left.stepMs - right.stepMs;
}
