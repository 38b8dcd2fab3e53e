import { DISPATCHER_STALLED } from "../../../../src/coordinator/dispatcher-alert.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import type { TargetKind } from "../../../../src/target-kind.ts";

/** Ids of the cards that alerts may be about. */
export type AlertCard =
  | "latency"
  | "errors"
  | "throughput"
  | "d1"
  | "cache"
  | "limits"
  | "series"
  | "health";

/**
 * The card that shows what an alert is about.
 *
 * @param kind - of its target; undefined if the target is not there now.
 */
export function cardOfAlert(
  { rule, metric }: Pick<AlertView, "rule" | "metric">,
  kind: TargetKind | undefined,
): AlertCard {
  if (rule === DISPATCHER_STALLED) return "health";
  switch (metric) {
    case "latency":
    case "meanLatency":
      return kind === "d1" ? "d1" : "latency";
    case "errorRate":
    case "rateLimitedRate":
    case "consecutiveErrors":
    case "budgetBurn":
      return "errors";
    case "hitRate":
      return "cache";
    case "throughput":
      return "throughput";
    case "denialRate":
      return "limits";
    case "meanMeasure":
    case "lastMeasure":
      return kind === "d1" ? "d1" : "series";
    case "noData":
      return "series";
  }
}
