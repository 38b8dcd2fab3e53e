import type { LimitView } from "./permits.ts";

/** What a bucket answers about one request, and how it stands after it. */
export interface LimitAnswer<Outcome> {
  readonly outcome: Outcome;
  readonly view: LimitView;
  /** How long until the bucket is full again if nobody takes anything, in milliseconds. */
  readonly resetMs: number;
}
