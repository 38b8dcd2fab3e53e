import type { DenialReason, TakeDenial } from "./take-result.ts";

/**
 * Thrown by a `fetch` that was to take a permit and got none. The call was not made, and nothing is
 * timed.
 */
export class PermitDenied extends Error {
  override readonly name = "PermitDenied";
  readonly target: string;
  readonly reason: DenialReason;
  /** Why, and what to do about it: a sentence for people. */
  readonly detail: string;
  /** How long until it can succeed, in milliseconds; at most a day. */
  readonly retryAfterMs: number;
  /** The place in the line, to come back with; null if none was asked for or given. */
  readonly place: string | null;

  constructor(target: string, { reason, detail, retryAfterMs, place }: TakeDenial) {
    super(`no permit for ${target}: ${detail}`);
    this.target = target;
    this.reason = reason;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
    this.place = place;
  }
}
