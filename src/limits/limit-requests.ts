import type { PermitAnswer } from "../wire/permits.ts";

/** What a `take` asks: permits that count as used when they are granted. */
export interface TakeRequest {
  readonly permits: number;
  readonly line?: { readonly sharedBy: number } | undefined;
  readonly places?: readonly string[] | undefined;
}

/** Why nothing was granted; see {@link PermitAnswer}. */
export type Denial = Omit<Extract<PermitAnswer, { kind: "denied" }>, "target">;

export type TakeOutcome = { readonly kind: "granted"; readonly permits: number } | Denial;

/** What a `lease` asks, for holders that speak HTTP. */
export interface LeaseRequest {
  readonly holder: string;
  /** At most so many; 0 to settle only. */
  readonly permits: number;
  /** How many permits of the earlier lease were used; the rest of it comes back. */
  readonly spent?: number | undefined;
  /** Which lease `spent` is about; the holder's last one if absent. */
  readonly leaseId?: string | undefined;
  /** The name of the lease that this request may open: never used before. */
  readonly newLeaseId: string;
}

export type LeaseOutcome =
  | {
      readonly kind: "granted";
      readonly leaseId: string;
      readonly permits: number;
      /** Until when the holder may use it, epoch milliseconds by the bucket's clock. */
      readonly expiresAt: number;
      /** The same from the moment the holder asked, for those whose clock differs. */
      readonly lifeMs: number;
    }
  | { readonly kind: "settled" }
  | { readonly kind: "unknown_lease" }
  | { readonly kind: "above_lease"; readonly permits: number }
  | Denial;
