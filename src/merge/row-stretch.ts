import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "./slot-time.ts";
import type { StepMs } from "./tenant-store.ts";

/** A stretch of time that is stored as one. */
export interface Stretch {
  readonly stepMs: StepMs;
  /** Its start, a multiple of `stepMs`. */
  readonly at: number;
}

/** How long a row may be to count as one of a length: whoever wrote it may have been late. */
const LONGEST_MS: readonly (readonly [stepMs: StepMs, longestMs: number])[] = [
  [MINUTE_MS, MINUTE_MS + 5_000],
  [HOUR_MS, HOUR_MS + MINUTE_MS],
  [DAY_MS, DAY_MS + 10 * MINUTE_MS],
];

/**
 * The stretch that a row of a histogram log counts in: the minute in which it begins if it is no
 * longer than one, else the hour, else the day.
 * @returns undefined for a row that is longer than a day.
 */
export function rowStretch(startMs: number, lengthMs: number): Stretch | undefined {
  const stepMs = LONGEST_MS.find(([, longestMs]) => lengthMs <= longestMs)?.[0];
  return stepMs === undefined ? undefined : { stepMs, at: startOf(startMs, stepMs) };
}
