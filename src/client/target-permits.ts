import { LeaseHolder, type LocalTake } from "../limits/lease-holder.ts";
import type { PermitAnswer, PermitRequest, PlatformSignal } from "../wire/permits.ts";
import { backoffMs } from "./backoff.ts";
import { readPermitAnswer } from "./permit-answer.ts";
import type { ReportQueue } from "./report-queue.ts";
import { UnreachedAllowance, type UnreachablePolicy } from "./unreached-allowance.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** How long after a failure the limiter counts as unreachable without being asked. */
const UNREACHED_MS = 1_000;

/** How soon after one RPC with signals there may be another: the bucket knows already. */
const SIGNAL_PAUSE_MS = 250;

/** What became of permits is told so soon at the latest: before the bucket lets go of the lease. */
const MAX_TELL_MS = 4_000;

/** How long permits that were asked for in advance are waited for before others are asked for. */
const WANT_PAUSE_MS = 2_000;

/** How long a share of the limit that is used is not told again, unless it has grown. */
const USAGE_PAUSE_MS = 2_000;

/** A request whose answer has not come. */
interface Pending {
  readonly askedAt: number;
  /** When whoever sent it counts as dead, epoch milliseconds. */
  readonly expiresAt: number;
}

/** What a request for permits came to; `unreached` for none of the bucket's answers. */
export type AskOutcome =
  | { readonly kind: "granted" }
  | Extract<PermitAnswer, { kind: "denied" }>
  | { readonly kind: "unreached"; readonly detail: string };

export interface TargetPermitsOptions {
  /** Reports on the target. */
  readonly queue: ReportQueue;
  readonly holder: string;
  readonly aheadMs: number;
  readonly policy: UnreachablePolicy;
}

/**
 * The permits of one target in one isolate, as plain data: the leases, what was asked and not
 * answered, and when to speak to the bucket next.
 *
 * Requests may die without a word. So what is asked is kept here with the time until which an
 * answer is expected; whoever comes later then gives back what it may have opened.
 */
export class TargetPermits {
  readonly queue: ReportQueue;
  /**
   * Grows whenever the bucket is spoken to: what was taken in an earlier round it may know to be
   * used, and whoever gave that back would give back what another took.
   */
  round = 0;
  readonly #holder: LeaseHolder;
  readonly #allowance: UnreachedAllowance | undefined;
  readonly #pending = new Map<PermitRequest, Pending>();
  /** The last request that asked for permits in advance. */
  #wanting: PermitRequest | undefined;
  /** Since when there is something to tell that is not under way. */
  #untoldSince = NEVER;
  /** Whether the platform said something since the last request. */
  #hasSignals = false;
  #signalsAfter = -NEVER;
  #usage: { readonly percent: number; readonly at: number } | undefined;
  #failures = 0;
  /** Nothing is sent by itself before it: the backoff. */
  #resendAt = -NEVER;
  #unreachedUntil = -NEVER;
  #unreachedDetail = "";

  constructor({ queue, holder, aheadMs, policy }: TargetPermitsOptions) {
    this.queue = queue;
    this.#holder = new LeaseHolder({ target: queue.target, holder, aheadMs });
    if (policy !== "deny") this.#allowance = new UnreachedAllowance(policy.allowPerMinute);
  }

  /** Takes without I/O, if the leases can tell. */
  take(permits: number, now: number): LocalTake {
    const taken = this.#holder.take(permits, now);
    if (taken.kind === "taken" && taken.leaseId !== "") this.#noteUntold(now);
    return taken;
  }

  /** Gives back permits that were taken in this {@link round}. @returns how many were. */
  giveBack(permits: number, now: number): number {
    const count = this.#holder.giveBack(permits, now);
    if (count > 0) this.#noteUntold(now);
    return count;
  }

  /** Gives back what is leased and not taken, since nobody may be there to do it later. */
  release(now: number): void {
    this.#holder.release(now);
    this.#noteRest(now);
  }

  /** Takes note of what the platform said, unless it says nothing new. */
  signal(signal: PlatformSignal, now: number): void {
    if (!signal.isLimited) {
      const percent = signal.usedPercent ?? 0;
      const usage = this.#usage;
      const isKnown = usage !== undefined && now - usage.at < USAGE_PAUSE_MS;
      if (isKnown && now >= usage.at && percent <= usage.percent) return;
      this.#usage = { percent, at: now };
    }
    this.#hasSignals = true;
    this.#holder.signal(signal, now);
  }

  /** Lets a call through, or not, that the limiter did not decide about. */
  allowUnreached(permits: number, now: number): boolean {
    return this.#allowance?.take(permits, now) === true;
  }

  /** Why it is useless to ask now, or undefined. */
  unreachedDetail(now: number): string | undefined {
    const restMs = this.#unreachedUntil - now;
    return restMs > 0 && restMs <= UNREACHED_MS ? this.#unreachedDetail : undefined;
  }

