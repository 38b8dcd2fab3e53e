import { clipDetail, errorText } from "../dispatcher/error-text.ts";
import { LONGEST_RETRY_AFTER_MS, retryWaitMs } from "../dispatcher/retry-wait.ts";
import { within } from "../dispatcher/within.ts";
import type { Exemplar } from "../exemplar.ts";
import { exportRequests } from "../export/otlp/export-requests.ts";
import type { ExportVerdict } from "../export/otlp/read-export-answer.ts";
import type { ExportedSeries } from "../export/otlp/write-points.ts";
import type { StartTimer } from "../merge/group-commit.ts";
import type { TakenExemplar } from "../merge/kept-exemplars.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../merge/slot-time.ts";
import type { TargetKind } from "../target-kind.ts";
import type { OtlpExportHealth } from "./otlp-export-health.ts";
import type { OtlpOutbox, OtlpPush } from "./otlp-outbox.ts";
import type { OtlpSink } from "./otlp-sink.ts";

/** Most pushes of one run, so that a long backlog is worked off in bites. */
const PUSHES_PER_RUN = 30;

/** Totals of yesterday are refused by most that keep them, and today's say the same and more. */
const LONGEST_LIFE_MS = DAY_MS;

/**
 * Until totals that were refused are pushed again though nothing was counted since. The collector may
 * be configured by then, and a tenant that sleeps is not woken more often than its history does.
 */
const REPEAT_REFUSED_MS = HOUR_MS;

/** When to look again while a run is on: whoever runs it arms anew when it is done. */
const RUN_CHECK_MS = 30_000;

export interface OtlpExporterOptions {
  readonly tenant: string;
  readonly version: string;
  readonly outbox: OtlpOutbox;
  readonly sink: OtlpSink;
  /** The number of the last checkpoint: there is something to push when it has grown. */
  readonly checkpoint: () => number;
  /** Every series' running total, as of the last checkpoint, but for those of `untold` targets. */
  readonly totals: () => Iterable<ExportedSeries>;
  /** Targets whose totals cannot be told yet. */
  readonly untold: () => ReadonlySet<string>;
  readonly exemplars: (series: ExportedSeries) => readonly TakenExemplar[];
  /** The number of the exemplar that was taken last. */
  readonly exemplarNumber: () => number;
  readonly kindOf: (target: string) => TargetKind;
  readonly maxBuckets: number;
  /** Milliseconds until a collector that has not answered counts as failed. */
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly startTimer: StartTimer;
}

/** What was put into the outbox last. */
interface Capture {
  readonly checkpoint: number;
  /** Targets that were left out. */
  readonly untold: ReadonlySet<string>;
}

/**
 * Pushes a tenant's running totals to a collector: each minute in which something changed, as soon
 * as it has ended. What is pushed is what was stored, and totals only grow, so a push may be lost,
 * repeated or late without falsifying any.
 *
 * A checkpoint counts as captured once all of it is in the outbox and none of that was refused. Until
 * then it is captured again: when a target that was left out can be told, an hour after a refusal, and
 * by each later life, which knows of neither.
 */
export class OtlpExporter {
  readonly #options: OtlpExporterOptions;
  #running: Promise<void> | undefined;
  /** Of a storage that fails: it cannot note itself when to try again. */
  #brokenUntil = 0;
  #lastRunAt = Infinity;
  /** Undefined for none in this life. */
  #lastCapture: Capture | undefined;
  /** When to push once more what was refused; Infinity if that is not needed. */
  #repeatAt = Infinity;
  /** The number of the last exemplar that went along. */
  #exemplarNumber = 0;
  #isRefused = false;
  #lastError: string | null = null;
  #lastRejection: string | null = null;
  #lastWarning = "";
  #lastSentAt: number | null = null;
  #sent = 0;
  #rejectedPoints = 0;
  readonly #dropped = { refused: 0, overflow: 0, expired: 0 };

  constructor(options: OtlpExporterOptions) {
    this.#options = options;
  }

