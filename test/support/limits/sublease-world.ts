import { LeaseHolder } from "../../../src/limits/lease-holder.ts";
import type { LimitRule } from "../../../src/limits/limit-rule.ts";
import { Limiter } from "../../../src/limits/limiter.ts";
import { Sublease } from "../../../src/limits/sublease.ts";
import type { PermitAnswer, PermitRequest } from "../../../src/wire/permits.ts";
import type { Random } from "../random.ts";
import { EventQueue } from "./event-queue.ts";
import { MemoryLimitStore } from "./memory-limit-store.ts";
import { TrueBucket } from "./true-bucket.ts";

const TARGET = "meta";
const START = Date.UTC(2026, 10, 20, 12);
const TIMES = { leaseMs: 10_000, marginMs: 5_000 };
/** As a shard waits for the one that keeps the bucket, and a holder for its shard. */
const KEEPER_DEADLINE_MS = 2_000;
const SHARD_DEADLINE_MS = 4_000;

/** How often what goes wrong, from 0 to 1. */
export interface Dangers {
  readonly lost: number;
  readonly late: number;
  /** Of shards, in a second. Of holders, a tenth of it whenever they want something. */
  readonly deaths: number;
  readonly signals: number;
}

interface Shard {
  readonly k: number;
  sublease: Sublease;
}

type Reply = (answer: PermitAnswer) => void;

/**
 * A bucket, several shards that sublease from it, and holders who come to one of these shards each,
 * over a network that loses, delays and reorders. Every use is paid for in a {@link TrueBucket},
 * which throws if it was one too many.
 */
export class SubleaseWorld {
  /** Permits that were used. */
  uses = 0;
  readonly #random: Random;
  readonly #dangers: Dangers;
  readonly #queue = new EventQueue(START);
  readonly #limiter: Limiter;
  readonly #bucket: TrueBucket;
  readonly #shards: Shard[];
  readonly #holders: LeaseHolder[] = [];
  #lives = 0;

  constructor(random: Random, rule: LimitRule, dangers: Dangers, holders: number) {
    this.#random = random;
    this.#dangers = dangers;
    const about = { target: TARGET, configured: rule, times: TIMES, nowMs: START };
    this.#limiter = new Limiter({ ...about, store: new MemoryLimitStore() });
    this.#bucket = new TrueBucket(rule, START);
    this.#shards = [1, 2, 3].map((k) => ({ k, sublease: new Sublease(TARGET, `shard-${k}`) }));
    for (let i = 0; i < holders; i++) {
      this.#holders.push(this.#newHolder());
      this.#live(i, random.pick(this.#shards));
    }
    this.#queue.in(1_000, () => this.#die());
    this.#queue.in(1_000, () => this.#burst());
  }

  /** @throws if more is used than the limit allows. */
  run(durationMs: number): void {
    this.#queue.runUntil(this.#queue.nowMs + durationMs);
  }

  /** Permits that the bucket would give now, and those that are out. */
  view() {
    const view = this.#limiter.view(this.#queue.nowMs);
    if (view === undefined) throw new Error("the bucket has no limit");
    return view;
  }

