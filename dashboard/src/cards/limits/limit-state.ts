import { compareText } from "../../../../src/compare-text.ts";
import type { LimitView } from "../../../../src/stream/stream-frame.ts";

/**
 * How a bucket stands, the worst first: nobody gets permits until the platform's time is over, it
 * has none at the moment, it refills slower than configured, or none of it.
 */
export type LimitState = "closed" | "empty" | "slowed" | "open";

/** Fill levels are told apart by a twentieth, so that buckets do not change places with each tick. */
const LEVELS = 20;

/** How a bucket stands at `nowMs`, epoch milliseconds of the server's clock. */
export function limitState(
  { blockedUntil, available, refillRate }: LimitView,
  nowMs: number,
): LimitState {
  if (blockedUntil !== null && blockedUntil > nowMs) return "closed";
  if (available <= 0) return "empty";
  return refillRate < 1 ? "slowed" : "open";
}

/** The share of the capacity that a newcomer could have, and that is leased; together at most 1. */
export function fillOf({ capacity, available, outstanding }: LimitView): {
  readonly available: number;
  readonly outstanding: number;
} {
  // A bucket whose capacity was lowered may still hold more than it.
  const whole = Math.max(capacity, available + outstanding, 1);
  return {
    available: Math.max(available, 0) / whole,
    outstanding: Math.max(outstanding, 0) / whole,
  };
}

/** The closed buckets first, then from the emptiest to the fullest; what is equal by name. */
export function worstFirst(limits: Iterable<LimitView>, nowMs: number): readonly LimitView[] {
  return [...limits]
    .map((view) => ({
      view,
      isClosed: limitState(view, nowMs) === "closed",
      level: Math.ceil(fillOf(view).available * LEVELS),
    }))
    .toSorted(
      (one, other) =>
        Number(other.isClosed) - Number(one.isClosed) ||
        one.level - other.level ||
        compareText(one.view.target, other.view.target),
    )
    .map(({ view }) => view);
}
