import {
  type LimitView,
  MAX_WAIT_MS,
  type PermitAnswer,
  type PermitRequest,
  type PlatformSignal,
} from "../wire/permits.ts";
import type { CollectAnswer } from "../wire/shard-rpc.ts";
import { effectiveMs, heed, isClosed, OPEN, type LoopState, setBack } from "./closed-loop.ts";
import { denialReason, MAX_LEASES, neverDenial } from "./denial-reason.ts";
import { GrantPace } from "./grant-pace.ts";
import { LeaseBook, type OpenLease, openPermits } from "./lease-book.ts";
import type { LeaseTimes } from "./lease-times.ts";
import { isSameRule, type LimitRule } from "./limit-rule.ts";
import type {
  Denial,
  LeaseOutcome,
  LeaseRequest,
  TakeOutcome,
  TakeRequest,
} from "./limit-requests.ts";
import { limitView } from "./limit-view.ts";
import { leaseOfReserve, LimitSaves } from "./limit-saves.ts";
import type { LimiterOptions } from "./limiter-options.ts";
import type { LimitCounts, LimiterState } from "./limiter-state.ts";
import { resize, stillOwed } from "./owed.ts";
import { refillWaitMs } from "./refill-wait.ts";
import { type BucketLevel, refill, setBackMs, UNITS_PER_PERMIT } from "./token-bucket.ts";
import { WaitingLine } from "./waiting-line.ts";

/** When to look again where there are too many leases. */
const CROWDED_MS = 1_000;

/** Holders tell with their reports, at the latest. */
const SETTLED_SOON_MS = 2_000;

/**
 * A target's bucket, with its leases, the line of those who wait and what the platform said.
 *
 * Invariant: `available + outstanding ≤ capacity`. Every grant is covered by what is in the store
 * before it is answered: either the state is saved with it, or it comes from the _reserve_, permits
 * that the saved state has written off already. What a crash leaves of a reserve counts as used.
 */
export class Limiter {
  readonly #target: string;
  readonly #saves: LimitSaves;
  readonly #configured: LimitRule | undefined;
  readonly #times: LeaseTimes;
  readonly #book = new LeaseBook();
  readonly #line = new WaitingLine();
  readonly #pace = new GrantPace();
  #override: LimitRule | undefined;
  #level: BucketLevel;
  /** Units that are used or leased beyond the capacity; see `OwingLevel`. */
  #owed = 0;
  #loop: LoopState = OPEN;
  #counts: LimitCounts = { granted: 0, denied: 0, returned: 0, expired: 0 };
  /** Units that came back or lapsed while others waited, who do not count on them. */
  #spare = 0;
  #version = 0;

  /** @throws CorruptBytesError if the store holds what this code cannot read. */
  constructor({ target, store, configured, times, nowMs }: LimiterOptions) {
    this.#target = target;
    this.#saves = new LimitSaves(store, times);
    this.#configured = configured;
    this.#times = times;
    this.#level = { units: (configured?.capacity ?? 0) * UNITS_PER_PERMIT, refilledAt: nowMs };
    const saved = this.#saves.load();
    if (saved !== undefined) this.#restore(saved, nowMs);
  }

  /** What is in force: what was set at run time, or else the configuration. */
  get rule(): LimitRule | undefined {
    return this.#override ?? this.#configured;
  }

  /** Differs after every change that a view shows, time apart. */
  get version(): number {
    return this.#version;
  }

  /** From when it refills at its full rate unless the platform says more; epoch milliseconds. */
  get fullSpeedAt(): number {
    return this.#loop.toMs;
  }

  /** Takes note of what a holder tells, and grants or denies what it asks. */
  ask(request: PermitRequest, nowMs: number): PermitAnswer {
    const { target } = request;
    const rule = this.rule;
    if (rule === undefined) return { kind: "unlimited", target };
    this.#advance(rule, nowMs);
    for (const settlement of request.settlements) {
      this.#takeBack(this.#book.settle(request.holder, settlement), rule, nowMs);
    }
    for (const signal of request.signals) this.#heed(signal, rule, nowMs);
    const answer = this.#answer(request, rule, nowMs);
    this.#saveIfDue(nowMs);
    return answer;
  }

  /** Grants permits that count as used at once, all or none; undefined without a limit. */
  take(request: TakeRequest, nowMs: number): TakeOutcome | undefined {
    const rule = this.rule;
    if (rule === undefined) return undefined;
    this.#advance(rule, nowMs);
    const denial = this.#admit({ ...request, need: request.permits }, false, rule, nowMs);
    if (denial === undefined) this.#grant(request.permits, undefined, nowMs);
    this.#saveIfDue(nowMs);
    return denial ?? { kind: "granted", permits: request.permits };
  }

