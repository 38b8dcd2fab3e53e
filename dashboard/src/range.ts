import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/merge/slot-time.ts";

export const RANGE_NAMES = ["live", "1h", "6h", "24h", "7d", "30d", "90d"] as const;

/** How far back the page looks. */
export type RangeName = (typeof RANGE_NAMES)[number];

/** How far back the live charts reach, in milliseconds. */
export const LIVE_SPAN_MS = 15 * MINUTE_MS;

/** The steps of `/v1/history`. */
export type HistoryStepName = "1m" | "1h" | "1d";

/** What is asked of history for a range. Times are epoch milliseconds, `to` is excluded. */
export interface HistoryRange {
  readonly from: number;
  readonly to: number;
  readonly step: HistoryStepName;
  readonly stepMs: number;
}

/**
 * Length and step of each range: at most 1,440 points, and each step is kept for as long as the
 * range needs it (minutes 7 days, hours 90, days 730 by default).
 */
const PLANS: Readonly<Record<RangeName, { spanMs: number; step: HistoryStepName }>> = {
  live: { spanMs: LIVE_SPAN_MS, step: "1m" },
  "1h": { spanMs: HOUR_MS, step: "1m" },
  "6h": { spanMs: 6 * HOUR_MS, step: "1m" },
  "24h": { spanMs: DAY_MS, step: "1m" },
  "7d": { spanMs: 7 * DAY_MS, step: "1h" },
  "30d": { spanMs: 30 * DAY_MS, step: "1h" },
  "90d": { spanMs: 90 * DAY_MS, step: "1d" },
};

const STEP_MS: Readonly<Record<HistoryStepName, number>> = {
  "1m": MINUTE_MS,
  "1h": HOUR_MS,
  "1d": DAY_MS,
};

/**
 * The stretch of history that a range names, in whole steps: from the start of the step that the
 * range begins in to the end of the step that `nowMs` is in.
 */
export function historyRange(range: RangeName, nowMs: number): HistoryRange {
  const { spanMs, step } = PLANS[range];
  const stepMs = STEP_MS[step];
  const to = Math.floor(nowMs / stepMs) * stepMs + stepMs;
  const from = Math.floor((nowMs - spanMs) / stepMs) * stepMs;
  return { from, to, step, stepMs };
}
