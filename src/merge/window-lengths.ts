import type { WindowName } from "./series-state.ts";
import { HOUR_MS, MINUTE_MS } from "./slot-time.ts";

/** How long each rolling window is, in milliseconds. */
export const WINDOW_LENGTHS_MS: Readonly<Record<WindowName, number>> = {
  "1m": MINUTE_MS,
  "5m": 5 * MINUTE_MS,
  "1h": HOUR_MS,
};
