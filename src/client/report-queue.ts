import type { MeasureValues } from "../measures.ts";
import type { TraceIds } from "../trace-ids.ts";
import { ExemplarSample, REPORT_LIMITS } from "../wire/exemplar-sample.ts";
import type { PermitTally } from "../wire/permits.ts";
import { MAX_GIVEN_UP, type TargetReport } from "../wire/report.ts";
import type { AttemptResult } from "./attempt-result.ts";
import { backoffMs } from "./backoff.ts";
import type { ClientCounters } from "./client-counters.ts";
import { TimingBuffer } from "./timing-buffer.ts";

/** The limits that a {@link ReportQueue} keeps; see `ClientOptions`. */
export interface ReportQueueLimits {
  readonly flushAtTimings: number;
  readonly attemptExpiryMs: number;
  readonly maxReportAgeMs: number;
  /** Uniform in [0, 1), to choose exemplars. */
  readonly random: () => number;
}

/** One sending of one report. */
export interface Attempt {
  readonly queue: ReportQueue;
  readonly report: TargetReport;
  /** 1 for the first sending of this report. */
  readonly number: number;
}

/** A report that was sent and is not acknowledged. */
interface OutstandingReport {
  readonly report: TargetReport;
  /** When its newest timing ended; infinity without timings, for then it never gets too old. */
  readonly newestAt: number;
  attempts: number;
  inFlight: boolean;
  /** In flight: when its fate counts as unknown. Otherwise: when to send it again. */
  resendAt: number;
}

const NEVER = Number.POSITIVE_INFINITY;

const NOTHING: PermitTally = { denied: 0, allowedUnreached: 0, deniedUnreached: 0 };

/**
 * The timings of one target on their way out. At most one report is outstanding; while it is, new
 * timings gather in the buffer. A report that was sent is never changed: it is repeated under its
 * sequence as it is, or given up whole, because a server that did count it would count a changed
 * one wrongly or drop what was added.
 *
 * idle → in flight → idle (acknowledged, invalid) or waiting (unavailable, no answer) → in flight,
 * and from waiting to idle when the report got too old.
 */
export class ReportQueue {
  readonly target: string;
  readonly #limits: ReportQueueLimits;
  readonly #counters: ClientCounters;
  readonly #buffer = new TimingBuffer();
  /** Of what is in the buffer; undefined until something comes with its trace. */
  #exemplars: ExemplarSample | undefined;
  #outstanding: OutstandingReport | undefined;
  #sequence = 0;
  #givenUpUnreported = 0;
  #tally = NOTHING;
  /** Since when there is a tally to report. */
  #talliedAt = NEVER;

  constructor(target: string, limits: ReportQueueLimits, counters: ClientCounters) {
    this.target = target;
    this.#limits = limits;
    this.#counters = counters;
  }

  /** Unsent timings. */
  get unsent(): number {
    return this.#buffer.length;
  }

  /** Timings held: unsent and outstanding. */
  get held(): number {
    const outstanding = this.#outstanding?.report.columns.durationUs.length ?? 0;
    return this.#buffer.length + outstanding;
  }

  /** Whether a sending is under way, as far as is known. */
  get inFlight(): boolean {
    return this.#outstanding?.inFlight === true;
  }

  /** Whether there is reason to report before the interval is over. */
  get isFull(): boolean {
    return this.#buffer.length >= this.#limits.flushAtTimings || this.#buffer.operationsFull;
  }

  /** Whether nothing can be sent at `now`: a report is under way, or waits for its backoff. */
  isBusy(now: number): boolean {
    return this.#outstanding !== undefined && now < this.#outstanding.resendAt;
  }

  /**
   * Appends one timing, or counts why not. See {@link TimingBuffer.append} for the arguments.
   *
   * @param trace - The trace that it is of: the report carries some of them.
   */
  append(
    operation: string,
    durationUs: number,
    outcome: number,
    at: number,
    hasRoom: boolean,
    measures?: MeasureValues,
    trace?: TraceIds,
  ): void {
    const result = this.#buffer.append(operation, durationUs, outcome, at, hasRoom, measures);
    if (result === "appended") {
      this.#counters.buffered += 1;
      if (trace === undefined) return;
      this.#counters.exemplars.offered += 1;
      this.#exemplars ??= new ExemplarSample(REPORT_LIMITS, this.#limits.random);
      this.#exemplars.offer({ operation, ...trace, durationUs, at: Math.floor(at) });
    } else if (result === "full") this.#giveUp(1);
    else this.#counters.refuse(result);
  }

  /**
   * Counts permits that were decided about without the bucket: that is reported like a timing, even
   * if there is none to report. It is counted exactly once, but for a report that is given up with
   * its fate unknown: then at least once, and at most twice.
   *
   * @returns Whether it is the first to be reported next.
   */
  tally(decision: keyof PermitTally, permits: number, now: number): boolean {
    this.#tally = { ...this.#tally, [decision]: this.#tally[decision] + permits };
    const isFirst = this.#talliedAt === NEVER;
    if (isFirst) this.#talliedAt = now;
    return isFirst;
  }