  /** Leases as many permits as there are, up to what is asked; undefined without a limit. */
  lease(request: LeaseRequest, nowMs: number): LeaseOutcome | undefined {
    const rule = this.rule;
    if (rule === undefined) return undefined;
    this.#advance(rule, nowMs);
    const refusal = this.#settleEarlier(request, rule, nowMs);
    if (refusal !== undefined) return refusal;
    const outcome = this.#openLease(request, rule, nowMs);
    this.#saveIfDue(nowMs);
    return outcome;
  }

  /** Takes note of what the platform said, durably. @returns false without a limit. */
  feedback(signal: PlatformSignal, nowMs: number): boolean {
    const rule = this.rule;
    if (rule === undefined) return false;
    this.#advance(rule, nowMs);
    this.#heed(signal, rule, nowMs);
    this.#saveIfDue(nowMs);
    return true;
  }

  /** Opens it again whatever the platform said, durably. */
  reopen(nowMs: number): void {
    const rule = this.rule;
    if (rule === undefined) return;
    this.#advance(rule, nowMs);
    this.#loop = OPEN;
    this.#touch();
    this.#save(0, nowMs);
  }

  /**
   * Sets the limit at run time, durably; undefined for what is configured.
   * @throws what the store throws; then nothing is changed.
   */
  override(rule: LimitRule | undefined, nowMs: number): void {
    const before = this.rule;
    if (before !== undefined) this.#advance(before, nowMs);
    const undo = [this.#override, this.#level, this.#owed, this.#spare] as const;
    this.#override = rule;
    this.#fitTo(before, nowMs);
    this.#version += 1;
    try {
      this.#save(0, nowMs);
    } catch (error) {
      // Who set it hears that it failed, and a crash would undo it unseen.
      [this.#override, this.#level, this.#owed, this.#spare] = undo;
      throw error;
    }
  }

  /**
   * What the coordinator is told, who shows it as counters. So what the bucket denied is stored
   * before: like what it granted, it must not go down, whatever crashes.
   * @throws what the store throws; then nothing is to be told.
   */
  told(nowMs: number): NonNullable<CollectAnswer["limit"]> {
    const view = this.view(nowMs) ?? null;
    if (this.#saves.wouldLose(this.#counts)) this.#save(this.#reserveFor(nowMs), nowMs);
    return { view, version: this.version, fullSpeedAt: this.fullSpeedAt };
  }

  /**
   * The bucket as it is now, or undefined without a limit. It changes nothing but the time. What it
   * denied in the last second need not be durable: a crash may take it back.
   */
  view(nowMs: number): LimitView | undefined {
    const rule = this.rule;
    if (rule === undefined) return undefined;
    this.#advance(rule, nowMs);
    const parts = {
      target: this.#target,
      rule,
      loop: this.#loop,
      counts: this.#counts,
      available: this.#available(),
      outstanding: this.#book.outstanding,
      waiting: Math.ceil(this.#line.total / UNITS_PER_PERMIT),
      isOverridden: this.#override !== undefined,
    };
    return limitView(parts, nowMs);
  }

  /** How long until the bucket is full again if nobody takes anything, in milliseconds. */
  resetMs(nowMs: number): number {
    const rule = this.rule;
    if (rule === undefined) return 0;
    this.#advance(rule, nowMs);
    // What is leased counts as used: it comes back by refill, or sooner.
    const missing = rule.capacity * UNITS_PER_PERMIT - this.#level.units;
    return refillWaitMs(missing, rule, this.#loop, nowMs);
  }

  #answer(request: PermitRequest, rule: LimitRule, nowMs: number): PermitAnswer {
    const { target, need, want, leaseId } = request;
    const known = this.#book.get(leaseId);
    if (known !== undefined) return this.#repeat(known, request, nowMs);
    const closedMs = isClosed(this.#loop, nowMs) ? this.#loop.fromMs - nowMs : 0;
    if (need === 0 && (want === 0 || closedMs > 0)) return { kind: "settled", target, closedMs };
    const denial = need === 0 ? undefined : this.#admit(request, true, rule, nowMs);
    if (denial !== undefined) return { target, ...denial };
    const permits = need + this.#extra(need, want);
    if (permits === 0) return { kind: "settled", target, closedMs };
    const { leaseMs, marginMs } = this.#times;
    const expiresAt = nowMs + leaseMs + marginMs;
    const { holder } = request;
    const lease = { id: leaseId, holder, permits, spent: 0, returned: 0, expiresAt };
    this.#grant(permits, lease, nowMs);
    return { kind: "granted", target, permits, lifeMs: leaseMs };
  }

  /** The same lease again, for a holder that did not get the answer. */
  #repeat(lease: OpenLease, { target, holder }: PermitRequest, nowMs: number): PermitAnswer {
    if (lease.holder !== holder) {
      const detail = `lease ${lease.id} is another holder's; choose an id that nobody uses`;
      return { kind: "failed", target, reason: "invalid", detail };
    }
    const { leaseMs, marginMs } = this.#times;
    const lifeMs = Math.min(leaseMs, Math.max(0, lease.expiresAt - marginMs - nowMs));
    return { kind: "granted", target, permits: openPermits(lease), lifeMs };
  }

  /** @returns why not, or undefined if `need` permits may be granted to whoever asks. */
  #admit(
    { need, line, places = [] }: Pick<PermitRequest, "need" | "line" | "places">,
    isLeasing: boolean,
    rule: LimitRule,
    nowMs: number,
  ): Denial | undefined {
    const units = need * UNITS_PER_PERMIT;
    if (need > rule.capacity && rule.capacity > 0) {
      // Not counted as denied: it says nothing about how much of the limit is used.
      return this.#deny(0, neverDenial(this.#target, need, rule));
    }
    const isOut = isClosed(this.#loop, nowMs) || rule.capacity === 0;
    const isTurn = this.#line.turnUnits(places, line?.sharedBy ?? 1, nowMs) >= units;
    const there = isTurn ? this.#level.units : this.#forNewcomers();
    const isCrowded = isLeasing && this.#book.size >= MAX_LEASES;
    if (!isOut && !isCrowded && there >= units) {
      if (!isTurn) this.#spare = Math.max(0, this.#spare - units);
      for (const place of places) this.#line.leave(place);
      return undefined;
    }
    return this.#denyFor(need, { line, places, isOut, isCrowded }, rule, nowMs);
  }

  #denyFor(
    need: number,
    about: {
      readonly line: { readonly sharedBy: number } | undefined;
      readonly places: readonly string[];
      readonly isOut: boolean;
      readonly isCrowded: boolean;
    },
    rule: LimitRule,
    nowMs: number,
  ): Denial {
    const times = about.places.flatMap((place) => this.#line.timeOf(place) ?? []);
    for (const place of about.places) this.#line.leave(place);
    const promisedAt = Math.max(nowMs, Math.min(...times));
    // Who was told to come waits behind those who were told the same, not behind everybody.
    const ahead = times.length > 0 ? this.#line.dueBy(promisedAt) : this.#line.total;
    const missing = need * UNITS_PER_PERMIT + ahead - this.#level.units;
    const waitedMs = times.length > 0 ? promisedAt - nowMs : 0;
    const leastMs = about.isCrowded ? CROWDED_MS : 1;
    const refillMs =
      refillWaitMs(missing, rule, this.#loop, nowMs) + this.#leasesMs(need, rule, nowMs);
    const soonestMs = Math.min(MAX_WAIT_MS, Math.max(leastMs, waitedMs, refillMs));
    const units = Math.ceil((need * UNITS_PER_PERMIT) / Math.max(1, about.line?.sharedBy ?? 1));
    const place =
      about.line === undefined ? null : this.#line.join(units, nowMs + soonestMs, nowMs);
    const placeAt = place === null ? undefined : this.#line.timeOf(place);
    // The time of the place counts on all that is there.
    if (place !== null) this.#spare = 0;
    // Whoever comes before the place's time has no turn.
    const retryAfterMs = placeAt === undefined ? soonestMs : placeAt - nowMs;
    const [target, loop, isLine] = [this.#target, this.#loop, ahead > 0];
    const reason = denialReason({ ...about, target, rule, loop, isLine, nowMs });
    return this.#deny(need, { ...reason, retryAfterMs, place });
  }

  /**
   * How long leases keep permits from fitting in: until the next one ends, or until holders are
   * likely to have said what became of theirs.
   */
  #leasesMs(need: number, rule: LimitRule, nowMs: number): number {
    if (this.#book.outstanding === 0 || need * UNITS_PER_PERMIT <= this.#room(rule)) return 0;
    return Math.max(0, Math.min(this.#book.nextExpiryAt - nowMs, SETTLED_SOON_MS));
  }

  #deny(permits: number, denial: Omit<Denial, "kind">): Denial {
    this.#counts.denied += permits;
    this.#touch();
    return { kind: "denied", ...denial };
  }

  /** Cautious where there is little: what one holder hoards the others lack. */
  #extra(need: number, want: number): number {
    if (want === 0 || this.#book.size >= MAX_LEASES) return 0;
    const left = this.#level.units - need * UNITS_PER_PERMIT - this.#line.total;
    const share = Math.floor(left / UNITS_PER_PERMIT / (2 * Math.max(1, this.#book.holders)));
    return Math.max(0, Math.min(want, share));
  }

  #settleEarlier(
    { holder, spent, leaseId }: LeaseRequest,
    rule: LimitRule,
    nowMs: number,
  ): LeaseOutcome | undefined {
    const named = leaseId === undefined ? undefined : this.#book.get(leaseId);
    if (leaseId !== undefined && named?.holder !== holder) return { kind: "unknown_lease" };
    const lease = named ?? this.#book.latestOf(holder);
    // Without a lease that is open there is nothing to settle: it expired, and counts as used.
    if (spent === undefined || lease === undefined) return undefined;
    const most = lease.permits - lease.returned;
    if (spent > most) return { kind: "above_lease", permits: most };
    const settlement = { leaseId: lease.id, spent, returned: lease.permits - spent };
    this.#takeBack(this.#book.settle(holder, settlement), rule, nowMs);
    return undefined;
  }

  #openLease(request: LeaseRequest, rule: LimitRule, nowMs: number): LeaseOutcome {
    const { holder, permits: asked, newLeaseId } = request;
    if (asked === 0) return { kind: "settled" };
    const permits = Math.max(1, Math.min(asked, this.#available()));
    const denial = this.#admit({ need: permits }, true, rule, nowMs);
    if (denial !== undefined) return denial;
    const { leaseMs, marginMs } = this.#times;
    const expiresAt = nowMs + leaseMs;
    const lease = { id: newLeaseId, holder, permits, spent: 0, returned: 0 };
    this.#grant(permits, { ...lease, expiresAt: expiresAt + marginMs }, nowMs);
    return { kind: "granted", leaseId: newLeaseId, permits, expiresAt, lifeMs: leaseMs };
  }

  /** Whole permits that a newcomer could have, unless it is closed. */
  #available(): number {
    return Math.floor(this.#forNewcomers() / UNITS_PER_PERMIT);
  }

  /** Units that nobody in the line counts on: what exceeds the line, or lapsed, or came back. */
  #forNewcomers(): number {
    const { units } = this.#level;
    return Math.max(0, units - this.#line.total, Math.min(units, this.#spare));
  }

  #grant(permits: number, lease: OpenLease | undefined, nowMs: number): void {
    this.#hold(this.#level.units - permits * UNITS_PER_PERMIT);
    if (lease !== undefined) this.#book.open(lease);
    this.#counts.granted += permits;
    this.#pace.count(permits, nowMs);
    this.#touch();
    if (!this.#saves.spend(permits, nowMs)) this.#save(this.#reserveFor(nowMs), nowMs);
  }

  #reserveFor(nowMs: number): number {
    const there = Math.floor(this.#level.units / UNITS_PER_PERMIT);
    const capacity = this.rule?.capacity ?? 0;
    return this.#pace.reserve({ capacity, there, leases: this.#book.size }, nowMs);
  }

  #takeBack(permits: number, rule: LimitRule, nowMs: number): void {
    if (permits === 0) return;
    const units = permits * UNITS_PER_PERMIT;
    // What is owed is paid first.
    const paid = Math.min(units, this.#owed);
    this.#owed -= paid;
    this.#spare += units - paid;
    this.#level = { ...this.#level, units: this.#level.units + units - paid };
    this.#spill(rule, nowMs);
    this.#counts.returned += permits;
    this.#touch();
  }

  /**
   * Lets go of what does not fit. What comes back while the bucket is closed is worth nothing: the
   * platform said so, and the fleet must not burst when it opens. One permit is left to try with.
   */
  #spill(rule: LimitRule, nowMs: number): void {
    const most = isClosed(this.#loop, nowMs) ? UNITS_PER_PERMIT : Infinity;
    this.#hold(Math.min(this.#level.units, this.#room(rule), most));
    if (most < Infinity) this.#spare = 0;
  }

  /** What is not there is not there to spare: else newcomers took what the line counts on. */
  #hold(units: number): void {
    this.#level = { ...this.#level, units };
    this.#spare = Math.min(this.#spare, units);
  }

  /** Durable at once: a closure that a crash could undo would let the fleet run into the wall. */
  #heed(signal: PlatformSignal, rule: LimitRule, nowMs: number): void {
    const loop = heed(this.#loop, signal, nowMs);
    if (loop === this.#loop) return;
    this.#loop = loop;
    this.#level = { ...this.#level, refilledAt: Math.max(nowMs, this.#level.refilledAt) };
    this.#spill(rule, nowMs);
    this.#touch();
    this.#save(0, nowMs);
  }

  #advance(rule: LimitRule, nowMs: number): void {
    this.#followClock(nowMs);
    // While a lease was out there was no room for its permits: what came in until its end did not
    // come for them, however late anybody looks.
    const expired = this.#book.expire(nowMs, (endedAt) => {
      if (endedAt > this.#level.refilledAt) this.#refillUntil(endedAt, rule);
    });
    const lapsed = this.#line.lapse(nowMs);
    this.#spare = Math.min(this.#spare + lapsed, this.#level.units);
    this.#counts.expired += expired;
    if (expired > 0 || lapsed > 0) this.#touch();
    this.#refillUntil(nowMs, rule);
    if (this.#line.total === 0) this.#spare = 0;
  }

  #refillUntil(atMs: number, rule: LimitRule): void {
    const loop = this.#loop;
    const effective = (fromMs: number, toMs: number): number => effectiveMs(loop, fromMs, toMs);
    const before = this.#level;
    this.#level = refill(before, rule, this.#room(rule), atMs, effective);
    if (this.#owed === 0) return;
    const passedMs = effective(before.refilledAt, this.#level.refilledAt);
    const { outstanding } = this.#book;
    this.#owed = stillOwed(this.#owed, before, this.#level, { passedMs, rule, outstanding });
  }

  /**
   * A clock that was set back would keep the bucket closed, and those who wait, for as long. Leases
   * stay out for as long: to end one early is what must not be.
   */
  #followClock(nowMs: number): void {
    const backMs = setBackMs(this.#level, nowMs);
    if (backMs === 0) return;
    this.#loop = setBack(this.#loop, backMs);
    this.#line.clear();
    this.#touch();
  }

  /** Units that fit beside what is leased. */
  #room({ capacity }: LimitRule): number {
    return Math.max(0, capacity - this.#book.outstanding) * UNITS_PER_PERMIT;
  }

  #fitTo(before: LimitRule | undefined, nowMs: number): void {
    const rule = this.rule;
    if (rule === undefined) return;
    const fitted = resize({ level: this.#level, owed: this.#owed }, before, rule, nowMs);
    [this.#level, this.#owed] = [fitted.level, fitted.owed];
    this.#spill(rule, nowMs);
  }

  #touch(): void {
    this.#version += 1;
    this.#saves.touch();
  }

  #saveIfDue(nowMs: number): void {
    if (this.#saves.isDue(nowMs)) this.#save(this.#reserveFor(nowMs), nowMs);
  }

  #save(reserved: number, nowMs: number): void {
    const state = {
      rule: this.rule,
      override: this.#override,
      level: this.#level,
      loop: this.#loop,
      counts: this.#counts,
      leases: [...this.#book.leases()],
      line: [...this.#line.entries()],
      owed: this.#owed,
    };
    this.#saves.save(state, reserved, nowMs);
  }

  #restore(state: LimiterState, nowMs: number): void {
    this.#override = state.override;
    this.#level = state.level;
    this.#owed = state.owed;
    this.#loop = state.loop;
    // Nobody knows how many of the reserved ones were granted: all of them, then.
    this.#counts = { ...state.counts, granted: state.counts.granted + state.reserved };
    for (const lease of state.leases) this.#book.restore(lease);
    this.#book.restore(leaseOfReserve(state, this.#counts.granted));
    for (const [atMs, units] of state.line) this.#line.restore(atMs, units);
    if (isSameRule(state.rule, this.rule)) return;
    // Until now it refilled by the rule that it was saved with.
    if (state.rule !== undefined) this.#advance(state.rule, nowMs);
    this.#fitTo(state.rule, nowMs);
    // And from now on by this one, also for whoever reads it next.
    this.#save(0, nowMs);
  }
}
