import type { ReportAnswer, TachographBinding } from "../wire/report.ts";
import { attemptResult } from "./attempt-result.ts";
import type { AttemptResult } from "./attempt-result.ts";
import type { ClientCounters } from "./client-counters.ts";
import type { ClientOptions } from "./client-options.ts";
import type { Attempt, ReportQueue } from "./report-queue.ts";
import type { RequestScope } from "./request-scope.ts";
import { withinDeadline } from "./within-deadline.ts";

const FIRST_FLUSH_MS = 2_000;
const MIN_FLUSH_MS = 50;
const MAX_FLUSH_MS = 60_000;

/**
 * How long after its last sign of life a request is trusted with a timer. Workers end what
 * `waitUntil` holds about 30 s after the response; the rest is for the sending itself.
 */
const KEEP_ALIVE_MS = 20_000;

const NEVER = Number.POSITIVE_INFINITY;

/** Which queues a sending is for: those that are due, all that may send, or all without backoff. */
export type SendScope = "due" | "all" | "at_once";

/**
 * Decides when reports are sent, and sends them. One timer at a time is pending for the isolate. It
 * belongs to the request that started it, and may die with it unnoticed; so what is kept is the
 * time until which it is trusted, and the first `record` after it takes over in its own request.
 */
export class Flusher {
  /** How long timings wait before they are sent, in milliseconds. */
  flushMs = FIRST_FLUSH_MS;
  /** From this time on a `record` must call {@link arm}, epoch milliseconds. */
  wakeAt = NEVER;
  readonly #binding: TachographBinding;
  readonly #queues: ReadonlyMap<string, ReportQueue>;
  readonly #options: ClientOptions;
  readonly #counters: ClientCounters;
  #reporter: string | undefined;
  #timerAt = NEVER;
  #timerGeneration = 0;

  constructor(
    binding: TachographBinding,
    queues: ReadonlyMap<string, ReportQueue>,
    options: ClientOptions,
    counters: ClientCounters,
  ) {
    this.#binding = binding;
    this.#queues = queues;
    this.#options = options;
    this.#counters = counters;
  }

  /** Sends what is due, and makes sure that somebody wakes up for the rest. */
  arm(scope: RequestScope, now: number): void {
    this.send(scope, now, "due");
    let nextSendAt = NEVER;
    let nextExpiryAt = NEVER;
    for (const queue of this.#queues.values()) {
      const dueAt = queue.dueAt(this.flushMs);
      // Whoever sent what is in flight arms again afterwards; a timer is only for the others.
      if (queue.inFlight) nextExpiryAt = Math.min(nextExpiryAt, dueAt);
      else nextSendAt = Math.min(nextSendAt, dueAt);
    }
    const trusted = now < this.#timerAt && this.#timerAt <= nextSendAt;
    if (!trusted) this.#timerAt = NEVER;
    this.wakeAt = Math.min(trusted ? this.#timerAt : nextSendAt, nextExpiryAt);
    if (!trusted && nextSendAt < NEVER) this.#startTimer(scope, now, nextSendAt, nextExpiryAt);
  }

  /**
   * Begins to send in one RPC.
   *
   * @returns Whether there was anything to send.
   */
  send(scope: RequestScope, now: number, which: SendScope): boolean {
    const attempts: Attempt[] = [];
    for (const queue of this.#queues.values()) {
      if (which === "due" && queue.dueAt(this.flushMs) > now) continue;
      const attempt = queue.begin(now, which === "at_once");
      if (attempt !== undefined) attempts.push(attempt);
    }
    if (attempts.length === 0) return false;
    const send = this.#deliver(scope, attempts);
    scope.track(send);
    this.#guarded("ctx.waitUntil", () => scope.keepAlive(send));
    return true;
  }

  #startTimer(scope: RequestScope, now: number, sendAt: number, expiryAt: number): void {
    const timerAt = Math.min(sendAt, scope.aliveAt + KEEP_ALIVE_MS);
    if (timerAt <= now) {
      // This request may not live to see it: the next record of any other takes over.
      this.wakeAt = Number.NEGATIVE_INFINITY;
      return;
    }
    const generation = ++this.#timerGeneration;
    this.#timerAt = timerAt;
    this.wakeAt = Math.min(timerAt, expiryAt);
    this.#guarded("timer", () => {
      const fired = Promise.withResolvers<void>();
      const wake = (): void => {
        if (generation === this.#timerGeneration) this.#guarded("flush", () => this.#wake(scope));
        fired.resolve();
      };
      this.#options.timer(wake, Math.max(1, timerAt - now));
      scope.keepAlive(fired.promise);
    });
  }

  /** The timer is here: sends everything that may go, so that one RPC carries all targets. */
  #wake(scope: RequestScope): void {
    const now = this.#options.clock();
    this.#timerAt = NEVER;
    this.send(scope, now, "all");
    this.arm(scope, now);
  }

  /** Never rejects. */
  async #deliver(scope: RequestScope, attempts: readonly Attempt[]): Promise<void> {
    const { reportTimeoutMs, timer, clock } = this.#options;
    let missing = `no answer within ${reportTimeoutMs} ms`;
    let answered = false;
    try {
      answered = await withinDeadline(this.#callReport(attempts), reportTimeoutMs, timer);
    } catch (error) {
      missing = "the wait for an answer failed";
      this.#counters.fail("flush", error);
    }
    this.#guarded("flush", () => {
      if (!answered) this.#settleAll(attempts, () => ({ kind: "unavailable", detail: missing }));
      this.arm(scope, clock());
    });
  }

  /** Settles the attempts even when the deadline is long over. */
  async #callReport(attempts: readonly Attempt[]): Promise<void> {
    let answer: ReportAnswer | undefined;
    try {
      const reporter = (this.#reporter ??= this.#options.reporter());
      const reports = attempts.map((attempt) => attempt.report);
      answer = await this.#binding.report({ reporter, reports });
    } catch (error) {
      this.#counters.fail("binding.report", error);
    }
    if (answer?.ok === true && Number.isFinite(answer.flushMs)) {
      this.flushMs = Math.min(MAX_FLUSH_MS, Math.max(MIN_FLUSH_MS, answer.flushMs));
    }
    const received = answer;
    this.#settleAll(attempts, (attempt, index) =>
      attemptResult(received, index, attempt.report.target),
    );
  }

  #settleAll(
    attempts: readonly Attempt[],
    resultOf: (attempt: Attempt, index: number) => AttemptResult,
  ): void {
    const now = this.#options.clock();
    for (const [index, attempt] of attempts.entries()) {
      attempt.queue.settle(attempt, resultOf(attempt, index), now, this.#options.random());
    }
  }

  #guarded(where: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#counters.fail(where, error);
    }
  }
}
