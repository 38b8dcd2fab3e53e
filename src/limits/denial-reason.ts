import { MAX_WAIT_MS } from "../wire/permits.ts";
import { type LoopState, rateAt } from "./closed-loop.ts";
import type { Denial } from "./limit-requests.ts";
import type { LimitRule } from "./limit-rule.ts";

/** Most open leases of a bucket: each is a few dozen bytes in every save. */
export const MAX_LEASES = 8_192;

/** What a bucket is like when it denies. */
export interface DenialCause {
  readonly target: string;
  readonly rule: LimitRule;
  readonly loop: LoopState;
  /** Whether nothing may be granted at all. */
  readonly isOut: boolean;
  /** Whether there are too many leases for another one. */
  readonly isCrowded: boolean;
  /** Whether others come first. */
  readonly isLine: boolean;
  readonly nowMs: number;
}

/** Why nothing is granted, in a word and in a sentence. */
export function denialReason(cause: DenialCause): Pick<Denial, "reason" | "detail"> {
  const { target, rule, loop, nowMs } = cause;
  if (rule.capacity === 0) {
    return { reason: "closed", detail: `${target} is closed: its capacity is set to 0.` };
  }
  if (cause.isOut) {
    const until = new Date(loop.fromMs).toISOString();
    return { reason: "closed", detail: `${target} is closed until ${until}: ${loop.reason}.` };
  }
  if (cause.isCrowded) {
    const detail = `${target} has ${MAX_LEASES} leases, the most at a time. Take single permits.`;
    return { reason: "empty", detail };
  }
  const refills = `${rule.capacity} permits, ${rule.refillPerMinute} a minute come back`;
  const slowed = rateAt(loop, nowMs) < 1 ? `; slowed, since ${loop.reason}` : "";
  if (cause.isLine) {
    const detail = `Others wait for permits of ${target} already (${refills}${slowed}).`;
    return { reason: "line", detail };
  }
  return { reason: "empty", detail: `No permit of ${target} is left (${refills}${slowed}).` };
}

/** Why so many permits can never be granted. */
export function neverDenial(
  target: string,
  need: number,
  { capacity }: LimitRule,
): Omit<Denial, "kind"> {
  const detail =
    `${need} permits can never be had at once: the bucket of ${target} holds ${capacity}. ` +
    "Ask for fewer.";
  return { reason: "never", detail, retryAfterMs: MAX_WAIT_MS, place: null };
}