  #isSo(chance: number): boolean {
    return this.#random.next() < chance;
  }

  #newHolder(): LeaseHolder {
    this.#lives += 1;
    return new LeaseHolder({ target: TARGET, holder: `edge-${this.#lives}`, aheadMs: 2_000 });
  }

  /** An evicted shard forgets everything; its name stays. */
  #die(): void {
    for (const shard of this.#shards) {
      if (this.#isSo(this.#dangers.deaths)) {
        shard.sublease = new Sublease(TARGET, `shard-${shard.k}`);
      }
    }
    this.#queue.in(1_000, () => this.#die());
  }

  /** Everybody uses all that there is: only then does one permit too many show. */
  #burst(): void {
    const { nowMs } = this.#queue;
    for (const holder of this.#holders) {
      while (holder.available(nowMs) > 0 && holder.take(1, nowMs).kind === "taken") this.#use(1);
    }
    const { available } = this.view();
    if (available > 0 && this.#limiter.take({ permits: available }, nowMs)?.kind === "granted") {
      this.#use(available);
    }
    this.#queue.in(this.#random.integer(1, 20_000), () => this.#burst());
  }

  /** A holder's life: it wants permits at random, and renews as the client does. */
  #live(place: number, shard: Shard): void {
    const { nowMs } = this.#queue;
    if (this.#isSo(this.#dangers.deaths / 10)) this.#holders[place] = this.#newHolder();
    const holder = this.#holders[place];
    if (holder === undefined) throw new Error(`there is no holder ${place}`);
    const need = this.#isSo(0.8) ? 1 : this.#random.integer(2, 5);
    const taken = holder.take(need, nowMs);
    if (taken.kind === "taken" && this.#isSo(0.2)) holder.giveBack(need, nowMs);
    else if (taken.kind === "taken") this.#use(need);
    else if (taken.kind === "ask") this.#ask(holder, shard, need);
    if (this.#isSo(this.#dangers.signals)) {
      const isLimited = this.#isSo(0.5);
      holder.signal({ status: isLimited ? 429 : 200, isLimited, usedPercent: 85 }, nowMs);
    }
    if (holder.isUrgent(nowMs) || this.#isSo(0.1)) this.#ask(holder, shard, 0);
    const pauseMs = this.#isSo(0.05) ? this.#random.pick([1_000, 4_000, 25_000]) : 60;
    this.#queue.in(this.#random.integer(1, pauseMs), () => this.#live(place, shard));
  }

  #ask(holder: LeaseHolder, shard: Shard, need: number): void {
    const askedAt = this.#queue.nowMs;
    const request = holder.request(need, askedAt);
    const heard = (answer: PermitAnswer): void => {
      const { nowMs } = this.#queue;
      holder.answered(request, answer, askedAt, nowMs);
      if (answer.kind !== "granted" || need === 0) return;
      const isInTime = nowMs < askedAt + answer.lifeMs && answer.permits >= need;
      if (isInTime) this.#use(need);
      const spent = isInTime ? need : 0;
      holder.settleLent({ leaseId: request.leaseId, spent, returned: need - spent }, nowMs);
    };
    const gaveUp = (): void => holder.lost(request, this.#queue.nowMs);
    this.#call(SHARD_DEADLINE_MS, (reply) => this.#permit(shard, request, reply), heard, gaveUp);
  }

  /** A shard that does not keep the bucket, as `ShardPermits` has it. */
  #permit(shard: Shard, request: PermitRequest, reply: Reply): void {
    const { nowMs } = this.#queue;
    const { sublease } = shard;
    sublease.settle(request, nowMs);
    const answer = sublease.answer(request, nowMs);
    if (answer === undefined) {
      return this.#askKeeper(shard, sublease.request(request, nowMs), request, reply);
    }
    const renewal = sublease.renewal(nowMs);
    if (renewal !== undefined) this.#askKeeper(shard, renewal, undefined, () => undefined);
    reply(answer);
  }

  #askKeeper(
    shard: Shard,
    sent: PermitRequest,
    request: PermitRequest | undefined,
    reply: Reply,
  ): void {
    const { sublease } = shard;
    const askedAt = this.#queue.nowMs;
    const keeper = (answer: Reply): void => answer(this.#limiter.ask(sent, this.#queue.nowMs));
    const heard = (answer: PermitAnswer): void => {
      if (shard.sublease !== sublease) return;
      reply(sublease.answered(request, sent, answer, askedAt, this.#queue.nowMs));
    };
    const gaveUp = (): void => {
      if (shard.sublease !== sublease) return;
      sublease.lost(sent, this.#queue.nowMs);
      reply({ kind: "failed", target: TARGET, reason: "unavailable", detail: "no answer" });
    };
    this.#call(KEEPER_DEADLINE_MS, keeper, heard, gaveUp);
  }

  /** A call over the network: exactly one of `heard` and `gaveUp` happens. */
  #call(deadlineMs: number, serve: (reply: Reply) => void, heard: Reply, gaveUp: () => void): void {
    let isOver = false;
    const once = (happen: () => void): void => {
      if (!isOver) happen();
      isOver = true;
    };
    this.#queue.in(deadlineMs, () => once(gaveUp));
    this.#travel(() => serve((answer) => this.#travel(() => once(() => heard(answer)))));
  }

  #travel(arrive: () => void): void {
    if (this.#isSo(this.#dangers.lost)) return;
    const most = this.#isSo(this.#dangers.late) ? 5_000 : 30;
    this.#queue.in(this.#random.integer(0, most), arrive);
  }

  #use(permits: number): void {
    this.uses += permits;
    this.#bucket.use(permits, this.#queue.nowMs);
  }
}
