import { REJECTION_REASONS, type RejectionCounts, type RejectionReason } from "../wire/report.ts";
import type { TraceRefusal } from "./trace/trace-ref.ts";
import type { DenialReason } from "./take-result.ts";

const MAX_FAILURE_LENGTH = 200;

/** What became of the permits that one isolate wanted, in permits. */
export interface PermitStats {
  /**
   * Granted by the bucket, whether from a lease at hand or after asking, or because there is no
   * limit.
   */
  readonly granted: number;
  /** Denied, by reason. Reasons that did not occur are absent. */
  readonly denied: Readonly<Partial<Record<DenialReason, number>>>;
  /**
   * Let through without the bucket's word, because it could not be reached. The ledger counts it
   * once, or twice if a report that said so was given up and had been counted all the same.
   */
  readonly allowedUnreached: number;
  /** Those of `granted` that came back unused, by `giveBack`. */
  readonly returned: number;
  /** How many takes had to ask the bucket and wait: requests, not permits. */
  readonly asked: number;
}

/** What became of the traces that one isolate named. */
export interface ExemplarStats {
  /** Timings that were buffered with their trace. */
  readonly offered: number;
  /** Those of them that were chosen and went into a report. */
  readonly sent: number;
  /**
   * Traces that were left aside, by why: `invalid` ids or header, `not_sampled` (nobody keeps the
   * trace), `off` (the option `exemplars` is). Their timings count all the same.
   */
  readonly ignored: Readonly<Partial<Record<TraceRefusal, number>>>;
}

/**
 * What became of every timing of one isolate. At all times
 * `recorded = acknowledged + buffered + givenUp + (sum of refused)`.
 */
export interface ClientStats {
  /** Calls of `record`, whether from outside or from `time` and `fetch`. */
  readonly recorded: number;
  /** Timings held: not yet sent, under way, or waiting to be sent again. */
  readonly buffered: number;
  /** Timings in acknowledged reports, with those the server then refused (see `rejected`). */
  readonly acknowledged: number;
  /** Timings dropped for want of room or of an acknowledgement. */
  readonly givenUp: number;
  /**
   * Those of `givenUp` that were sent and never answered: the server may have counted them all the
   * same, so `givenUp` is an upper bound of what is missing there.
   */
  readonly fateUnknown: number;
  /** Timings refused by `record`, by reason. */
  readonly refused: RejectionCounts;
  /**
   * Timings of `acknowledged` that the server refused, by reason, as far as its answers came back.
   */
  readonly rejected: RejectionCounts;
  /** Reports sent again. */
  readonly retries: number;
  /**
   * Errors that the caller never saw thrown: failed reports and requests for permits, a failing
   * classifier or context, a `take` of a number or a name that can never be right.
   */
  readonly failures: number;
  /** The last of them, or undefined. */
  readonly lastFailure: string | undefined;
  /** How long timings wait before they are sent, in milliseconds, as the server last told. */
  readonly flushMs: number;
  /** What became of the permits that were wanted. */
  readonly permits: PermitStats;
  /** What became of the traces that were named. */
  readonly exemplars: ExemplarStats;
}

/** The running counts behind {@link ClientStats}. */
export class ClientCounters {
  recorded = 0;
  buffered = 0;
  acknowledged = 0;
  givenUp = 0;
  fateUnknown = 0;
  retries = 0;
  failures = 0;
  lastFailure: string | undefined;
  readonly refused: RejectionCounts = {};
  readonly rejected: RejectionCounts = {};
  readonly permits = { granted: 0, allowedUnreached: 0, returned: 0, asked: 0 };
  readonly denied: Partial<Record<DenialReason, number>> = {};
  readonly exemplars = { offered: 0, sent: 0 };
  readonly ignoredTraces: Partial<Record<TraceRefusal, number>> = {};

  /** Counts permits that were denied. */
  deny(reason: DenialReason, permits: number): void {
    this.denied[reason] = (this.denied[reason] ?? 0) + permits;
  }

  /** Counts a trace that is left aside. */
  ignoreTrace(why: TraceRefusal): void {
    this.ignoredTraces[why] = (this.ignoredTraces[why] ?? 0) + 1;
  }

  /** Counts a timing that `record` does not take. */
  refuse(reason: RejectionReason): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }

  /** Counts what an acknowledgement says was refused. */
  reject(counts: RejectionCounts): void {
    for (const reason of REJECTION_REASONS) {
      const count = counts[reason] ?? 0;
      if (count > 0) this.rejected[reason] = (this.rejected[reason] ?? 0) + count;
    }
  }

  /** Counts an error that stays hidden from the caller, and keeps its text. */
  fail(where: string, error: unknown): void {
    const message: unknown = error instanceof Error ? error.message : error;
    const text = typeof message === "string" ? message : typeof message;
    this.failures += 1;
    this.lastFailure = `${where}: ${text}`.slice(0, MAX_FAILURE_LENGTH);
  }

  /** A copy that later calls do not change. */
  stats(flushMs: number): ClientStats {
    return {
      recorded: this.recorded,
      buffered: this.buffered,
      acknowledged: this.acknowledged,
      givenUp: this.givenUp,
      fateUnknown: this.fateUnknown,
      refused: { ...this.refused },
      rejected: { ...this.rejected },
      retries: this.retries,
      failures: this.failures,
      lastFailure: this.lastFailure,
      flushMs,
      permits: { ...this.permits, denied: { ...this.denied } },
      exemplars: { ...this.exemplars, ignored: { ...this.ignoredTraces } },
    };
  }
}
