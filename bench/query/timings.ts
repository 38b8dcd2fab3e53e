import { seededRandom } from "../../test/support/seeded-random.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import { logNormal } from "../lib/random.ts";

const PLATFORMS = [
  { target: "meta", medianUs: 180_000, sigma: 0.6 },
  { target: "google", medianUs: 120_000, sigma: 0.5 },
  { target: "tiktok", medianUs: 240_000, sigma: 0.7 },
  { target: "pinterest", medianUs: 90_000, sigma: 0.5 },
  { target: "reddit", medianUs: 310_000, sigma: 0.6 },
] as const;

/** Everybody is asked for the same. */
export const TARGETS: readonly string[] = PLATFORMS.map(({ target }) => target);

/** The one operation of all timings. */
export const OPERATION = "events";

const LONGEST_US = 600_000_000;

/** Of all timings of a platform, those of the last 24 h and of the last minute. */
const DAY_SHARE = 0.25;
const MINUTE_SHARE = 0.0025;

/** The time of day at which the data end, UTC: so that what is read does not depend on the hour. */
const ENDS_AT_MS = 12 * HOUR_MS + 30 * MINUTE_MS;

/** Imports have to wait that long; so do these data. */
const SETTLED_MS = 15 * MINUTE_MS;

/** A stretch of time that is asked for, epoch milliseconds, `to` exclusive. */
export interface Question {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The timings of one platform, in order of time: no two of them have the same millisecond. */
export interface PlatformTimings {
  readonly target: string;
  /** Epoch milliseconds. */
  readonly ats: Float64Array;
  /** Whole microseconds. */
  readonly durationsUs: Int32Array;
}

/** The newest half past twelve that is old enough to be imported, epoch milliseconds. */
export function dataEnd(nowMs: number): number {
  return startOf(nowMs - SETTLED_MS - ENDS_AT_MS, DAY_MS) + ENDS_AT_MS;
}

/**
 * What is asked for. The month begins with a whole hour, as its minutes are not kept by everybody:
 * 29 days, 23 hours and a half.
 */
export function questionsUntil(to: number): Readonly<Record<"minute" | "day" | "month", Question>> {
  return {
    minute: { name: "1 min", from: to - MINUTE_MS, to },
    day: { name: "24 h", from: to - DAY_MS, to },
    month: { name: "30 d", from: startOf(to - 30 * DAY_MS, HOUR_MS) + HOUR_MS, to },
  };
}

/**
 * Timings of five platforms over the month before `to`, log-normal: a quarter of them within the
 * last 24 h, a four-hundredth within the last minute, in each of the three stretches evenly.
 * @param countPerTarget a multiple of 400.
 */
export function makeTimings(to: number, countPerTarget: number): PlatformTimings[] {
  const { minute, day, month } = questionsUntil(to);
  const dayCount = countPerTarget * DAY_SHARE;
  const minuteCount = countPerTarget * MINUTE_SHARE;
  return PLATFORMS.map(({ target, medianUs, sigma }, index) => {
    const random = seededRandom(index + 1);
    const ats = new Float64Array(countPerTarget);
    const older = countPerTarget - dayCount;
    spreadOver(ats.subarray(0, older), month.from, day.from, random);
    spreadOver(ats.subarray(older, countPerTarget - minuteCount), day.from, minute.from, random);
    spreadOver(ats.subarray(countPerTarget - minuteCount), minute.from, minute.to, random);
    const durationsUs = Int32Array.from(ats, () =>
      Math.min(Math.max(Math.round(logNormal(random, medianUs, sigma)), 1), LONGEST_US),
    );
    return { target, ats, durationsUs };
  });
}

/** Steps of one length, each timing somewhere in the first half of its own: none meet. */
function spreadOver(ats: Float64Array, from: number, to: number, random: () => number): void {
  const stepMs = (to - from) / ats.length;
  for (let i = 0; i < ats.length; i++) {
    ats[i] = Math.floor(from + (i + random() / 2) * stepMs);
  }
}

/** Those of a platform that begin within [from, to). */
export function timingsWithin(
  { target, ats, durationsUs }: PlatformTimings,
  { from, to }: Pick<Question, "from" | "to">,
): PlatformTimings {
  const [first, end] = [firstAtOrAfter(ats, from), firstAtOrAfter(ats, to)];
  return { target, ats: ats.subarray(first, end), durationsUs: durationsUs.subarray(first, end) };
}

function firstAtOrAfter(ats: Float64Array, at: number): number {
  let [low, high] = [0, ats.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ats[middle] ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
