/**
 * Why a permit was denied. `empty`: none is left. `line`: others wait already. `closed`: the
 * platform asked to wait. `never`: it cannot succeed, more than the bucket holds or a mistake in
 * the call. `unreachable`: the limiter did not answer, and the target's policy is to deny then.
 */
export type DenialReason = "empty" | "line" | "closed" | "never" | "unreachable";

/** A denied `take`. */
export interface TakeDenial {
  readonly granted: false;
  readonly reason: DenialReason;
  /** Why, and what to do about it: a sentence for people. */
  readonly detail: string;
  /** How long until it can succeed, in milliseconds: at most a day, and a day for `never`. */
  readonly retryAfterMs: number;
  /** The place in the line, to come back with; null if none was asked for or given. */
  readonly place: string | null;
}

/** What a `take` came to. */
export type TakeResult = { readonly granted: true } | TakeDenial;

/** What a `take` may say beside target and number. */
export interface TakeOptions {
  /**
   * Asks for a place in the line if the permits are denied: whoever comes back with it, when its
   * time has come, goes before newcomers. `sharedBy` is how many of those who wait will come back
   * with one permit for all of them, as for a batch; default 1, which `true` is short for.
   */
  readonly line?: boolean | { readonly sharedBy?: number | undefined } | undefined;
  /** Places that earlier denials gave, redeemed now; at most 1,000. */
  readonly places?: readonly string[] | undefined;
}

/** The one answer that grants: nothing is allocated for it. */
export const GRANTED: TakeResult = Object.freeze({ granted: true });
