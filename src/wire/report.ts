// Whoever imports the client may compile for a library that does not know `Disposable` yet.
/// <reference lib="esnext.disposable" />
import type { OperationExemplar } from "../exemplar.ts";
import type { CacheFeedBinding } from "./cache-feed.ts";
import type { PermitAnswer, PermitRequest, PermitTally } from "./permits.ts";
import type { TimingColumns } from "./timing-columns.ts";

/** Why a timing was refused. */
export const REJECTION_REASONS = [
  "bad_target",
  "bad_operation",
  "bad_duration",
  "bad_outcome",
  "bad_time",
  "too_old",
  "in_the_future",
  "too_many_targets",
  "bad_histogram",
  "too_many_values",
  "bad_measure",
  "went_back",
  "too_many_streams",
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** How many timings were refused, by reason. Reasons that did not occur are absent. */
export type RejectionCounts = Partial<Record<RejectionReason, number>>;

/** Most timings that one report may say were given up: it keeps the books from ever being filled. */
export const MAX_GIVEN_UP = 1_000_000_000;

/** What one reporter has to say about one target. */
export interface TargetReport {
  readonly target: string;
  /**
   * Grows by at least one with every new report of this reporter about this target. The same
   * number again is a repeat: acknowledged, not counted.
   */
  readonly sequence: number;
  readonly columns: TimingColumns;
  /**
   * Timings of this target that the reporter had to give up since its last acknowledged report; at
   * most {@link MAX_GIVEN_UP}.
   */
  readonly givenUp: number;
  /** What the reporter decided about permits by itself since its last acknowledged report. */
  readonly tally?: PermitTally | undefined;
  /**
   * Some of the timings by their traces; at most `MAX_REPORT_EXEMPLARS`, of which those are left out
   * that are not sound. Servers of before there were exemplars ignore them.
   */
  readonly exemplars?: readonly OperationExemplar[] | undefined;
}

/** One flush of a reporter: at most one report per target, so one RPC carries them all. */
export interface ReportRequest {
  readonly reporter: string;
  readonly reports: readonly TargetReport[];
  /** What is to be asked and told about permits, in the same RPC: at most one for each target. */
  readonly permits?: readonly PermitRequest[] | undefined;
}

/** What became of one {@link TargetReport}. */
export type TargetAnswer =
  | {
      readonly ok: true;
      readonly target: string;
      /** Timings counted now; 0 for a repeat. */
      readonly accepted: number;
      readonly duplicate: boolean;
      readonly rejected: RejectionCounts;
    }
  | {
      readonly ok: false;
      readonly target: string;
      /** `unavailable` may be sent again under the same sequence; `invalid` never succeeds. */
      readonly reason: "unavailable" | "invalid";
      readonly detail: string;
    };

/** The answer to a {@link ReportRequest}; `results` and `permits` are in the order of the request. */
export type ReportAnswer =
  | {
      readonly ok: true;
      readonly flushMs: number;
      readonly results: readonly TargetAnswer[];
      readonly permits?: readonly PermitAnswer[];
      /**
       * The version of the newest invalidation of the tenant's caches that is known here. Left out
       * if none is, and by servers of before there were caches.
       */
      readonly cacheHead?: number | undefined;
      /** Set in a session that has made as many calls as it may: whoever has more opens another. */
      readonly isLast?: true;
    }
  | { readonly ok: false; readonly reason: "unavailable" | "invalid"; readonly detail: string };

/** What {@link TachographBinding.open} answers, over RPC: it can be called before that is here. */
export interface ReportSession extends Disposable {
  report(request: ReportRequest): Promise<ReportAnswer>;
}

/**
 * What a tracking Worker's service binding offers. The tenant is no argument: it comes from the
 * binding's `props`, which only whoever deploys the Worker can set. Servers of before there were
 * caches have no {@link CacheFeedBinding}.
 */
export interface TachographBinding extends Partial<CacheFeedBinding> {
  /**
   * Opens a session for several reports in a row, which reach the shards at the price of one. Held no
   * longer than there is something to say: it keeps the shards awake. Servers of before have none.
   */
  open?(): ReportSession;
  report(request: ReportRequest): Promise<ReportAnswer>;
  /** Asks for permits that somebody waits for. */
  permit(request: PermitRequest): Promise<PermitAnswer>;
}
