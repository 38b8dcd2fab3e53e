import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";

/** Clocks of two places differ by whole quarters of an hour. */
const QUARTER_MS = 15 * MINUTE_MS;

/** Distances between marks at which people read time. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 30].map((days) => days * DAY_MS),
];

const LONGEST_STEP_MS = 365 * DAY_MS;

/** How far a clock on the wall is ahead of UTC at a time, in milliseconds. */
export type ClockOffset = (at: number) => number;

/** An axis of time, epoch milliseconds, both ends included. */
interface TimeAxis {
  readonly from: number;
  readonly to: number;
  readonly offsetMsAt: ClockOffset;
}

/**
 * At most `maxCount` marks of an axis of time, as even as the clock on the wall has them: where that
 * is put forward or back, the marks around it are closer or further apart.
 */
export function timeMarks(
  axis: TimeAxis,
  maxCount: number,
): { readonly stepMs: number; readonly marks: readonly number[] } {
  const most = Math.max(maxCount, 2);
  for (const stepMs of STEPS_MS) {
    if ((axis.to - axis.from) / stepMs + 1 > most) continue;
    const marks = stepMs < DAY_MS ? clockMarks(axis, stepMs) : dayMarks(axis, stepMs);
    // A clock that is put forward has passed one more.
    if (marks.length <= most) return { stepMs, marks };
  }
  return { stepMs: LONGEST_STEP_MS, marks: dayMarks(axis, LONGEST_STEP_MS) };
}

/** Every time at which the clock shows a multiple of a step that is shorter than a day. */
function clockMarks({ from, to, offsetMsAt }: TimeAxis, stepMs: number): number[] {
  const grainMs = stepMs < QUARTER_MS ? MINUTE_MS : QUARTER_MS;
  const marks: number[] = [];
  for (let at = Math.ceil(from / grainMs) * grainMs; at <= to; at += grainMs) {
    if ((at + offsetMsAt(at)) % stepMs === 0) marks.push(at);
  }
  return marks;
}

/** Every so many days of the calendar, when they begin. */
function dayMarks({ from, to, offsetMsAt }: TimeAxis, stepMs: number): number[] {
  const marks: number[] = [];
  let day = Math.floor((from + offsetMsAt(from)) / stepMs) * stepMs;
  for (; startOfDay(day, offsetMsAt) <= to; day += stepMs) {
    const at = startOfDay(day, offsetMsAt);
    if (at >= from) marks.push(at);
  }
  return marks;
}

/** When the day begins of which UTC's begins at `day`. */
function startOfDay(day: number, offsetMsAt: ClockOffset): number {
  // Between midnight of UTC and that of the place the clock may have been put forward or back.
  const near = day - offsetMsAt(day);
  const at = day - offsetMsAt(near);
  // Where the clock is put forward at midnight, that is still the evening before: the day begins at one.
  return at + offsetMsAt(at) < day ? near : at;
}
