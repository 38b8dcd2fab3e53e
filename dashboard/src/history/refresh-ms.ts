import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { HistoryStepName } from "../range.ts";

/** After how long a chart of history is asked for again: its newest step has moved on. */
export const REFRESH_MS: Readonly<Record<HistoryStepName, number>> = {
  "1m": MINUTE_MS,
  "1h": 5 * MINUTE_MS,
  "1d": 15 * MINUTE_MS,
};
