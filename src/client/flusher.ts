import type { PermitAnswer, PermitRequest } from "../wire/permits.ts";
import type { ReportAnswer, TachographBinding } from "../wire/report.ts";
import { attemptResult } from "./attempt-result.ts";
import { beforeDeadline } from "./before-deadline.ts";
import type { CacheHead } from "./cache/cache-head.ts";
import type { AttemptResult } from "./attempt-result.ts";
import type { ClientCounters } from "./client-counters.ts";
import type { ClientOptions } from "./client-options.ts";
import type { Attempt, ReportQueue } from "./report-queue.ts";
import { ReportSessions } from "./report-sessions.ts";
import type { RequestScope } from "./request-scope.ts";
import type { TargetPermits } from "./target-permits.ts";

const FIRST_FLUSH_MS = 2_000;
const MIN_FLUSH_MS = 50;
const MAX_FLUSH_MS = 60_000;

/**
 * How long after its last sign of life a request is trusted with a timer. Workers end what
 * `waitUntil` holds about 30 s after the response; the rest is for the sending itself.
 */
const KEEP_ALIVE_MS = 20_000;

/** Beyond two intervals: reports that follow each other within this time come steadily. */
const STEADY_SLACK_MS = 5_000;

const NEVER = Number.POSITIVE_INFINITY;

/** From how long without any answer on Tachograph is said to hang, in milliseconds. */
export const HANG_MS = 500;

/** Which queues a sending is for: those that are due, all that may send, or all without backoff. */
export type SendScope = "due" | "all" | "at_once";

/** What one isolate has to say, and to whom. */
export interface FlusherParts {
  readonly binding: TachographBinding;
  readonly queues: ReadonlyMap<string, ReportQueue>;
  readonly permitsByTarget: ReadonlyMap<string, TargetPermits>;
  readonly options: ClientOptions;
  readonly counters: ClientCounters;
  /** Told what the answers say. */
  readonly cacheHead: CacheHead;
  /** The isolate's name; called inside requests only. */
  readonly reporter: () => string;
}

/** One request for permits that goes along. */
interface PermitAsk {
  readonly permits: TargetPermits;
  readonly request: PermitRequest;
}

/** What one RPC carries. */
interface Sending {
  readonly attempts: readonly Attempt[];
  readonly asks: readonly PermitAsk[];
  /** Whether it soon follows another one: then a further one is likely to follow it. */
  readonly isSteady: boolean;
}

/**
 * Decides when reports are sent, and sends them, with what is to be said about permits. One timer
 * at a time is pending for the isolate. It belongs to the request that started it, and may die with
 * it unnoticed; so what is kept is the time until which it is trusted, and the first `record` after
 * it takes over in its own request.
 */
export class Flusher {
  /** How long timings wait before they are sent, in milliseconds. */
  flushMs = FIRST_FLUSH_MS;
  /** From this time on a `record` must call {@link arm}, epoch milliseconds. */
  wakeAt = NEVER;
  readonly #parts: FlusherParts;
  readonly #sessions: ReportSessions;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timerAt = NEVER;
  #timerGeneration = 0;
  /**
   * When the first RPC was sent that nothing has been heard since, epoch milliseconds. Anew when that
   * is so long ago that another may be waited for.
   */
  #silentSince = Number.NEGATIVE_INFINITY;
  /** Whether the last that came of an RPC was a failure. */
  #isFailing = false;

  constructor(parts: FlusherParts) {
    this.#parts = parts;
    this.#sessions = new ReportSessions(parts.binding);
  }

