import type { WindowStats } from "../../../src/merge/window-stats.ts";
import type { TargetKind } from "../../../src/target-kind.ts";

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
  readonly points: readonly HistoryPoint[];
}

/** A point of `GET /v1/totals`: what was counted of a whole target, or of all of a kind. */
export interface TotalsPoint
  extends
    PointTime,
    Pick<
      WindowStats,
      | "count"
      | "perSecond"
      | "ok"
      | "error"
      | "timeout"
      | "rateLimited"
      | "hit"
      | "miss"
      | "errorRate"
    > {
  readonly target: string;
  readonly kind: TargetKind;
}

/** What `GET /v1/totals` answers. */
export interface TotalsAnswer {
  readonly from: number;
  readonly to: number;
  readonly points: readonly TotalsPoint[];
}
