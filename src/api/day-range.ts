import type { TimeRange } from "../merge/history.ts";
import { DAY_MS } from "../merge/slot-time.ts";
import { queryEpochMs } from "./parse-query.ts";
import { invalidQuery, orThrow } from "./problem.ts";

/**
 * Reads `from` (default: a day before `to`) and `to`, which is exclusive (default: the millisecond
 * after now, so that what happened just now is within).
 * @throws Problem 400.
 */
export function readDayRange(query: URLSearchParams, nowMs: number): TimeRange {
  const to = orThrow(queryEpochMs(query, "to")) ?? nowMs + 1;
  const from = orThrow(queryEpochMs(query, "from")) ?? Math.max(to - DAY_MS, 0);
  if (from >= to) throw invalidQuery("from", "must be before to");
  return { from, to };
}
