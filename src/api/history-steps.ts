import type { HistoryStep } from "../merge/history.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";

/** What a query may ask for as `step`. */
export const STEP_NAMES = ["1m", "1h", "1d", "all"] as const;

export type StepName = (typeof STEP_NAMES)[number];

export const STEPS = {
  "1m": MINUTE_MS,
  "1h": HOUR_MS,
  "1d": DAY_MS,
  all: "all",
} as const satisfies Readonly<Record<StepName, HistoryStep>>;

/** Most points of an answer. */
export const MAX_POINTS = 10_000;
