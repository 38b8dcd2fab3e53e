import {
  type LeaseSettlement,
  MAX_PERMITS,
  MAX_REQUEST_ENTRIES,
  type PermitAnswer,
  type PermitRequest,
  type PlatformSignal,
} from "../wire/permits.ts";

/** A lease that this holder may use. */
interface HeldLease {
  readonly id: string;
  /** Permits that are free to take. */
  left: number;
  /** Permits that are taken and whose fate is not known yet. */
  lent: number;
  spent: number;
  returned: number;
  /** When it may be used no more, by the holder's own clock; epoch milliseconds. */
  readonly expiresAt: number;
  /** What the bucket is known to know of it. */
  told: { readonly spent: number; readonly returned: number };
  /** The most of it that any request said was used: the bucket may know it, answered or not. */
  saidSpent: number;
}

/** Why nothing could be taken, as far as the holder knows by itself. */
export interface LocalDenial {
  readonly reason: "empty" | "line" | "closed" | "never";
  readonly detail: string;
  /** Epoch milliseconds by the holder's clock. */
  readonly until: number;
}

/** What a `take` without I/O came to. */
export type LocalTake =
  /** From this lease; empty for a target without a limit. */
  | { readonly kind: "taken"; readonly leaseId: string }
  | ({ readonly kind: "denied" } & LocalDenial)
  /** Only the bucket can tell. */
  | { readonly kind: "ask" };

export interface LeaseHolderOptions {
  readonly target: string;
  /** Who holds: the name that leases are asked for. */
  readonly holder: string;
  /** How long what is there should last, in milliseconds: about as long as until the next report. */
  readonly aheadMs: number;
}

/** How long a denial is believed before the bucket is asked again. */
const DENIAL_MS = 1_000;

/** How long a target is taken to have no limit after the bucket said so. */
const UNLIMITED_MS = 10_000;

/** A renewal that brought nothing is not tried again at once. */
const RENEWAL_PAUSE_MS = 500;

/** How fast past use is forgotten: half of it in so many milliseconds. */
const HALF_LIFE_MS = 2_000;

/** How long after its expiry a lease's fate is still told: within the bucket's margin. */
const SETTLE_MS = 5_000;

/** Most permits asked for in advance. */
const MAX_AHEAD = 1_000;

const MAX_LEASES = 256;

/** Most requests without an answer that are remembered; of older ones what was leased expires. */
const MAX_LOST = 1_024;

/**
 * The permits of one target that one holder may use without asking, as plain data: what it says
 * depends on its arguments alone. It never uses a permit after the lease's expiry, counted from the
 * moment it asked; and of every lease it tells what became of it, also of one whose answer was lost.
 */
export class LeaseHolder {
  readonly #target: string;
  readonly #holder: string;
  readonly #aheadMs: number;
  /** The one that expires first is used first. */
  readonly #leases: HeldLease[] = [];
  /** Requests without an answer: the leases that they may have opened are given back whole. */
  readonly #lost = new Map<string, number>();
  #signals: PlatformSignal[] = [];
  #number = 0;
  #denial: LocalDenial | undefined;
  /** When the platform refused a call of ours, as far as we saw it last. */
  #closedAt = -Infinity;
  #unlimitedUntil = -Infinity;
  #renewAfter = -Infinity;
  #isRenewing = false;
  /** Permits a millisecond, an average that forgets. */
  #pace = 0;
  #pacedAt = Number.NaN;

  constructor({ target, holder, aheadMs }: LeaseHolderOptions) {
    this.#target = target;
    this.#holder = holder;
    this.#aheadMs = aheadMs;
  }

