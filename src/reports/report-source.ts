import type { Severity } from "../alerts/rule.ts";
import type { Aggregate } from "../histogram/aggregate.ts";
import type { TimeRange } from "../merge/history.ts";
import type { SeriesName } from "../merge/series-name.ts";

/** One series over one stretch of time. */
export interface SeriesSpan {
  /** Every timing of the stretch, once. */
  readonly aggregate: Aggregate;
  /** What the stored rows really cover. */
  readonly covered: TimeRange;
  /** When stored minutes and hours with timings begin; null if only days are kept of some of it. */
  readonly startsAt: readonly number[] | null;
}

/** An alert that fired, as reports need it. */
export interface FiredAlert {
  readonly id: string;
  readonly rule: string;
  readonly target: string;
  readonly operation: string;
  readonly severity: Severity;
  readonly firedAt: number;
  /** Null while it fires. */
  readonly resolvedAt: number | null;
}

/** The alerts of a stretch of time. */
export interface FiredAlerts {
  readonly alerts: readonly FiredAlert[];
  /** Stored ones that could not be read, or were too many. */
  readonly leftOut: number;
}

/** How finely a stretch is read: by the hour to see which hours have data, else as few rows as do. */
export type SpanDetail = "hours" | "sum";

/** Where reports come from: one tenant's history. */
export interface ReportSource {
  /** Every series that may have timings in a range; some of them may have none. */
  listSeries(range: TimeRange): Promise<readonly SeriesName[]>;
  readSpan(series: SeriesName, range: TimeRange, detail: SpanDetail): Promise<SeriesSpan>;
  /** Alerts that fired at some time within a range, whenever they began. */
  readAlerts(range: TimeRange): Promise<FiredAlerts>;
  /** Whether anything is stored of the time before `at`. */
  hasHistoryBefore(at: number): Promise<boolean>;
}
