import type { TimeRange } from "../../merge/history.ts";

/** What is to be exported. */
export interface ExportPlan {
  readonly range: TimeRange;
  /** Empty for all. */
  readonly targets: readonly string[];
  /** Empty for those that the format exports if nothing is said. */
  readonly operations: readonly string[];
  /** Whether every series there is was asked for. */
  readonly isAll: boolean;
}

export interface ExportResult {
  /** Rows without headers. */
  readonly rows: number;
  /** Series of which there are rows. */
  readonly series: number;
}
