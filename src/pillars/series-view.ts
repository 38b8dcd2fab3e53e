import type { ExemplarView } from "../exemplar-view.ts";
import type { Grade } from "../grades/grade.ts";
import type { ThroughputGrade } from "../grades/throughput-grade.ts";
import type { WindowName } from "../merge/series-state.ts";
import type { WindowStats } from "../merge/window-stats.ts";
import type { TargetKind } from "../target-kind.ts";

/** One series as the API shows it. */
export interface SeriesView {
  readonly target: string;
  readonly kind: TargetKind;
  readonly operation: string;
  readonly windows: Readonly<Record<WindowName, WindowStats>>;
  readonly grades: SeriesGrades;
  /**
   * The slowest calls of the last ten minutes that are known by their traces, at most five, the
   * slowest first, of equally slow ones the newest; left out if there are none.
   */
  readonly exemplars?: readonly ExemplarView[];
}

export interface SeriesGrades {
  /**
   * Of the last minute; null without timings in it, for a queue as a whole and for its operation
   * `wait`.
   */
  readonly latency: Grade | null;
  /** Of the last minute; null without timings in it. */
  readonly errors: Grade | null;
  /** The target's last 6 hours against its last 24; of whole targets only. */
  readonly throughput?: ThroughputGrade;
}
