import type { TimeRange } from "../../merge/history.ts";
import { DAY_MS, startOf } from "../../merge/slot-time.ts";

/**
 * Cuts a range into parts of at most `days` days that end at midnight UTC, where every stored
 * stretch ends: none lies in two parts, so that parts added up count each timing once.
 * @param days - 1 or more.
 */
export function dayParts(from: number, to: number, days: number): TimeRange[] {
  const parts: TimeRange[] = [];
  for (let at = from; at < to;) {
    const midnight = startOf(at, DAY_MS);
    const end = Math.min(midnight + days * DAY_MS, to);
    parts.push({ from: at, to: end });
    at = end;
  }
  return parts;
}
