import { LeaseHolder } from "../../../src/limits/lease-holder.ts";
import type { LimitRule } from "../../../src/limits/limit-rule.ts";
import { decodeLimiterState } from "../../../src/limits/limiter-state.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import type { PermitAnswer, PermitRequest, PlatformSignal } from "../../../src/wire/permits.ts";
import type { Random } from "../random.ts";
import { DiskFull, MemoryLimitStore } from "./memory-limit-store.ts";
import { TrueBucket } from "./true-bucket.ts";

export const LEASE_MS = 10_000;
export const MARGIN_MS = 5_000;

const START = Date.UTC(2026, 10, 20, 12);
const HOLDERS = 6;
const MAX_IN_FLIGHT = 24;
const MAX_PLACES = 24;
const MAX_BURST = 5;

/** Nothing of a lease can be used longer than that after it was granted, in true time. */
const LONGEST_LEASE_MS = LEASE_MS + MARGIN_MS;

/** A clock that is behind by more is believed. */
const CLOCK_WAIT_MS = 60_000;

interface Isolate {
  readonly name: string;
  readonly holder: LeaseHolder;
  /** What its clock shows: up to a margin behind, and the same until the next I/O. */
  clockMs: number;
  /** Taken, and not used: they may be given back. */
  unused: number;
  readonly lent: { readonly leaseId: string; readonly permits: number; readonly used: boolean }[];
}

interface InFlight {
  readonly isolate: Isolate;
  readonly request: PermitRequest;
  readonly askedAt: number;
  answer: PermitAnswer | undefined;
  /** The isolate heard an answer, or gave up: whatever comes now is not heeded. */
  isOver: boolean;
}

/** Somebody who leases over HTTP. */
interface Caller {
  readonly name: string;
  lease: { id: string; permits: number; used: number; expiresAt: number } | undefined;
  lagMs: number;
}

/** What can happen in a world, beside what always does. */
export interface Dangers {
  readonly clockSteps: boolean;
  readonly overrides: boolean;
  readonly fullDisks: boolean;
  readonly crashes: boolean;
  readonly signals: boolean;
  readonly line: boolean;
}

/**
 * One bucket, with everybody who uses it, in true time. Each step is something that may happen; every use of
 * a permit is paid for in a {@link TrueBucket}, which throws if it was one too many.
 */
export class LimitWorld {
  readonly #random: Random;
  readonly #dangers: Dangers;
  #configured: LimitRule;
  readonly #store = new MemoryLimitStore();
  readonly #isolates: Isolate[] = [];
  readonly #callers: Caller[] = [];
  readonly #bucket: TrueBucket;
  /** How often the clock had jumped forward when a lease was granted, by the lease's id. */
  readonly #jumpsAtGrant = new Map<string, number>();
  readonly #actions: readonly (() => void)[];
  #inFlight: InFlight[] = [];
  #places: string[] = [];
  #limiter: Limiter;
  #trueMs = START;
  #offsetMs = 0;
  /** The latest time that the bucket saw by the shard's clock, unless it was set back since. */
  #seenMs = START;
  /** True time until which the platform asked to wait. */
  #closedUntil = 0;
  #count = 0;
  #uses = 0;

  constructor(random: Random, rule: LimitRule, dangers: Dangers) {
    this.#random = random;
    this.#dangers = dangers;
    this.#configured = rule;
    this.#bucket = new TrueBucket(rule, START);
    this.#limiter = this.#open();
    for (let i = 0; i < HOLDERS; i += 1) {
      this.#isolates.push(this.#newIsolate());
      if (i % 2 === 0) this.#callers.push({ name: `caller-${i}`, lease: undefined, lagMs: 0 });
    }
    this.#actions = this.#weigh();
  }

  /** Permits used so far. */
  get uses(): number {
    return this.#uses;
  }

  /** @throws if a promise is broken. */
  step(): void {
    this.#count += 1;
    const act = this.#random.pick(this.#actions);
    try {
      act();
    } catch (error) {
      if (!(error instanceof DiskFull)) throw error;
    }
    this.#check();
  }