  /**
   * Sends what is due, and makes sure that somebody wakes up for the rest.
   * @param standsBy - Wakes up for what is still to come, too: so the next report goes over the same
   * session.
   */
  arm(scope: RequestScope, now: number, standsBy = false): void {
    const { queues, permitsByTarget, options } = this.#parts;
    for (const one of permitsByTarget.values()) one.sweep(now, options.random());
    this.send(scope, now, "due");
    let nextSendAt = standsBy ? now + this.flushMs : NEVER;
    let nextExpiryAt = NEVER;
    for (const one of permitsByTarget.values()) {
      nextSendAt = Math.min(nextSendAt, one.dueAt(now, this.flushMs));
      nextExpiryAt = Math.min(nextExpiryAt, one.expectedUntil);
    }
    for (const queue of queues.values()) {
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
   * Whether Tachograph leaves without an answer what was sent to it. The request that would hear one
   * may be dead, so this is believed no longer than a report is trusted to be under way. Then the
   * next report is waited for, as long as it takes to know.
   */
  isHanging(now: number): boolean {
    return now - this.#silentSince >= HANG_MS && this.#isSilent(now);
  }

  /** Whether whoever waits for Tachograph now would likely wait for nothing. */
  isAway(now: number): boolean {
    return this.#isFailing || this.isHanging(now);
  }

  /**
   * Begins to send in one RPC.
   *
   * @returns Whether there was anything to send.
   */
  send(scope: RequestScope, now: number, which: SendScope): boolean {
    const { queues, permitsByTarget, options } = this.#parts;
    let isAll = which !== "due";
    // Whoever speaks about permits takes the timings that wait along, and the other way round.
    for (const one of permitsByTarget.values()) isAll ||= one.dueAt(now, this.flushMs) <= now;
    const attempts: Attempt[] = [];
    let isTimed = isAll;
    for (const queue of queues.values()) {
      if (!isAll && queue.dueAt(this.flushMs) > now) continue;
      // A full buffer is sent by whoever fills it, who sends no second one.
      isTimed ||= !queue.isFull;
      const attempt = queue.begin(now, which === "at_once");
      if (attempt !== undefined) attempts.push(attempt);
    }
    if (attempts.length === 0 && !isAll) return false;
    const asks: PermitAsk[] = [];
    for (const one of permitsByTarget.values()) {
      const request = one.begin(now, which === "at_once", now + options.attemptExpiryMs);
      if (request !== undefined) asks.push({ permits: one, request });
    }
    if (attempts.length + asks.length === 0) return false;
    if (!this.#isSilent(now)) this.#silentSince = now;
    const isSteady = this.#isSteady(now) && (isTimed || scope.session !== undefined);
    this.#sentAt = now;
    const send = this.#deliver(scope, { attempts, asks, isSteady });
    scope.track(send);
    void send.then(() => this.#closeIdle(scope));
    this.#guarded("ctx.waitUntil", () => scope.keepReporting(send));
    return true;
  }

  /** Whether the last report is so recent that this moment and it belong together. */
  #isSteady(now: number): boolean {
    const sinceMs = now - this.#sentAt;
    return sinceMs >= 0 && sinceMs <= 2 * this.flushMs + STEADY_SLACK_MS;
  }

  #isSilent(now: number): boolean {
    const silentMs = now - this.#silentSince;
    return silentMs >= 0 && silentMs < this.#parts.options.attemptExpiryMs;
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
        scope.dropTimer(end);
        if (generation === this.#timerGeneration) this.#guarded("flush", () => this.#wake(scope));
        this.#closeIdle(scope);
        fired.resolve();
      };
      const cancel = this.#parts.options.timer(wake, Math.max(1, timerAt - now));
      const end = (): void => {
        cancel();
        scope.dropTimer(end);
        if (generation === this.#timerGeneration) this.#timerAt = NEVER;
        this.#closeIdle(scope);
        fired.resolve();
      };
      scope.addTimer(end);
      scope.keepReporting(fired.promise);
    });
  }

  /** The timer is here: sends everything that may go, so that one RPC carries all targets. */
  #wake(scope: RequestScope): void {
    const now = this.#parts.options.clock();
    this.#timerAt = NEVER;
    const hasSent = this.send(scope, now, "all");
    // Steady reports leave out one now and then: another session would cost as much as the first.
    const standsBy = !hasSent && scope.session !== undefined && this.#isSteady(now);
    this.arm(scope, now, standsBy);
  }

