import type { RejectionReason } from "./report.ts";

/** How far back a timing may lie, in milliseconds. Older ones are refused as `too_old`. */
export const MAX_AGE_MS = 300_000;

/**
 * How far ahead of the receiver's clock a timing may lie, in milliseconds: room for clocks that
 * disagree. Later ones are refused as `in_the_future`.
 */
export const MAX_AHEAD_MS = 30_000;

/** Why what was at `at` is not counted at `nowMs`, both epoch milliseconds; undefined if it is. */
export function horizonRefusal(at: number, nowMs: number): RejectionReason | undefined {
  if (at < nowMs - MAX_AGE_MS) return "too_old";
  return at > nowMs + MAX_AHEAD_MS ? "in_the_future" : undefined;
}