  /**
   * When there is next something to do, epoch milliseconds; infinity when there is nothing.
   *
   * @param flushMs - How long timings wait before they are sent.
   */
  dueAt(flushMs: number): number {
    if (this.#outstanding !== undefined) return this.#outstanding.resendAt;
    if (this.#buffer.length === 0) return this.#talliedAt + flushMs;
    if (this.isFull) return Number.NEGATIVE_INFINITY;
    return Math.min(this.#buffer.firstAt, this.#talliedAt) + flushMs;
  }

  /**
   * Begins to send: the outstanding report again when its time has come, or else the buffer as a
   * new report. Gives up an outstanding report that got too old.
   *
   * @param atOnce - Repeat even before the backoff is over.
   * @returns undefined when there is nothing to send now.
   */
  begin(now: number, atOnce: boolean): Attempt | undefined {
    const waiting = this.#outstanding;
    if (waiting !== undefined) {
      if (now < waiting.resendAt && (waiting.inFlight || !atOnce)) return undefined;
      if (now - waiting.newestAt > this.#limits.maxReportAgeMs) this.#giveUpOutstanding(true, now);
      else this.#counters.retries += 1;
    }
    const isEmpty = this.#buffer.length === 0 && this.#talliedAt === NEVER;
    if (this.#outstanding === undefined && isEmpty) return undefined;
    const outstanding = (this.#outstanding ??= this.#nextReport());
    outstanding.attempts += 1;
    outstanding.inFlight = true;
    outstanding.resendAt = now + this.#limits.attemptExpiryMs;
    return { queue: this, report: outstanding.report, number: outstanding.attempts };
  }

  /**
   * Takes note of how an attempt ended. An acknowledgement counts whenever it comes, for all
   * attempts carry the same report; a late failure says nothing about the attempt now under way.
   *
   * @param random - Uniform in [0, 1), for the jitter of the backoff.
   */
  settle(attempt: Attempt, result: AttemptResult, now: number, random: number): void {
    const outstanding = this.#outstanding;
    if (outstanding?.report !== attempt.report) return;
    if (result.kind === "acknowledged") {
      this.#acknowledge(outstanding.report);
      this.#counters.reject(result.rejected);
    } else if (attempt.number === outstanding.attempts && outstanding.inFlight) {
      this.#counters.fail(`report on ${this.target}`, result.detail);
      // An earlier attempt may have been counted, even though this one was refused.
      if (result.kind === "invalid") this.#giveUpOutstanding(outstanding.attempts > 1, now);
      else {
        outstanding.inFlight = false;
        outstanding.resendAt = now + backoffMs(outstanding.attempts, random);
      }
    }
  }

  #nextReport(): OutstandingReport {
    this.#sequence += 1;
    const newestAt = this.#buffer.length === 0 ? NEVER : this.#buffer.newestAt;
    const tally = this.#takeTally();
    const exemplars = this.#exemplars?.take() ?? [];
    this.#counters.exemplars.sent += exemplars.length;
    const report: TargetReport = {
      target: this.target,
      sequence: this.#sequence,
      columns: this.#buffer.take(),
      givenUp: this.#givenUpUnreported,
      ...(tally !== undefined && { tally }),
      ...(exemplars.length > 0 && { exemplars }),
    };
    this.#givenUpUnreported = 0;
    return { report, newestAt, attempts: 0, inFlight: false, resendAt: 0 };
  }

  /** What may be said of each in one report, and leaves the rest for the next. */
  #takeTally(): PermitTally | undefined {
    if (this.#talliedAt === NEVER) return undefined;
    const all = this.#tally;
    const tally = {
      denied: Math.min(all.denied, MAX_GIVEN_UP),
      allowedUnreached: Math.min(all.allowedUnreached, MAX_GIVEN_UP),
      deniedUnreached: Math.min(all.deniedUnreached, MAX_GIVEN_UP),
    };
    this.#tally = {
      denied: all.denied - tally.denied,
      allowedUnreached: all.allowedUnreached - tally.allowedUnreached,
      deniedUnreached: all.deniedUnreached - tally.deniedUnreached,
    };
    const { denied, allowedUnreached, deniedUnreached } = this.#tally;
    if (denied + allowedUnreached + deniedUnreached === 0) this.#talliedAt = NEVER;
    return tally;
  }

  #acknowledge(report: TargetReport): void {
    const count = report.columns.durationUs.length;
    this.#counters.buffered -= count;
    this.#counters.acknowledged += count;
    this.#outstanding = undefined;
  }

  /**
   * Its tally goes into the next report: if it was counted all the same, it counts twice there, for
   * what was decided without the bucket must not go unseen.
   */
  #giveUpOutstanding(fateUnknown: boolean, now: number): void {
    const report = this.#outstanding?.report;
    if (report === undefined) return;
    const count = report.columns.durationUs.length;
    this.#counters.buffered -= count;
    if (fateUnknown) this.#counters.fateUnknown += count;
    this.#giveUp(count);
    this.#givenUpUnreported += report.givenUp;
    this.#outstanding = undefined;
    const { denied, allowedUnreached, deniedUnreached } = report.tally ?? NOTHING;
    if (denied > 0) this.tally("denied", denied, now);
    if (allowedUnreached > 0) this.tally("allowedUnreached", allowedUnreached, now);
    if (deniedUnreached > 0) this.tally("deniedUnreached", deniedUnreached, now);
  }

  #giveUp(count: number): void {
    this.#counters.givenUp += count;
    this.#givenUpUnreported += count;
  }
}
