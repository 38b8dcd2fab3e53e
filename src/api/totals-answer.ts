import type { WindowStats } from "../merge/window-stats.ts";
import type { TargetKind } from "../target-kind.ts";
import type { PointTime } from "./history-answer.ts";
import type { StepName } from "./history-steps.ts";

/** What a point is of: one target, or all targets of a kind together, called `*`. */
export const GROUPINGS = ["target", "kind"] as const;

/** What was counted, of all that a window says. */
type Counted = Pick<
  WindowStats,
  "count" | "perSecond" | "ok" | "error" | "timeout" | "rateLimited" | "hit" | "miss" | "errorRate"
>;

/** A point of `GET /v1/totals`: what was counted of a whole target, or of all of a kind. */
export interface TotalsPoint extends PointTime, Counted {
  readonly target: string;
  readonly kind: TargetKind;
}

/** What `GET /v1/totals` answers. */
export interface TotalsAnswer {
  readonly from: number;
  readonly to: number;
  readonly step: StepName;
  readonly by: (typeof GROUPINGS)[number];
  readonly points: readonly TotalsPoint[];
}