  /**
   * When there is next something to send, epoch milliseconds; infinity when there is nothing.
   *
   * @param flushMs - How long what is to be told waits; 0 for whether it can go along with others.
   */
  dueAt(now: number, flushMs: number): number {
    const at = this.#holder.dueAt();
    // A finite time is the end of a lease: what is left of it is then given back.
    let dueAt = at > -NEVER ? at : this.#untoldSince + Math.min(flushMs, MAX_TELL_MS);
    if (this.#hasSignals) dueAt = Math.min(dueAt, this.#signalsAfter);
    else if (!this.#isWanting(now) && this.#holder.isUrgent(now)) dueAt = -NEVER;
    return Math.max(dueAt, this.#resendAt);
  }

  /** Until when answers are waited for, epoch milliseconds; infinity if for none. */
  get expectedUntil(): number {
    let at = NEVER;
    for (const { expiresAt } of this.#pending.values()) at = Math.min(at, expiresAt);
    return at;
  }

  /**
   * Begins to tell what is to be told, and to ask before permits run out.
   *
   * @param atOnce - Even before the backoff is over.
   * @param expiresAt - When whoever sends it counts as dead.
   * @returns undefined when there is nothing to send.
   */
  begin(now: number, atOnce: boolean, expiresAt: number): PermitRequest | undefined {
    if (atOnce) this.#resendAt = -NEVER;
    return this.dueAt(now, 0) <= now ? this.#request(0, now, expiresAt, {}) : undefined;
  }

  /** Begins to ask for what somebody waits for. */
  ask(
    need: number,
    now: number,
    expiresAt: number,
    about: Pick<PermitRequest, "line" | "places">,
  ): PermitRequest {
    return this.#request(need, now, expiresAt, about);
  }

  /** Takes over what a request came to: what it needed counts as used when it is `granted`. */
  answered(
    request: PermitRequest,
    received: PermitAnswer | null | undefined,
    now: number,
    random: number,
  ): AskOutcome {
    const answer = readPermitAnswer(received, request);
    const pending = this.#pending.get(request);
    if (pending === undefined) {
      this.#giveBackLate(request, answer, now);
      return { kind: "unreached", detail: "the answer came too late" };
    }
    if (answer === undefined || answer.kind === "failed") {
      const detail = answer?.detail ?? "the limiter's answer cannot be read";
      this.lost(request, detail, now, random);
      return { kind: "unreached", detail };
    }
    this.#pending.delete(request);
    this.#holder.answered(request, answer, pending.askedAt, now);
    this.#failures = 0;
    this.#resendAt = -NEVER;
    this.#unreachedUntil = -NEVER;
    const outcome = this.#outcome(request, answer, pending.askedAt, now);
    this.#noteRest(now);
    return outcome;
  }

  /** There is no answer, and none is waited for. What it may have opened is given back. */
  lost(request: PermitRequest, detail: string, now: number, random: number): void {
    if (!this.#pending.delete(request)) return;
    this.#holder.lost(request, now);
    this.#failures += 1;
    this.#resendAt = now + backoffMs(this.#failures, random);
    this.#unreachedUntil = now + UNREACHED_MS;
    this.#unreachedDetail = detail;
    this.#noteRest(now);
  }

  /** Gives up waiting for the answers to requests whose senders died. */
  sweep(now: number, random: number): void {
    for (const [request, { expiresAt }] of this.#pending) {
      if (now >= expiresAt) this.lost(request, "nobody lived to see the answer", now, random);
    }
  }

  #request(
    need: number,
    now: number,
    expiresAt: number,
    about: Pick<PermitRequest, "line" | "places">,
  ): PermitRequest {
    this.round += 1;
    const isWanting = this.#isWanting(now);
    const asked = this.#holder.request(need, now, about);
    const request = isWanting ? { ...asked, want: 0 } : asked;
    if (request.want > 0) this.#wanting = request;
    this.#pending.set(request, { askedAt: now, expiresAt });
    this.#untoldSince = NEVER;
    this.#hasSignals = false;
    if (request.signals.length > 0) this.#signalsAfter = now + SIGNAL_PAUSE_MS;
    return request;
  }

  /**
   * Whether something is asked for in advance already. Each of a burst that comes all at once would
   * ask in advance for all of them, and the bucket would be empty before half of them had one. What
   * did not come in a while is not waited for, as requests may die.
   */
  #isWanting(now: number): boolean {
    const pending = this.#wanting && this.#pending.get(this.#wanting);
    return pending !== undefined && Math.abs(now - pending.askedAt) < WANT_PAUSE_MS;
  }

  #outcome(
    { need, leaseId }: PermitRequest,
    answer: PermitAnswer,
    askedAt: number,
    now: number,
  ): AskOutcome {
    if (answer.kind === "denied") return answer;
    if (answer.kind !== "granted" || need === 0) return { kind: "granted" };
    // A lease counts from when it was asked for: an answer may come when it is over already.
    const isOver = now >= askedAt + answer.lifeMs;
    const used = isOver ? { spent: 0, returned: need } : { spent: need, returned: 0 };
    this.#holder.settleLent({ leaseId, ...used }, now);
    if (!isOver) return { kind: "granted" };
    return { kind: "unreached", detail: "the answer came after the end of the lease it opened" };
  }

  #giveBackLate(request: PermitRequest, answer: PermitAnswer | undefined, now: number): void {
    if (answer?.kind !== "granted") return;
    // It may have been opened after it was first given back. The signals went elsewhere since.
    this.#holder.lost({ ...request, signals: [] }, now);
    this.#noteUntold(now);
  }

  #noteUntold(now: number): void {
    if (this.#untoldSince === NEVER) this.#untoldSince = now;
  }

  /** What was under way was not all, or did not arrive. */
  #noteRest(now: number): void {
    if (this.#pending.size === 0 && this.#holder.dueAt() === -NEVER) this.#noteUntold(now);
  }
}
