import type { ErrorStreak } from "../merge/error-streak.ts";
import type { IntakeLedger } from "../merge/intake-ledger.ts";
import type { LimitView, PermitTally } from "./permits.ts";
import type { RejectionCounts, RejectionReason } from "./report.ts";
import type { TimingColumns } from "./timing-columns.ts";

/** One report as a shard takes it: columns of timings, or slots that are histograms already. */
export interface ShardReport {
  /** Absent when the sender gave none: such a report cannot be known when it comes again. */
  readonly reporter?: string | undefined;
  readonly sequence?: number | undefined;
  readonly content:
    | { readonly kind: "timings"; readonly columns: TimingColumns }
    | {
        readonly kind: "histograms";
        /** An encoded delta. */
        readonly delta: Uint8Array;
        /** How many timings the delta holds. */
        readonly timings: number;
      };
  /** Timings that the reporter gave up before. */
  readonly givenUp: number;
  /** What the reporter decided about permits by itself. */
  readonly tally?: PermitTally | undefined;
  /** Timings of the same request that were refused before they came here, for the ledger. */
  readonly refused: RejectionCounts;
}

/** What became of a {@link ShardReport}. */
export type ShardAnswer =
  | {
      readonly ok: true;
      readonly accepted: number;
      readonly duplicate: boolean;
      readonly rejected: RejectionCounts;
      /** Which entries of the columns were refused. */
      readonly rejectedAt: readonly {
        readonly position: number;
        readonly reason: RejectionReason;
      }[];
      /** How long a reporter may wait before its next report. */
      readonly flushMs: number;
      /**
       * The newest invalidation of the tenant's caches that this shard has heard of. Left out if of
       * none, and by shards of before there were caches.
       */
      readonly cacheHead?: number | undefined;
    }
  | { readonly ok: false; readonly reason: "unavailable" | "invalid"; readonly detail: string };

/** What a coordinator asks of a shard at a tick. */
export interface CollectRequest {
  /** Log rows up to here are in the coordinator's storage: the shard may delete them. */
  readonly durable: number;
  /** The last log row that the coordinator has merged. */
  readonly seen: number;
  /** Whether somebody watches, which decides how long reports linger. */
  readonly watched: boolean;
  /** The coordinator will not ask again until the shard announces itself. */
  readonly dormant: boolean;
  /**
   * The version of the newest invalidation of the tenant's caches. Coordinators of before there
   * were caches leave it out.
   */
  readonly cacheHead?: number | undefined;
}

/** The log rows after `seen`, merged into one delta. */
export interface CollectAnswer {
  /** The row after which this answer begins: `seen`, or later if rows before are gone. */
  readonly from: number;
  /** The last row in this answer. */
  readonly to: number;
  /** An encoded delta. */
  readonly delta: Uint8Array;
  /** Errors in a row in the same rows. Shards of before there were streaks leave it out. */
  readonly streak?: ErrorStreak | undefined;
  /** Everything the shard ever took in, up to now. */
  readonly ledger: IntakeLedger;
  /** Accepted timings in rows after `to`. */
  readonly pending: number;
  /** Log rows on disk, for the health page. */
  readonly logRows: number;
  readonly reporters: number;
  /** Reporters that were forgotten to make room for others, ever. */
  readonly forgottenReporters: number;
  /** The last minute on this shard alone, to tell a hot shard from a slow platform. */
  readonly perSecond: number;
  readonly p95Ms: number | null;
  /** The target's bucket, from the shard that keeps it, without what holders decided elsewhere. */
  readonly limit?:
    | {
        /** Null if the target has no limit. */
        readonly view: LimitView | null;
        /** Differs when more has changed than time alone changes. */
        readonly version: number;
        /** From when it refills at its full rate, whatever the platform said; epoch milliseconds. */
        readonly fullSpeedAt: number;
      }
    | undefined;
  /** Why nothing can be said of the target's bucket, and nobody gets permits. */
  readonly limitFault?: string | undefined;
}
