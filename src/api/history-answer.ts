import type { WindowStats } from "../merge/window-stats.ts";
import type { StepName } from "./history-steps.ts";

/** Which stretch of time a point is of. */
export interface PointTime {
  /** When its step begins, epoch milliseconds. */
  readonly at: number;
  /** How long its step is: longer than was asked for where nothing finer is kept any more. */
  readonly stepMs: number;
  /** How much of the step lies in the range, and not beyond the minute that holds now. */
  readonly coveredMs: number;
}

/** A point of `GET /v1/history`: one series over one step. */
export interface HistoryPoint extends PointTime, WindowStats {
  /** What the percentiles are made of, in HdrHistogram's V2 encoding: only where it was asked for. */
  readonly histogram?: string;
}

/** What `GET /v1/history` answers. */
export interface HistoryAnswer {
  readonly target: string;
  readonly operation: string;
  readonly from: number;
  readonly to: number;
  readonly step: StepName;
  readonly points: readonly HistoryPoint[];
}
