import { clipDetail, errorText } from "../dispatcher/error-text.ts";
import { LONGEST_RETRY_AFTER_MS, retryWaitMs } from "../dispatcher/retry-wait.ts";
import { within } from "../dispatcher/within.ts";
import type { Exemplar } from "../exemplar.ts";
import { exportRequests } from "../export/otlp/export-requests.ts";
import type { ExportVerdict } from "../export/otlp/read-export-answer.ts";
import type { ExportedSeries } from "../export/otlp/write-points.ts";
import type { StartTimer } from "../merge/group-commit.ts";
import { DAY_MS, MINUTE_MS, startOf } from "../merge/slot-time.ts";
import type { TargetKind } from "../target-kind.ts";
import type { OtlpExportHealth } from "./otlp-export-health.ts";
import type { OtlpOutbox, OtlpPush } from "./otlp-outbox.ts";
import type { OtlpSink } from "./otlp-sink.ts";

/** Most pushes of one run, so that a long backlog is worked off in bites. */
const PUSHES_PER_RUN = 30;

/** Totals of yesterday are refused by most that keep them, and today's say the same and more. */
const LONGEST_LIFE_MS = DAY_MS;

/** When to look again while a run is on: whoever runs it arms anew when it is done. */
const RUN_CHECK_MS = 30_000;

export interface OtlpExporterOptions {
  readonly tenant: string;
  readonly version: string;
  readonly outbox: OtlpOutbox;
  readonly sink: OtlpSink;
  /** The number of the last checkpoint: there is something to push when it has grown. */
  readonly checkpoint: () => number;
  /** Every series' running total, as of the last checkpoint. */
  readonly totals: () => Iterable<ExportedSeries>;
  readonly exemplars: (series: ExportedSeries) => readonly Exemplar[];
  readonly kindOf: (target: string) => TargetKind;
  readonly maxBuckets: number;
  /** Milliseconds until a collector that has not answered counts as failed. */
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly startTimer: StartTimer;
}

/**
 * Pushes a tenant's running totals to a collector: each minute in which something changed, as soon
 * as it has ended. What is pushed is what was stored, and totals only grow, so a push may be lost,
 * repeated or late without falsifying any.
 */
export class OtlpExporter {
  readonly #options: OtlpExporterOptions;
  #running: Promise<void> | undefined;
  /** Of a storage that fails: it cannot note itself when to try again. */
  #brokenUntil = 0;
  #lastRunAt = Infinity;
  #isRefused = false;
  #lastError: string | null = null;
  #lastRejection: string | null = null;
  #lastSentAt: number | null = null;
  #sent = 0;
  #rejectedPoints = 0;
  readonly #dropped = { refused: 0, overflow: 0, expired: 0 };

  constructor(options: OtlpExporterOptions) {
    this.#options = options;
  }

  /**
   * To be called right after a checkpoint, in the same turn, or when there was nothing to store. Puts
   * the totals into the outbox if they changed and none of this minute are in it. Never throws: what
   * is merged is stored whether it can be pushed or not.
   */
  checkpointed(nowMs: number): void {
    const { outbox, tenant } = this.#options;
    try {
      const { capturedAt, checkpoint } = outbox.progress;
      if (this.#options.checkpoint() === checkpoint) return;
      if (capturedAt !== null && startOf(capturedAt, MINUTE_MS) === startOf(nowMs, MINUTE_MS)) {
        return;
      }
      const dropped = this.#capture(nowMs, capturedAt);
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
    const { outbox } = this.#options;
    const hasChanged = this.#options.checkpoint() !== outbox.progress.checkpoint;
    const captureAt = hasChanged ? startOf(nowMs, MINUTE_MS) + MINUTE_MS : Infinity;
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

  /** @returns how many pushes had to go to make room. */
  #capture(nowMs: number, capturedAt: number | null): number {
    const { outbox, tenant, version, kindOf, maxBuckets, exemplars, totals } = this.#options;
    // What was there at the last push went along with it, unless the clock has gone back since.
    const since = capturedAt !== null && capturedAt <= nowMs ? capturedAt : nowMs - MINUTE_MS;
    const exemplarsOf = (series: ExportedSeries): readonly Exemplar[] =>
      exemplars(series).filter(({ at }) => at > since && at <= nowMs);
    const context = { tenant, version, at: nowMs, maxBuckets, kindOf, exemplarsOf };
    const captured = { at: nowMs, checkpoint: this.#options.checkpoint() };
    return outbox.append(exportRequests(totals(), context), captured);
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
    outbox.settle(push.number);
    this.#isRefused = verdict.kind === "refused";
    if (verdict.kind === "refused") {
      this.#dropped.refused += 1;
      this.#lastError = verdict.detail;
      console.error(`${tenant}: the collector refused a push, it is lost: ${verdict.detail}`);
      return;
    }
    this.#lastError = null;
    this.#lastSentAt = nowMs;
    this.#sent += 1;
    this.#noteRejected(push, verdict);
  }

  #noteRejected(
    push: OtlpPush,
    { rejectedPoints, message }: Extract<ExportVerdict, { kind: "taken" }>,
  ): void {
    if (rejectedPoints === 0 && message === "") return;
    const rejected = Math.min(rejectedPoints, push.points);
    this.#rejectedPoints += rejected;
    this.#lastRejection = message === "" ? "without a reason" : message;
    console.warn(
      `${this.#options.tenant}: the collector rejected ${rejected} of ${push.points} points: ${this.#lastRejection}`,
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
