import type { OperationExemplar } from "../exemplar.ts";
import type { ErrorStreak } from "../merge/error-streak.ts";
import type { IntakeLedger } from "../merge/intake-ledger.ts";
import type { LimitView, PermitTally } from "./permits.ts";
import type { RejectionCounts, RejectionReason } from "./report.ts";
import type { RunningTotal } from "./running-total.ts";
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
        /**
         * What it is known by when it comes again, 24 hexadecimal digits, where there is no reporter:
         * each of its slots counts once.
         */
        readonly request?: string | undefined;
      }
    /** What streams counted since they began: the shard counts what was added since it last heard. */
    | { readonly kind: "cumulative"; readonly totals: readonly RunningTotal[] };
  /** Timings that the reporter gave up before. */
  readonly givenUp: number;
  /** What the reporter decided about permits by itself. */
  readonly tally?: PermitTally | undefined;
  /** Timings of the same request that were refused before they came here, for the ledger. */
  readonly refused: RejectionCounts;
  /** Some of the timings by their traces; at most `MAX_REPORT_EXEMPLARS`. */
  readonly exemplars?: readonly OperationExemplar[] | undefined;
}

/** What became of a {@link ShardReport}. */
export type ShardAnswer =
  | {
      readonly ok: true;
      readonly accepted: number;
      readonly duplicate: boolean;
      readonly rejected: RejectionCounts;
      /** Which entries of the columns or of the delta, or which totals, were refused. */
      readonly rejectedAt: readonly {
        readonly position: number;
        readonly reason: RejectionReason;
        /** How many timings that is, if not one. */
        readonly count?: number;
      }[];
      /** How long a reporter may wait before its next report. */
      readonly flushMs: number;
      /**
       * The newest invalidation of the tenant's caches that this shard has heard of. Left out if of
       * none, and by shards of before there were caches.
       */
      readonly cacheHead?: number | undefined;
      /**
       * Set while so much is reported that a session, which keeps the shard awake, costs less than a
       * request for each report.
       */
      readonly holdOpen?: true;
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

/** How a shard's streams of running totals stand; the counts are of all time. */
export interface StreamHealth {
  readonly known: number;
  /**
   * Totals of which nothing was counted, as only what is added to them from then on can be told
   * from the past: of a stream that is older than its first total here, was silent for long, or is
   * bucketed in a new way.
   */
  readonly baselines: number;
  /** Streams that were forgotten to make room for others while they may still have reported. */
  readonly forgotten: number;
}

/** How a shard remembers requests without a reporter. */
export interface RequestHealth {
  /** Marks that are kept: one for each request and slot of 5 s of the last minutes. */
  readonly known: number;
  /** Marks that were forgotten before their time to make room, ever: their repeats would count. */
  readonly forgotten: number;
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
  /**
   * Some of what came in since the last collect, by its traces. They are hints and no part of the
   * books: told once, and never again after a lost answer or an eviction. Left out if there are
   * none, and by shards of before there were exemplars.
   */
  readonly exemplars?: readonly OperationExemplar[] | undefined;
  /**
   * Whether `to` is the last row that there is: rows may hold nothing but measures, which are not
   * `pending`. Shards of before there were any leave it out.
   */
  readonly isAll?: boolean | undefined;
  /** Accepted timings in rows after `to`. */
  readonly pending: number;
  /** Log rows that the coordinator may still ask for, for the health page. */
  readonly logRows: number;
  readonly reporters: number;
  /** Reporters that were forgotten to make room for others, ever. */
  readonly forgottenReporters: number;
  /** Running totals that are remembered. Shards of before there were any leave it out. */
  readonly streams?: StreamHealth | undefined;
  /** Requests that are remembered. Shards of before there were any leave it out. */
  readonly requests?: RequestHealth | undefined;
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
