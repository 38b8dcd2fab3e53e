import type { LimitView } from "../wire/permits.ts";
import { isClosed, type LoopState, rateAt } from "./closed-loop.ts";
import type { LimitRule } from "./limit-rule.ts";
import type { LimitCounts } from "./limiter-state.ts";

/** What a bucket is like, before it is told. */
export interface LimitParts {
  readonly target: string;
  readonly rule: LimitRule;
  readonly loop: LoopState;
  readonly counts: LimitCounts;
  /** Whole permits that a newcomer could have if it is open. */
  readonly available: number;
  readonly outstanding: number;
  readonly waiting: number;
  readonly isOverridden: boolean;
}

/** A bucket as the API shows it. What was decided without it, others add. */
export function limitView(parts: LimitParts, nowMs: number): LimitView {
  const { target, rule, loop, counts, available, outstanding, waiting, isOverridden } = parts;
  const isSlowed = nowMs < loop.toMs && rateAt(loop, nowMs) < 1;
  const closed = rule.capacity === 0 ? "its capacity is 0" : null;
  return {
    target,
    ...rule,
    available: isClosed(loop, nowMs) ? 0 : available,
    outstanding,
    blockedUntil: isClosed(loop, nowMs) ? loop.fromMs : null,
    blockedReason: isSlowed ? loop.reason : closed,
    refillRate: Math.round(rateAt(loop, nowMs) * 1_000) / 1_000,
    ...counts,
    waiting,
    allowedUnreached: 0,
    deniedUnreached: 0,
    isOverridden,
  };
}
