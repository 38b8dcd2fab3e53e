import type { LimitView } from "../wire/permits.ts";
import type { LimitRule } from "./limit-rule.ts";

const MINUTE_MS = 60_000;

/** A bucket that nobody has asked anything yet: full. */
export function untouchedView(target: string, rule: LimitRule): LimitView {
  return {
    target,
    capacity: rule.capacity,
    refillPerMinute: rule.refillPerMinute,
    available: rule.capacity,
    outstanding: 0,
    blockedUntil: null,
    blockedReason: rule.capacity === 0 ? "its capacity is 0" : null,
    refillRate: 1,
    granted: 0,
    denied: 0,
    returned: 0,
    expired: 0,
    waiting: 0,
    allowedUnreached: 0,
    deniedUnreached: 0,
    isOverridden: false,
  };
}

/** When what a view shows of the past is over; epoch milliseconds. */
export interface ViewHorizon {
  /** When the bucket was looked at. */
  readonly atMs: number;
  /** When every lease of that time has expired. */
  readonly leasesEndAt: number;
  /** From when it refills at its full rate. */
  readonly fullSpeedAt: number;
}

/**
 * How a bucket stands later if nothing but time has happened to it. Until `fullSpeedAt` the refill
 * rate is taken as it was, which shows rather too little than too much.
 */
export function projectView(view: LimitView, horizon: ViewHorizon, nowMs: number): LimitView {
  const { atMs, leasesEndAt, fullSpeedAt } = horizon;
  const isFullSpeed = nowMs >= fullSpeedAt;
  const isOpen = view.blockedUntil === null || nowMs >= view.blockedUntil;
  const outstanding = nowMs >= leasesEndAt ? 0 : view.outstanding;
  const slowMs = Math.max(0, Math.min(nowMs, fullSpeedAt) - Math.max(atMs, view.blockedUntil ?? 0));
  const fullMs = Math.max(0, nowMs - Math.max(atMs, fullSpeedAt));
  const refilledMs = fullMs + slowMs * view.refillRate;
  const gained = Math.floor((view.refillPerMinute * refilledMs) / MINUTE_MS);
  const room = Math.max(0, view.capacity - outstanding);
  const reason = isFullSpeed && view.capacity > 0 ? null : view.blockedReason;
  return {
    ...view,
    available: isOpen ? Math.min(room, view.available + gained) : 0,
    outstanding,
    expired: view.expired + view.outstanding - outstanding,
    refillRate: isFullSpeed ? 1 : view.refillRate,
    blockedUntil: isOpen ? null : view.blockedUntil,
    blockedReason: reason,
  };
}

/** Whether two views show the same. */
export function isSameView(one: LimitView, other: LimitView | undefined): boolean {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other);
}