  /** Permits that can be taken now without asking. */
  available(nowMs: number): number {
    let permits = 0;
    for (const { left, expiresAt } of this.#leases) if (expiresAt > nowMs) permits += left;
    return permits;
  }

  /** How long nothing is taken because the platform asked to wait, in milliseconds; 0 if it is open. */
  closedMs(nowMs: number): number {
    return this.#denial?.reason === "closed" ? Math.max(0, this.#denial.until - nowMs) : 0;
  }

  /** Until when a lease may be used, epoch milliseconds by the holder's clock. */
  expiryOf(leaseId: string): number | undefined {
    return this.#leases.find(({ id }) => id === leaseId)?.expiresAt;
  }

  /** Takes permits that are used, whatever becomes of the call: the common way. */
  take(permits: number, nowMs: number): LocalTake {
    const taken = this.lend(permits, nowMs);
    if (taken.kind === "taken" && taken.leaseId !== "") {
      this.settleLent({ leaseId: taken.leaseId, spent: permits, returned: 0 }, nowMs);
    }
    return taken;
  }

  /** Takes permits whose fate is told later, by {@link settleLent}. All come from one lease. */
  lend(permits: number, nowMs: number): LocalTake {
    if (nowMs < this.#unlimitedUntil) return { kind: "taken", leaseId: "" };
    const denial = this.#denial;
    if (denial?.reason === "closed" && nowMs < denial.until) return { kind: "denied", ...denial };
    for (const lease of this.#leases) {
      if (lease.left < permits || lease.expiresAt <= nowMs) continue;
      lease.left -= permits;
      lease.lent += permits;
      this.#count(permits, nowMs);
      return { kind: "taken", leaseId: lease.id };
    }
    if (denial !== undefined && nowMs < denial.until) return { kind: "denied", ...denial };
    return { kind: "ask" };
  }

  /** Tells what became of permits that were lent; these are numbers of permits, not totals. */
  settleLent({ leaseId, spent, returned }: LeaseSettlement, nowMs: number): void {
    const lease = this.#leases.find(({ id }) => id === leaseId);
    if (lease === undefined) return;
    const used = Math.min(spent, lease.lent);
    lease.lent -= used;
    lease.spent += used;
    const back = Math.min(returned, lease.lent);
    lease.lent -= back;
    this.#putBack(lease, back, nowMs);
  }

  /**
   * Gives back permits that were taken and not used, unless the bucket may have been told: it would
   * count them as used by now, and what came in since beside them. They must have been taken since
   * the last request: which ones they are cannot be seen here, and of others taken since as many
   * would be used twice.
   *
   * @returns how many were given back.
   */
  giveBack(permits: number, nowMs: number): number {
    let rest = permits;
    for (const lease of this.#leases.toReversed()) {
      const unsaid = Math.min(rest, lease.spent - lease.saidSpent);
      lease.spent -= unsaid;
      this.#putBack(lease, unsaid, nowMs);
      rest -= unsaid;
    }
    return permits - rest;
  }

  #putBack(lease: HeldLease, permits: number, nowMs: number): void {
    if (lease.expiresAt > nowMs && this.#denial?.reason !== "closed") lease.left += permits;
    else lease.returned += permits;
  }

  /** Gives back all that is not taken, for a holder that rests: others need not wait for it. */
  release(nowMs: number): void {
    this.#giveUp(Infinity, nowMs);
    this.#renewAfter = nowMs + RENEWAL_PAUSE_MS;
  }

  /** Takes note of what the platform said: it is told with the next request, and heeded at once. */
  signal(signal: PlatformSignal, nowMs: number): void {
    if (this.#signals.length < MAX_REQUEST_ENTRIES) this.#signals.push(signal);
    if (!signal.isLimited) return;
    const detail = `the platform answered ${signal.status}, and the bucket is being closed`;
    this.#close(detail, nowMs + Math.max(DENIAL_MS, signal.retryAfterMs ?? 0), nowMs);
    this.#closedAt = nowMs;
  }

  /** Whether there is something to tell at once, or to ask before it runs dry. */
  isUrgent(nowMs: number): boolean {
    return this.#signals.length > 0 || this.#isLow(nowMs);
  }

  /** When there is something to tell by itself, epoch milliseconds; infinity if there is nothing. */
  dueAt(): number {
    let at = this.#lost.size > 0 || this.#signals.length > 0 ? -Infinity : Infinity;
    for (const lease of this.#leases) {
      if (isUntold(lease)) return -Infinity;
      if (lease.left + lease.lent > 0) at = Math.min(at, lease.expiresAt);
    }
    return at;
  }

  /**
   * A request that tells what is to be told, and asks for what is needed now and soon.
   *
   * @param need - permits that somebody waits for; 0 for a renewal.
   */
  request(
    need: number,
    nowMs: number,
    about: Pick<PermitRequest, "line" | "places"> = {},
  ): PermitRequest {
    this.#retire(nowMs);
    this.#number += 1;
    const isAsking = need > 0 || this.#isLow(nowMs);
    const want = isAsking ? this.#wanted(nowMs) : 0;
    if (need === 0 && want > 0) {
      this.#isRenewing = true;
      this.#renewAfter = nowMs + RENEWAL_PAUSE_MS;
    }
    const signals = this.#signals;
    this.#signals = [];
    return {
      target: this.#target,
      holder: this.#holder,
      leaseId: `${this.#holder}.${this.#number}`,
      need,
      want,
      settlements: this.#settlements(),
      signals,
      ...about,
    };
  }

  /**
   * Takes over what a request came to. What it `need`ed is taken with it.
   *
   * @param askedAt - the holder's clock when the request was made: leases count from then.
   */
  answered(request: PermitRequest, answer: PermitAnswer, askedAt: number, nowMs: number): void {
    if (request.need === 0) this.#isRenewing = false;
    if (answer.kind === "failed") {
      // What is wrong with a request is wrong with it again: its signals would fail every other.
      if (answer.reason === "unavailable") this.lost(request, nowMs);
      return;
    }
    this.#told(request);
    // What was asked before the platform refused does not know of it, unless it told.
    const isOutdated = askedAt < this.#closedAt && request.signals.length === 0;
    if (!isOutdated || nowMs >= (this.#denial?.until ?? nowMs)) this.#denial = undefined;
    if (answer.kind === "unlimited") this.#unlimitedUntil = nowMs + UNLIMITED_MS;
    else if (answer.kind === "granted") this.#add(request, answer, askedAt, nowMs);
    else if (answer.kind === "denied") this.#believe(answer, nowMs);
    else if (answer.closedMs > 0) {
      this.#close("the platform asked to wait", nowMs + answer.closedMs, nowMs);
    }
  }

  /** A request's answer did not come: what it may have opened is given back with the next one. */
  lost(request: PermitRequest, nowMs: number): void {
    if (request.need === 0) this.#isRenewing = false;
    if (request.need + request.want > 0) this.#lost.set(request.leaseId, nowMs);
    for (const leaseId of this.#lost.keys()) {
      if (this.#lost.size <= MAX_LOST) break;
      this.#lost.delete(leaseId);
    }
    const room = MAX_REQUEST_ENTRIES - this.#signals.length;
    this.#signals.unshift(...request.signals.slice(0, Math.max(0, room)));
  }

  #add(
    request: PermitRequest,
    answer: Extract<PermitAnswer, { kind: "granted" }>,
    askedAt: number,
    nowMs: number,
  ): void {
    const expiresAt = askedAt + answer.lifeMs;
    const used = Math.min(request.need, answer.permits);
    const rest = answer.permits - used;
    const isClosed = this.#denial?.reason === "closed";
    this.#leases.push({
      id: request.leaseId,
      left: isClosed ? 0 : rest,
      lent: used,
      spent: 0,
      returned: isClosed ? rest : 0,
      expiresAt,
      told: { spent: 0, returned: 0 },
      saidSpent: 0,
    });
    this.#leases.sort((one, other) => one.expiresAt - other.expiresAt);
    this.#count(used, nowMs);
  }

  #believe(answer: Extract<PermitAnswer, { kind: "denied" }>, nowMs: number): void {
    const { reason, detail, retryAfterMs } = answer;
    if (reason === "closed") return this.#close(detail, nowMs + retryAfterMs, nowMs);
    // More than the bucket holds says nothing about fewer.
    if (reason === "never") return;
    this.#denial = { reason, detail, until: nowMs + Math.min(retryAfterMs, DENIAL_MS) };
  }

  /** What is left is given back: it must not be used, and others must not wait for its expiry. */
  #close(detail: string, until: number, nowMs: number): void {
    for (const lease of this.#leases) {
      lease.returned += lease.left;
      lease.left = 0;
    }
    // Not for long without asking: it may be opened by hand.
    this.#denial = { reason: "closed", detail, until: Math.min(until, nowMs + 2 * DENIAL_MS) };
  }

  /** Ends what expired, and forgets what the bucket knows all of, or no longer wants to know. */
  #retire(nowMs: number): void {
    const surplus = this.available(nowMs) - 2 * Math.ceil(this.#expected(nowMs)) - 1;
    this.#giveUp(surplus, nowMs);
    for (const lease of this.#leases) {
      if (lease.expiresAt > nowMs) continue;
      lease.returned += lease.left;
      lease.left = 0;
    }
    const kept = this.#leases.filter((lease) => {
      const isDone = lease.left === 0 && lease.lent === 0 && !isUntold(lease);
      return !isDone && nowMs < lease.expiresAt + SETTLE_MS;
    });
    this.#leases.splice(0, this.#leases.length, ...kept.slice(-MAX_LEASES));
    for (const [leaseId, at] of this.#lost) {
      if (Math.abs(nowMs - at) > 4 * SETTLE_MS) this.#lost.delete(leaseId);
    }
  }

  /** Gives back what lies idle, of the leases that expire first. */
  #giveUp(permits: number, nowMs: number): void {
    let rest = permits;
    for (const lease of this.#leases) {
      if (rest <= 0 || lease.expiresAt <= nowMs) continue;
      const idle = Math.min(rest, lease.left);
      lease.left -= idle;
      lease.returned += idle;
      rest -= idle;
    }
  }

  #settlements(): LeaseSettlement[] {
    const settlements: LeaseSettlement[] = [];
    for (const leaseId of this.#lost.keys()) {
      // What is known to be leased must be told, too, however many answers were lost.
      if (settlements.length >= MAX_REQUEST_ENTRIES / 2) break;
      settlements.push({ leaseId, spent: 0, returned: MAX_PERMITS });
    }
    for (const lease of this.#leases) {
      if (!isUntold(lease)) continue;
      if (settlements.length >= MAX_REQUEST_ENTRIES) break;
      const { id, spent, returned } = lease;
      lease.saidSpent = spent;
      settlements.push({ leaseId: id, spent, returned });
    }
    return settlements;
  }

  #told({ settlements }: PermitRequest): void {
    for (const { leaseId, spent, returned } of settlements) {
      this.#lost.delete(leaseId);
      const lease = this.#leases.find(({ id }) => id === leaseId);
      if (lease === undefined) continue;
      lease.told = {
        spent: Math.max(spent, lease.told.spent),
        returned: Math.max(returned, lease.told.returned),
      };
    }
  }

  /** Whether it will run dry before the next report, and a renewal may help. */
  #isLow(nowMs: number): boolean {
    if (this.#isRenewing && nowMs < this.#renewAfter + 20 * RENEWAL_PAUSE_MS) return false;
    if (nowMs < this.#renewAfter || nowMs < this.#unlimitedUntil) return false;
    if (this.#denial !== undefined && nowMs < this.#denial.until) return false;
    const expected = this.#expected(nowMs);
    return expected >= 1 && this.available(nowMs) < expected / 2;
  }

  #wanted(nowMs: number): number {
    const missing = Math.ceil(this.#expected(nowMs)) - this.available(nowMs);
    return Math.max(0, Math.min(MAX_AHEAD, missing));
  }

  /** Permits that will be used until the next report, if use goes on as it was. */
  #expected(nowMs: number): number {
    const passedMs = Number.isNaN(this.#pacedAt) ? 0 : Math.max(0, nowMs - this.#pacedAt);
    return this.#pace * 2 ** (-passedMs / HALF_LIFE_MS) * this.#aheadMs;
  }

  /** An exponentially weighted moving average of use, with a half-life instead of a window. */
  #count(permits: number, nowMs: number): void {
    const passedMs = Number.isNaN(this.#pacedAt) ? 0 : Math.max(0, nowMs - this.#pacedAt);
    const kept = passedMs === 0 ? this.#pace : this.#pace * 2 ** (-passedMs / HALF_LIFE_MS);
    this.#pace = kept + (permits * Math.LN2) / HALF_LIFE_MS;
    this.#pacedAt = nowMs;
  }
}

function isUntold({ spent, returned, told }: HeldLease): boolean {
  return spent !== told.spent || returned !== told.returned;
}
