import { HOUR_MS, MINUTE_MS } from "../../../../../src/merge/slot-time.ts";

/** Longest text of a rule's targets that a form takes, in characters. */
export const MAX_TARGETS_LENGTH = 8_000;

/** Longest text of all that is changed of a rule: its targets, and a few short fields. */
export const MAX_TRIAL_LENGTH = MAX_TARGETS_LENGTH + 5_000;

export const TRIAL_RANGES = ["1h", "6h", "24h", "7d"] as const;

/** How far back a rule is tried. */
export type TrialRange = (typeof TRIAL_RANGES)[number];

const LENGTHS_MS: Readonly<Record<TrialRange, number>> = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": 24 * HOUR_MS,
  // As long as minutes are kept, but for those that leave while the question is on its way.
  "7d": 7 * 24 * HOUR_MS - 5 * MINUTE_MS,
};

/** Whole minutes that are over. Epoch milliseconds, `to` excluded. */
export function trialSpan(range: TrialRange, nowMs: number): { from: number; to: number } {
  const to = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  return { from: to - LENGTHS_MS[range], to };
}
