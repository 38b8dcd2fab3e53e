/**
 * Most permits that one request may name, whatever the bucket holds: one that names more is refused.
 * A bucket may hold up to ten times as many.
 */
export const MAX_PERMITS = 10_000_000;

/** Most settlements, and most signals, that one request may carry. */
export const MAX_REQUEST_ENTRIES = 64;

/** Most characters of a lease's id: a holder's name, and a number. */
export const MAX_LEASE_ID_LENGTH = 96;

/** What a lease may be called, so that its length in bytes is bounded, too. */
export const LEASE_ID_PATTERN = /^[a-z0-9][a-z0-9_.:-]{0,95}$/;

/** Most places in the line that one request may redeem. */
export const MAX_PLACES = 1_000;

/** Most characters of a place. */
export const MAX_PLACE_LENGTH = 40;

/** Longest time that a signal may name, in milliseconds: 31 years. It is heeded for a day at most. */
export const MAX_RETRY_AFTER_MS = 1e12;

/** The largest share of a limit that a signal may name, in percent. */
export const MAX_USED_PERCENT = 1e6;

/** From this share of a platform's limit on, what it says of it is told, and slows the refill. */
export const SLOW_FROM_PERCENT = 80;

/** The largest error code that a signal may name; the smallest is its negative. */
export const MAX_SIGNAL_CODE = 1e12;

/** The longest that anybody is told to wait for a permit, in milliseconds: a day. */
export const MAX_WAIT_MS = 86_400_000;

/** What became of a lease so far. Both numbers only ever grow, so saying it again changes nothing. */
export interface LeaseSettlement {
  readonly leaseId: string;
  /** Permits that were used. */
  readonly spent: number;
  /** Permits that were given back and will never be used. */
  readonly returned: number;
}

/** What a platform said about its limit with an answer. */
export interface PlatformSignal {
  /** HTTP status of the answer, 100 to 599. */
  readonly status: number;
  /** Whether it refused the call for its limit, or said that the next one would be refused. */
  readonly isLimited: boolean;
  /** How long it asked to wait, in milliseconds. Absent if it did not say. */
  readonly retryAfterMs?: number | undefined;
  /** The share of its limit that is used, 0 to 100, or more. Absent if it did not say. */
  readonly usedPercent?: number | undefined;
  /** The error code in the body, where that is what told. */
  readonly code?: number | undefined;
}

/** What a holder asks of a target's bucket, and tells it, in one go. */
export interface PermitRequest {
  readonly target: string;
  /** Who asks: the reporter's name. */
  readonly holder: string;
  /**
   * Names the lease that this request may open. The holder chooses it and never uses it twice,
   * except to repeat this very request: a lease that is open already is answered, not opened again.
   */
  readonly leaseId: string;
  /** Permits needed now: granted whole, or not at all. 0 to settle only. */
  readonly need: number;
  /** Further permits that would be welcome, given as far as there are plenty. */
  readonly want: number;
  readonly settlements: readonly LeaseSettlement[];
  readonly signals: readonly PlatformSignal[];
  /**
   * Asks for a place in the line if `need` cannot be met: who has one goes before newcomers when
   * its time has come. `sharedBy` is how many of those who wait will come back with one permit for
   * all of them, as for a batch: 1 if each needs its own.
   */
  readonly line?: { readonly sharedBy: number } | undefined;
  /** Places that earlier denials gave, which this request redeems. */
  readonly places?: readonly string[] | undefined;
}

/** What a {@link PermitRequest} came to. Durations count from the moment the holder asked. */
export type PermitAnswer =
  | {
      readonly kind: "granted";
      readonly target: string;
      /** `need`, and as much of `want` as there was. */
      readonly permits: number;
      /** How long the lease holds. What is unused then must be returned, never used. */
      readonly lifeMs: number;
    }
  | {
      readonly kind: "denied";
      readonly target: string;
      /**
       * `empty`: nothing is there. `line`: others wait already. `closed`: the platform asked to
       * wait. `never`: more than the bucket can ever hold.
       */
      readonly reason: "empty" | "line" | "closed" | "never";
      /** What to tell whoever asks why, a sentence. */
      readonly detail: string;
      /** How long until it can succeed; at most a day, and a day for `never`. */
      readonly retryAfterMs: number;
      /** The place in the line, if one was asked for and there was one to give. */
      readonly place: string | null;
    }
  /** Nothing was needed; settlements and signals are taken note of. */
  | { readonly kind: "settled"; readonly target: string; readonly closedMs: number }
  /** The target has no limit: calls need no permit. */
  | { readonly kind: "unlimited"; readonly target: string }
  /** `unavailable` may be asked again, also under the same lease id; `invalid` never succeeds. */
  | {
      readonly kind: "failed";
      readonly target: string;
      readonly reason: "unavailable" | "invalid";
      readonly detail: string;
    };

/** A target's bucket as the API shows it. */
export interface LimitView {
  readonly target: string;
  /** Most permits that the bucket holds. */
  readonly capacity: number;
  readonly refillPerMinute: number;
  /** Whole permits that a newcomer could have now. */
  readonly available: number;
  /** Permits that are leased and neither settled nor expired. */
  readonly outstanding: number;
  /** Until when the platform asked to wait, epoch milliseconds; null when it is open. */
  readonly blockedUntil: number | null;
  /** Why it is closed, or slower than configured; null when it is neither. */
  readonly blockedReason: string | null;
  /** At which share of `refillPerMinute` it refills at the moment, 0 to 1. */
  readonly refillRate: number;
  /** Permits granted, ever. */
  readonly granted: number;
  /**
   * Permits denied, ever. It never goes down in `/metrics`, `/v1/live` and the stream; what the bucket
   * itself answers may count some of the last second that a crash takes back.
   */
  readonly denied: number;
  /** Permits given back unused, ever. */
  readonly returned: number;
  /** Permits whose lease expired before anybody said what became of them: they count as used. */
  readonly expired: number;
  /** Permits that are waited for in the line. */
  readonly waiting: number;
  /** Calls let through without a permit, because the limiter could not be reached. */
  readonly allowedUnreached: number;
  /** Permits denied because the limiter could not be reached. */
  readonly deniedUnreached: number;
  /** Whether capacity and refill were set at run time instead of by the configuration. */
  readonly isOverridden: boolean;
}

/** What a holder decided by itself since it last reported. */
export interface PermitTally {
  /** Permits denied without asking, shortly after a denial. */
  readonly denied: number;
  /** Calls let through though the limiter could not be reached. */
  readonly allowedUnreached: number;
  /** Permits denied because the limiter could not be reached. */
  readonly deniedUnreached: number;
}