  #weigh(): (() => void)[] {
    const { clockSteps, overrides, fullDisks, crashes, signals, line } = this.#dangers;
    // Where demand is high the bucket is empty, and one permit too many is not missed for long.
    const demand = this.#random.pick([0.02, 0.1, 0.4, 1]);
    const weights: readonly (readonly [weight: number, action: () => void])[] = [
      [120, () => this.#pass()],
      [150 * demand, () => this.#use()],
      [40, () => this.#lend()],
      [40, () => this.#settleLent()],
      [25, () => this.#takeUnused()],
      [25, () => this.#giveBack()],
      [120, () => this.#renew()],
      [150, () => this.#deliver()],
      [150, () => this.#hear()],
      [20, () => this.#lose()],
      [15, () => this.#repeat()],
      [60 * demand, () => this.#httpTake()],
      [10, () => this.#httpLease()],
      [60 * demand, () => this.#httpUse()],
      [3, () => this.#die()],
      [4, () => this.#rest()],
      [8, () => this.#burst()],
      [5, () => this.#rush()],
      [3, () => this.#settleRepeatedly()],
      [3, () => this.#giveBackWhileTelling()],
      [crashes ? 2 : 0, () => this.#crashAmidRush()],
      [fullDisks && crashes ? 3 : 0, () => this.#crashBehindFullDisk()],
      [line ? 40 : 0, () => this.#redeem()],
      [signals ? 4 : 0, () => this.#signal()],
      [crashes ? 6 : 0, () => this.#crash()],
      [fullDisks ? 8 : 0, () => this.#store.failSaves(this.#random.integer(1, 3))],
      [overrides ? 3 : 0, () => this.#override()],
      [clockSteps ? 2 : 0, () => this.#stepClock()],
      [clockSteps ? 2 : 0, () => this.#flutter()],
    ];
    return weights.flatMap(([weight, action]) => Array.from({ length: weight }, () => action));
  }

  /** Nobody asks for so long that the bucket fills, with leases on the brink of their end. */
  #rest(): void {
    this.#passMs(this.#random.integer(LEASE_MS - 500, LONGEST_LEASE_MS + 200));
  }

  /** Everybody uses all that there is: only then does one permit too many show. */
  #burst(): void {
    const nowMs = this.#shardMs();
    for (const isolate of this.#isolates) {
      const { holder, clockMs } = isolate;
      while (holder.available(clockMs) > 0) {
        const taken = holder.take(1, clockMs);
        if (taken.kind !== "taken") break;
        this.#used(1, taken.leaseId);
      }
    }
    for (const caller of this.#callers) this.#useAll(caller);
    for (let i = 0; i < MAX_BURST; i += 1) {
      const permits = Math.max(1, this.#limiter.view(nowMs)?.available ?? 1);
      const outcome = this.#limiter.take({ permits }, nowMs);
      if (outcome?.kind !== "granted") return;
      this.#checkOpen();
      this.#used(permits);
    }
  }

  /** So many in a moment that the bucket grants from its reserve, and isolates lease ahead. */
  #rush(): void {
    const isolate = this.#random.pick(this.#isolates);
    const isHttp = this.#random.next() < 0.5;
    for (let i = this.#random.integer(10, 60); i > 0; i -= 1) {
      if (this.#random.next() < 0.1) this.#passMs(1);
      if (isHttp && this.#random.next() < 0.2) this.#httpLease();
      else if (isHttp) this.#httpTake();
      else this.#takeOrAskAtOnce(isolate);
    }
  }

  #takeOrAskAtOnce(isolate: Isolate): void {
    const taken = isolate.holder.take(1, isolate.clockMs);
    if (taken.kind === "taken") return this.#used(1, taken.leaseId);
    const flight = this.#send(isolate, this.#random.integer(0, 1));
    this.#reach(flight);
    this.#hearOf(flight);
  }

  #crashAmidRush(): void {
    this.#rush();
    this.#crash();
    if (this.#random.next() < 0.5) this.#rest();
    this.#burst();
  }

  /** What was granted and not stored is asked for again, answered, used, and forgotten. */
  #crashBehindFullDisk(): void {
    const isolate = this.#random.pick(this.#isolates);
    const flight = this.#send(isolate, this.#random.integer(1, 8));
    this.#store.failSaves(1);
    try {
      this.#reach(flight);
    } catch (error) {
      if (!(error instanceof DiskFull)) throw error;
      this.#reach(flight);
    }
    this.#store.failSaves(0);
    this.#hearOf(flight);
    this.#crash();
    this.#burst();
  }

  /** A holder that uses some, returns some, says so three times, and uses the rest at the end. */
  #settleRepeatedly(): void {
    this.#count += 1;
    const [holder, leaseId] = [`stutter-${this.#count}`, `stutter-${this.#count}.1`];
    const about = { target: "meta", holder, want: 0, signals: [] };
    const asked = { ...about, leaseId, need: this.#random.integer(3, 12), settlements: [] };
    const answer = this.#limiter.ask(asked, this.#shardMs());
    if (answer.kind !== "granted") return;
    const spent = this.#random.integer(0, 2);
    const returned = this.#random.integer(0, answer.permits - spent);
    this.#used(spent);
    for (const number of [2, 3, 4]) {
      const settlements = [{ leaseId, spent, returned }];
      const told = { ...about, leaseId: `${holder}.${number}`, need: 0, settlements };
      this.#limiter.ask(told, this.#shardMs());
    }
    this.#passMs(this.#random.integer(0, LEASE_MS - 1));
    this.#used(answer.permits - spent - returned);
    this.#burst();
  }

  /** What the bucket was told is used cannot be given back and used later. */
  #giveBackWhileTelling(): void {
    const isolate = this.#random.pick(this.#isolates);
    const { holder } = isolate;
    let unused = 0;
    while (unused < 8 && holder.take(1, isolate.clockMs).kind === "taken") unused += 1;
    const flight = this.#send(isolate, 0);
    this.#reach(flight);
    holder.giveBack(unused, isolate.clockMs);
    this.#passMs(this.#random.integer(0, LEASE_MS));
    this.#burst();
  }

  #useAll({ lease, lagMs }: Caller): void {
    if (lease === undefined || this.#trueMs - lagMs >= lease.expiresAt) return;
    this.#used(lease.permits - lease.used, lease.id);
    lease.used = lease.permits;
  }

  // ---- time

  #shardMs(): number {
    const nowMs = this.#trueMs + this.#offsetMs;
    const isBelieved = this.#seenMs - nowMs > CLOCK_WAIT_MS;
    this.#seenMs = isBelieved ? nowMs : Math.max(this.#seenMs, nowMs);
    return nowMs;
  }

  #pass(): void {
    const lengths = [0, 1, 7, 40, 200, 900, 2_500];
    const chance = this.#random.next();
    const most = chance < 0.01 ? 60_000 : chance < 0.04 ? 16_000 : this.#random.pick(lengths);
    this.#passMs(this.#random.integer(0, most));
  }

  #passMs(durationMs: number): void {
    this.#trueMs += durationMs;
    for (const isolate of this.#isolates) {
      isolate.clockMs = Math.max(isolate.clockMs, this.#trueMs - MARGIN_MS);
    }
  }

  /** I/O lets a clock go on, perhaps not as far as the truth. */
  #io(isolate: Isolate): number {
    const least = Math.max(isolate.clockMs, this.#trueMs - MARGIN_MS);
    const isRight = this.#random.next() < 0.5;
    isolate.clockMs = isRight ? this.#trueMs : this.#random.integer(least, this.#trueMs);
    return isolate.clockMs;
  }

  #stepClock(): void {
    const steps = [3, 250, 4_000, 30_000, 59_000, 61_000, 600_000, 5 * 3_600_000, 40 * 86_400_000];
    const jumpMs = this.#random.integer(1, this.#random.pick(steps));
    this.#jump(jumpMs, this.#random.next() < 0.6);
  }

  /** Back for a moment, and forth again: what lies between was given already. */
  #flutter(): void {
    const jumpMs = this.#random.integer(1, CLOCK_WAIT_MS);
    this.#burst();
    this.#jump(jumpMs, true);
    this.#outstanding();
    this.#jump(jumpMs, false);
    this.#burst();
  }

  #jump(jumpMs: number, isBack: boolean): void {
    const outstanding = this.#outstanding();
    const before = this.#shardMs();
    this.#offsetMs += isBack ? -jumpMs : jumpMs;
    if (isBack) return;
    const creditMs = Math.max(0, before + jumpMs - Math.max(before, this.#seenMs));
    this.#bucket.jump(creditMs, outstanding, LONGEST_LEASE_MS, this.#trueMs);
  }

  // ---- isolates

  #newIsolate(): Isolate {
    this.#count += 1;
    const name = `edge-${this.#count}`;
    const aheadMs = this.#random.pick([500, 2_000, 6_000]);
    const holder = new LeaseHolder({ target: "meta", holder: name, aheadMs });
    return { name, holder, clockMs: this.#trueMs, unused: 0, lent: [] };
  }

  #die(): void {
    const at = this.#random.integer(0, HOLDERS - 1);
    this.#isolates[at] = this.#newIsolate();
    const alive = new Set(this.#isolates);
    for (const flight of this.#inFlight) flight.isOver ||= !alive.has(flight.isolate);
  }

  /** @param leaseId - of the lease that was used, if it was one. */
  #used(permits: number, leaseId?: string): void {
    this.#uses += permits;
    const jumpsAtGrant = leaseId === undefined ? undefined : this.#jumpsAtGrant.get(leaseId);
    this.#bucket.use(permits, this.#trueMs, jumpsAtGrant);
  }

  /** A lease that is granted again, to whoever did not hear of it, is the one of the first time. */
  #leased(leaseId: string): void {
    if (!this.#jumpsAtGrant.has(leaseId)) this.#jumpsAtGrant.set(leaseId, this.#bucket.jumps);
  }

  #use(): void {
    const isolate = this.#random.pick(this.#isolates);
    const permits = this.#random.next() < 0.8 ? 1 : this.#random.integer(2, 6);
    const taken = isolate.holder.take(permits, isolate.clockMs);
    if (taken.kind === "taken") this.#used(permits, taken.leaseId);
    else if (taken.kind === "ask" || this.#random.next() < 0.2) this.#send(isolate, permits);
  }

  #takeUnused(): void {
    const isolate = this.#random.pick(this.#isolates);
    if (isolate.holder.take(1, isolate.clockMs).kind === "taken") isolate.unused += 1;
  }

  #giveBack(): void {
    const isolate = this.#random.pick(this.#isolates);
    const permits = this.#random.integer(0, isolate.unused);
    isolate.unused -= permits;
    isolate.holder.giveBack(permits, isolate.clockMs);
  }

  #lend(): void {
    const isolate = this.#random.pick(this.#isolates);
    const permits = this.#random.integer(1, 3);
    const taken = isolate.holder.lend(permits, isolate.clockMs);
    if (taken.kind !== "taken") return;
    const used = this.#random.next() < 0.5;
    if (used) this.#used(permits, taken.leaseId);
    isolate.lent.push({ leaseId: taken.leaseId, permits, used });
  }

  #settleLent(): void {
    const isolate = this.#random.pick(this.#isolates);
    const lent = isolate.lent.shift();
    if (lent === undefined) return;
    const { leaseId, permits, used } = lent;
    const settlement = { leaseId, spent: used ? permits : 0, returned: used ? 0 : permits };
    isolate.holder.settleLent(settlement, isolate.clockMs);
  }

  #renew(): void {
    const isolate = this.#random.pick(this.#isolates);
    if (isolate.holder.isUrgent(isolate.clockMs) || this.#random.next() < 0.2) {
      this.#send(isolate, 0);
    }
  }

  #send(isolate: Isolate, need: number): InFlight {
    if (this.#inFlight.length >= MAX_IN_FLIGHT) this.#inFlight.shift();
    const askedAt = this.#io(isolate);
    const isWaiting = need > 0 && this.#dangers.line && this.#random.next() < 0.5;
    const about = isWaiting
      ? { line: { sharedBy: this.#random.pick([1, 1, 3, 100]) }, places: this.#somePlaces() }
      : {};
    const request = isolate.holder.request(need, askedAt, about);
    // From now on the bucket may know of what was taken: it can be given back no more.
    isolate.unused = 0;
    const flight = { isolate, request, askedAt, answer: undefined, isOver: false };
    this.#inFlight.push(flight);
    return flight;
  }

  /** A request reaches the bucket: the first time, or again, in any order. */
  #deliver(): void {
    if (this.#inFlight.length === 0) return;
    const flight = this.#random.pick(this.#inFlight);
    if (flight.answer === undefined || this.#random.next() < 0.3) this.#reach(flight);
  }

  #reach(flight: InFlight): void {
    const answer = this.#limiter.ask(flight.request, this.#shardMs());
    // Of what came twice, the isolate hears one answer only.
    flight.answer ??= answer;
    if (answer.kind === "granted") this.#leased(flight.request.leaseId);
    if (flight.request.signals.length > 0) this.#closed(flight.request.signals);
    if (answer.kind === "denied" && answer.place !== null) this.#keepPlace(answer.place);
  }

  #hear(): void {
    const flight = this.#inFlight.find(({ answer, isOver }) => answer !== undefined && !isOver);
    if (flight !== undefined) this.#hearOf(flight);
  }

  #hearOf(flight: InFlight): void {
    if (flight.answer === undefined || flight.isOver) return;
    flight.isOver = true;
    const { isolate, request, answer, askedAt } = flight;
    const nowMs = this.#io(isolate);
    isolate.holder.answered(request, answer, askedAt, nowMs);
    if (answer.kind !== "granted" || request.need === 0) return;
    // What comes when the lease is over must not be used.
    const isUsed = nowMs < askedAt + answer.lifeMs && answer.permits >= request.need;
    const spent = isUsed ? request.need : 0;
    if (isUsed) this.#used(request.need, request.leaseId);
    const settlement = { leaseId: request.leaseId, spent, returned: request.need - spent };
    isolate.holder.settleLent(settlement, nowMs);
  }

  /** The isolate gives up on a request, which may be answered, under way, or delivered later. */
  #lose(): void {
    const flight = this.#inFlight.find(({ isOver }) => !isOver);
    if (flight === undefined) return;
    flight.isOver = true;
    flight.isolate.holder.lost(flight.request, this.#io(flight.isolate));
  }

  /** The same request again, for an isolate that did not hear the answer. */
  #repeat(): void {
    const flight = this.#inFlight.find(({ answer, isOver }) => answer !== undefined && !isOver);
    if (flight === undefined) return;
    flight.answer = undefined;
  }

  // ---- callers over HTTP

  #httpTake(places: readonly string[] = []): void {
    const permits = this.#random.next() < 0.8 ? 1 : this.#random.integer(1, 12);
    const isLining = this.#dangers.line && this.#random.next() < 0.5;
    const line = isLining ? { sharedBy: this.#random.pick([1, 2, 50]) } : undefined;
    const outcome = this.#limiter.take({ permits, line, places }, this.#shardMs());
    if (outcome?.kind === "granted") {
      this.#checkOpen();
      this.#used(outcome.permits);
    } else if (outcome?.kind === "denied" && outcome.place !== null) {
      this.#keepPlace(outcome.place);
    }
  }

  #httpLease(): void {
    const caller = this.#random.pick(this.#callers);
    this.#count += 1;
    const isNamed = this.#random.next() < 0.5;
    const newLeaseId = `http-${this.#count}`;
    const request = {
      holder: caller.name,
      permits: this.#random.integer(0, 10),
      spent: caller.lease?.used,
      leaseId: isNamed ? caller.lease?.id : undefined,
      newLeaseId,
    };
    const { lease } = caller;
    // Whatever comes of it, the rest of the earlier lease is given back.
    if (lease !== undefined) caller.lease = undefined;
    const outcome = this.#limiter.lease(request, this.#shardMs());
    if (isNamed && this.#random.next() < 0.1) {
      this.#limiter.lease({ ...request, newLeaseId: `${newLeaseId}-again` }, this.#shardMs());
    }
    if (outcome?.kind !== "granted") return;
    this.#checkOpen();
    this.#leased(outcome.leaseId);
    if (this.#random.next() < 0.1) return;
    const expiresAt = outcome.expiresAt - this.#offsetMs;
    caller.lease = { id: outcome.leaseId, permits: outcome.permits, used: 0, expiresAt };
    caller.lagMs = this.#random.integer(0, MARGIN_MS);
  }

  #httpUse(): void {
    const { lease, lagMs } = this.#random.pick(this.#callers);
    if (lease === undefined || this.#trueMs - lagMs >= lease.expiresAt) return;
    const permits = Math.min(this.#random.integer(1, 4), lease.permits - lease.used);
    lease.used += permits;
    this.#used(permits, lease.id);
  }

  // ---- the line

  #keepPlace(place: string): void {
    if (this.#places.length >= MAX_PLACES) this.#places.shift();
    this.#places.push(place);
  }

  /** In time, too early, too late, twice, or made up. */
  #somePlaces(): string[] {
    const random = this.#random;
    const places: string[] = [];
    const isOf = random.next() < 0.7 && this.#places.length > 0;
    if (isOf) places.push(random.pick(this.#places));
    if (random.next() < 0.1) {
      const second = Math.floor((this.#trueMs + this.#offsetMs) / 1_000) * 1_000;
      const forged = ["0-0", "-", "9-9", `${second}-60000000`, `${second}-1`, "999999999999999-1"];
      places.push(random.pick(forged));
    }
    if (isOf && random.next() < 0.8)
      this.#places = this.#places.filter((place) => place !== places[0]);
    return places;
  }

  #redeem(): void {
    this.#httpTake(this.#somePlaces());
  }

  // ---- what befalls the bucket

  #signal(): void {
    const signal: PlatformSignal = this.#random.pick<PlatformSignal>([
      { status: 429, isLimited: true },
      { status: 429, isLimited: true, retryAfterMs: this.#random.integer(-5_000, 20_000) },
      { status: 429, isLimited: true, retryAfterMs: 0.5 },
      { status: 400, isLimited: true, code: 80_004, retryAfterMs: 1_234.56 },
      { status: 200, isLimited: false, usedPercent: this.#random.integer(0, 120) },
    ]);
    if (this.#random.next() < 0.5) {
      const isolate = this.#random.pick(this.#isolates);
      isolate.holder.signal(signal, isolate.clockMs);
      return;
    }
    this.#limiter.feedback(signal, this.#shardMs());
    this.#closed([signal]);
  }

  #closed(signals: readonly PlatformSignal[]): void {
    for (const { isLimited, retryAfterMs = 0 } of signals) {
      if (!isLimited) continue;
      this.#closedUntil = Math.max(this.#closedUntil, this.#trueMs + retryAfterMs);
    }
  }

  #checkOpen(): void {
    if (this.#dangers.clockSteps || this.#trueMs >= this.#closedUntil) return;
    throw new Error(`granted ${this.#closedUntil - this.#trueMs} ms before the closure's end`);
  }

  #open(): Limiter {
    return new Limiter({
      target: "meta",
      store: this.#store,
      configured: this.#configured,
      times: { leaseMs: LEASE_MS, marginMs: MARGIN_MS },
      nowMs: this.#shardMs(),
    });
  }

  #crash(): void {
    const outstanding = this.#outstanding();
    const isDeployed = this.#dangers.overrides && this.#random.next() < 0.3;
    if (isDeployed) this.#configured = this.#anyRule();
    this.#store.failSaves(0);
    // With what it gave since it was saved the bucket forgets until when it gave it.
    const saved = this.#store.loadLimit();
    if (saved !== undefined) this.#seenMs = decodeLimiterState(saved).level.refilledAt;
    this.#limiter = this.#open();
    const rule = this.#limiter.rule;
    if (rule === undefined) throw new Error("the limit is gone");
    this.#bucket.setRule(rule, outstanding, LONGEST_LEASE_MS, this.#trueMs);
  }

  #anyRule(): LimitRule {
    const refills = [0, 0.001, 1, 30, 600, 6_000];
    const capacity = this.#random.next() < 0.1 ? 0 : this.#random.integer(1, 80);
    return { capacity, refillPerMinute: this.#random.pick(refills) };
  }

  #override(): void {
    const outstanding = this.#outstanding();
    const set = this.#random.next() < 0.3 ? undefined : this.#anyRule();
    this.#limiter.override(set, this.#shardMs());
    this.#bucket.setRule(set ?? this.#configured, outstanding, LONGEST_LEASE_MS, this.#trueMs);
  }

  #outstanding(): number {
    return this.#limiter.view(this.#shardMs())?.outstanding ?? 0;
  }

  #check(): void {
    this.#bucket.advance(this.#trueMs);
    // To look at the bucket moves it on: most of the time it is to find out by itself, late.
    if (this.#random.next() > 0.05) return;
    const view = this.#limiter.view(this.#shardMs());
    if (view === undefined) throw new Error("the limit is gone");
    const { capacity, available, outstanding, granted, returned, expired, waiting } = view;
    const isWithin = available + outstanding <= Math.max(capacity, outstanding);
    const isBalanced = returned + expired + outstanding <= granted;
    const isSound = [available, outstanding, waiting].every((n) => Number.isInteger(n) && n >= 0);
    if (isWithin && isBalanced && isSound) return;
    throw new Error(`the books do not balance: ${JSON.stringify(view)}`);
  }
}