  /**
   * To be called right after a checkpoint, in the same turn, or when there was nothing to store. Puts
   * the totals into the outbox if they have anything new and none of this minute are in it. Never
   * throws: what is merged is stored whether it can be pushed or not.
   */
  checkpointed(nowMs: number): void {
    const { outbox, tenant } = this.#options;
    try {
      const { capturedAt } = outbox.progress;
      if (this.#wantedFrom(nowMs) > nowMs) return;
      if (capturedAt !== null && startOf(capturedAt, MINUTE_MS) === startOf(nowMs, MINUTE_MS)) {
        return;
      }
      const dropped = this.#capture(nowMs);
      if (dropped === 0) return;
      this.#dropped.overflow += dropped;
      console.warn(`${tenant}: the collector was away for too long: ${dropped} pushes are lost`);
    } catch (cause) {
      this.#lastError = clipDetail(`totals cannot be put into the outbox: ${errorText(cause)}`);
      console.error(`${tenant}: totals are not pushed, the next minute tries again`, cause);
    }
  }

  /** When to tick and to run next, or undefined if there is nothing to do. */
  nextRunAt(nowMs: number): number | undefined {
    const captureAt = Math.max(this.#wantedFrom(nowMs), startOf(nowMs, MINUTE_MS) + MINUTE_MS);
    const at = Math.min(captureAt, this.#sendAt(nowMs));
    return at === Infinity ? undefined : at;
  }

  /** Sends what waits. One run at a time; it never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#send().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Whether something waits that may be sent now. */
  isDue(nowMs: number): boolean {
    return this.#running === undefined && this.#sendAt(nowMs) <= nowMs;
  }

  health(): OtlpExportHealth {
    const { outbox, sink } = this.#options;
    const { pushes, bytes, oldestAt } = outbox.backlog;
    const { capturedAt, failures } = outbox.progress;
    return {
      origin: sink.origin,
      fault: null,
      queuedPushes: pushes,
      queuedBytes: bytes,
      oldestAt,
      failures,
      isRefused: this.#isRefused,
      lastError: this.#lastError,
      lastRejection: this.#lastRejection,
      lastCapturedAt: capturedAt,
      lastSentAt: this.#lastSentAt,
      sentPushes: this.#sent,
      droppedPushes: { ...this.#dropped },
      rejectedPoints: this.#rejectedPoints,
    };
  }

  /** From when on totals are to be captured; Infinity if the outbox has had them all. */
  #wantedFrom(nowMs: number): number {
    const checkpoint = this.#options.checkpoint();
    if (checkpoint === this.#options.outbox.progress.checkpoint) return Infinity;
    const last = this.#lastCapture;
    if (last?.checkpoint !== checkpoint) return nowMs;
    // Whoever never answers is asked at every tick anyway, and costs no push for that.
    const untold = this.#options.untold();
    if ([...last.untold].some((target) => !untold.has(target))) return nowMs;
    // Further away than it can have been set means that the clock went back.
    const isFar = this.#repeatAt - nowMs > REPEAT_REFUSED_MS;
    return isFar && this.#repeatAt !== Infinity ? nowMs : this.#repeatAt;
  }

  /** @returns how many pushes had to go to make room. */
  #capture(nowMs: number): number {
    const { outbox, tenant, version, kindOf, maxBuckets, exemplars, totals } = this.#options;
    const capture = { checkpoint: this.#options.checkpoint(), untold: this.#options.untold() };
    const exemplarNumber = this.#options.exemplarNumber();
    // By what went along before and not by time: some come late, and clocks differ.
    const exemplarsOf = (series: ExportedSeries): readonly Exemplar[] =>
      exemplars(series).filter((exemplar) => exemplar.number > this.#exemplarNumber);
    const context = { tenant, version, at: nowMs, maxBuckets, kindOf, exemplarsOf };
    const isWhole = capture.untold.size === 0;
    const checkpoint = isWhole ? capture.checkpoint : outbox.progress.checkpoint;
    const dropped = outbox.append(exportRequests(totals(), context), { at: nowMs, checkpoint });
    this.#lastCapture = capture;
    this.#repeatAt = Infinity;
    // Those of targets that were left out are still to come; that others come twice does no harm.
    if (isWhole) this.#exemplarNumber = exemplarNumber;
    return dropped;
  }

  #sendAt(nowMs: number): number {
    if (this.#running !== undefined) return nowMs + RUN_CHECK_MS;
    return this.#options.outbox.backlog.pushes === 0 ? Infinity : this.#pauseEnd(nowMs);
  }

  /** A pause longer than the longest means that the clock went back. */
  #pauseEnd(nowMs: number): number {
    const { retryAt } = this.#options.outbox.progress;
    const retry = retryAt - nowMs <= LONGEST_RETRY_AFTER_MS ? retryAt : nowMs;
    const mended = this.#brokenUntil - nowMs <= MINUTE_MS ? this.#brokenUntil : nowMs;
    return Math.max(retry, mended, nowMs);
  }

  async #send(): Promise<void> {
    const { outbox, now, tenant } = this.#options;
    try {
      this.#dropExpired(now());
      for (let sent = 0; sent < PUSHES_PER_RUN; sent++) {
        const nowMs = now();
        const push = this.#pauseEnd(nowMs) > nowMs ? undefined : outbox.first();
        if (push === undefined) return;
        this.#settle(push, await this.#attempt(push));
      }
    } catch (cause) {
      this.#brokenUntil = now() + MINUTE_MS;
      this.#lastError = clipDetail(`the outbox cannot be read or written: ${errorText(cause)}`);
      console.error(`${tenant}: pushes wait, the outbox fails`, cause);
    }
  }

  async #attempt({ body }: OtlpPush): Promise<ExportVerdict> {
    const { sink, timeoutMs, startTimer } = this.#options;
    try {
      return await within(startTimer, timeoutMs, (signal) => sink.push(body, signal));
    } catch (cause) {
      return { kind: "retry", detail: errorText(cause) };
    }
  }

  #settle(push: OtlpPush, verdict: ExportVerdict): void {
    const { outbox, now, random, tenant } = this.#options;
    const nowMs = now();
    if (verdict.kind === "retry") {
      const failures = outbox.progress.failures + 1;
      this.#lastError = verdict.detail;
      this.#isRefused = false;
      outbox.postpone(failures, nowMs + retryWaitMs(failures, random(), verdict.retryAfterMs));
      console.warn(
        `${tenant}: pushes wait, the collector did not take one (attempt ${failures}): ${verdict.detail}`,
      );
      return;
    }
    this.#isRefused = verdict.kind === "refused";
    if (verdict.kind === "refused") {
      outbox.refuse(push);
      this.#repeatAt = nowMs + REPEAT_REFUSED_MS;
      this.#dropped.refused += 1;
      this.#lastError = verdict.detail;
      console.error(`${tenant}: the collector refused a push, it is lost: ${verdict.detail}`);
      return;
    }
    outbox.settle(push.number);
    this.#lastError = null;
    this.#lastSentAt = nowMs;
    this.#sent += 1;
    this.#noteRejected(push, verdict);
  }

  #noteRejected(
    push: OtlpPush,
    { rejectedPoints, message }: Extract<ExportVerdict, { kind: "taken" }>,
  ): void {
    const { tenant } = this.#options;
    const rejected = Math.min(rejectedPoints, push.points);
    if (rejected === 0) {
      this.#lastRejection = null;
      // A collector that takes everything and warns does so each time.
      if (message !== "" && message !== this.#lastWarning) {
        console.warn(`${tenant}: the collector took a push and warns: ${message}`);
        this.#lastWarning = message;
      }
      return;
    }
    this.#rejectedPoints += rejected;
    this.#lastRejection = message === "" ? "without a reason" : message;
    console.warn(
      `${tenant}: the collector rejected ${rejected} of ${push.points} points: ${this.#lastRejection}`,
    );
  }

  #dropExpired(nowMs: number): void {
    // By the earlier of two readings: one that is days ahead must not cost a backlog.
    const before = Math.min(nowMs, this.#lastRunAt) - LONGEST_LIFE_MS;
    this.#lastRunAt = nowMs;
    const dropped = this.#options.outbox.dropBefore(before);
    if (dropped === 0) return;
    this.#dropped.expired += dropped;
    console.warn(`${this.#options.tenant}: ${dropped} pushes are a day old and are given up`);
  }
}