  /** Never rejects. */
  async #deliver(scope: RequestScope, sending: Sending): Promise<void> {
    const { reportTimeoutMs, timer, clock } = this.#parts.options;
    let missing = `no answer within ${reportTimeoutMs} ms`;
    let answered = false;
    try {
      const work = this.#callReport(scope, sending);
      answered = (await beforeDeadline(work, reportTimeoutMs, timer)) !== undefined;
    } catch (error) {
      missing = "the wait for an answer failed";
      this.#parts.counters.fail("flush", error);
    }
    if (answered) return;
    this.#guarded("session", () => scope.closeSession());
    this.#guarded("flush", () => {
      this.#giveUpWaiting(sending, missing);
      this.arm(scope, clock());
    });
  }

  /** Settles what was sent even when the deadline is long over. Never rejects. */
  async #callReport(scope: RequestScope, sending: Sending): Promise<void> {
    const { attempts, asks, isSteady } = sending;
    const answer = await this.#ask(scope, sending);
    this.#silentSince = Number.NEGATIVE_INFINITY;
    this.#isFailing = answer?.ok !== true;
    // Nobody who is asked about permits alone knows who watches the timings.
    if (attempts.length > 0 && answer?.ok === true && Number.isFinite(answer.flushMs)) {
      this.flushMs = Math.min(MAX_FLUSH_MS, Math.max(MIN_FLUSH_MS, answer.flushMs));
    }
    if (answer?.ok === true) this.#parts.cacheHead.note(answer.cacheHead);
    this.#guarded("flush", () => {
      this.#settleAll(attempts, (attempt, index) =>
        attemptResult(answer, index, attempt.report.target),
      );
      this.#settleAsks(asks, answer);
      const standsBy = isSteady && scope.session !== undefined;
      this.arm(scope, this.#parts.options.clock(), standsBy);
    });
  }

  /** Never rejects. @returns what the binding answered, whatever that is. */
  async #ask(
    scope: RequestScope,
    { attempts, asks, isSteady }: Sending,
  ): Promise<ReportAnswer | undefined> {
    const { reporter, counters, options } = this.#parts;
    try {
      const reports = attempts.map((attempt) => attempt.report);
      const permits = asks.map((ask) => ask.request);
      const request = { reporter: reporter(), reports };
      const whole = permits.length === 0 ? request : { ...request, permits };
      return await this.#sessions.report(scope, whole, isSteady, options.clock());
    } catch (error) {
      counters.fail("binding.report", error);
      // Said of each report again: what is told last is what went wrong.
      const detail = error instanceof Error ? error.message : String(error);
      return { ok: false, reason: "unavailable", detail };
    }
  }

  #giveUpWaiting({ attempts, asks }: Pick<Sending, "attempts" | "asks">, detail: string): void {
    const { clock, random } = this.#parts.options;
    this.#settleAll(attempts, () => ({ kind: "unavailable", detail }));
    for (const { permits, request } of asks) permits.lost(request, detail, clock(), random());
  }

  #settleAll(
    attempts: readonly Attempt[],
    resultOf: (attempt: Attempt, index: number) => AttemptResult,
  ): void {
    const { clock, random } = this.#parts.options;
    const now = clock();
    for (const [index, attempt] of attempts.entries()) {
      attempt.queue.settle(attempt, resultOf(attempt, index), now, random());
    }
  }

  #settleAsks(asks: readonly PermitAsk[], answer: ReportAnswer | undefined): void {
    const { options, counters } = this.#parts;
    const answers: readonly (PermitAnswer | undefined)[] =
      answer?.ok === true && Array.isArray(answer.permits) ? answer.permits : [];
    const now = options.clock();
    for (const [index, { permits, request }] of asks.entries()) {
      const outcome = permits.answered(request, answers[index], now, options.random());
      if (outcome.kind !== "unreached") continue;
      counters.fail(`permits of ${request.target}`, outcome.detail);
    }
  }

  #closeIdle(scope: RequestScope): void {
    this.#guarded("session", () => scope.closeIdleSession());
  }

  #guarded(where: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.counters.fail(where, error);
    }
  }
}
