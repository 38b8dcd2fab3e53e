import type { PermitAnswer, PermitRequest } from "../wire/permits.ts";
import { LeaseBook } from "./lease-book.ts";
import { LeaseHolder } from "./lease-holder.ts";

/** How far ahead a shard leases for its holders, in milliseconds. */
const AHEAD_MS = 2_000;

/** How often the bucket is told what became of permits, in milliseconds. */
const RENEWAL_PAUSE_MS = 50;

/** How long after its expiry a holder may still say what became of a lease. */
const SETTLE_MS = 5_000;

/**
 * The permits of a shard that does not keep the bucket itself: leased from the one that does, and
 * leased on, never for longer than its own lease holds. It is memory alone: what an eviction takes
 * expires at the bucket, and counts as used.
 */
export class Sublease {
  readonly #target: string;
  readonly #holder: string;
  #upstream: LeaseHolder | undefined;
  readonly #book = new LeaseBook();
  /** By the lease of one of our holders: the lease of ours that it is a part of, and its end. */
  readonly #partOf = new Map<string, { readonly leaseId: string; readonly expiresAt: number }>();

  #renewedAt = -Infinity;

  /** @param holder - this shard's name among the bucket's holders. */
  constructor(target: string, holder: string) {
    this.#target = target;
    this.#holder = holder;
  }

  /** Takes note of what a holder tells. Before {@link answer}, and once for each request. */
  settle(request: PermitRequest, nowMs: number): void {
    this.#expire(nowMs);
    const upstream = this.#upstreamAt(nowMs);
    for (const settlement of request.settlements) {
      const lease = this.#book.get(settlement.leaseId);
      const part = this.#partOf.get(settlement.leaseId);
      if (lease === undefined || part === undefined) continue;
      const before = { spent: lease.spent, returned: lease.returned };
      this.#book.settle(request.holder, settlement);
      const spent = lease.spent - before.spent;
      const returned = lease.returned - before.returned;
      upstream.settleLent({ leaseId: part.leaseId, spent, returned }, nowMs);
      if (this.#book.get(settlement.leaseId) === undefined) {
        this.#partOf.delete(settlement.leaseId);
      }
    }
    for (const signal of request.signals) upstream.signal(signal, nowMs);
  }

  /**
   * Answers from what is leased already. A place in the line is given and redeemed by the bucket
   * alone: who has one is sent there, who asks for one unless there are permits here.
   *
   * @returns undefined if the bucket has to be asked.
   */
  answer(request: PermitRequest, nowMs: number): PermitAnswer | undefined {
    const { target, need, want, leaseId } = request;
    const known = this.#book.get(leaseId);
    const part = this.#partOf.get(leaseId);
    if (known !== undefined && part !== undefined) {
      const permits = known.permits - known.spent - known.returned;
      return { kind: "granted", target, permits, lifeMs: Math.max(0, part.expiresAt - nowMs) };
    }
    if ((request.places ?? []).length > 0) return undefined;
    const isWaiting = request.line !== undefined;
    for (const permits of this.#amounts(need, want, nowMs)) {
      const taken = this.#upstreamAt(nowMs).lend(permits, nowMs);
      if (taken.kind === "taken" && taken.leaseId === "") return { kind: "unlimited", target };
      if (taken.kind === "taken") return this.#leaseOn(request, permits, taken.leaseId, nowMs);
      if (taken.kind === "denied" && !isWaiting && permits === need) {
        const { reason, detail, until } = taken;
        return { kind: "denied", target, reason, detail, retryAfterMs: until - nowMs, place: null };
      }
    }
    return need === 0
      ? { kind: "settled", target, closedMs: this.#upstreamAt(nowMs).closedMs(nowMs) }
      : undefined;
  }

  /** What to ask the bucket on behalf of a request; of a holder's own wishes only the need. */
  request(request: PermitRequest, nowMs: number): PermitRequest {
    const { need, line, places } = request;
    return this.#upstreamAt(nowMs).request(need, nowMs, { line, places });
  }

  /** A request that tells the bucket what it does not know, or asks before permits run out. */
  renewal(nowMs: number): PermitRequest | undefined {
    const upstream = this.#upstreamAt(nowMs);
    const isTime = Math.abs(nowMs - this.#renewedAt) >= RENEWAL_PAUSE_MS;
    const isDue = upstream.isUrgent(nowMs) || (isTime && upstream.dueAt() <= nowMs);
    if (!isDue) return undefined;
    this.#renewedAt = nowMs;
    return upstream.request(0, nowMs);
  }

  /** Takes over what the bucket answered, and answers whoever it was asked for, if anybody. */
  answered(
    request: PermitRequest | undefined,
    sent: PermitRequest,
    answer: PermitAnswer,
    askedAt: number,
    nowMs: number,
  ): PermitAnswer {
    this.#upstreamAt(askedAt).answered(sent, answer, askedAt, nowMs);
    if (request === undefined || answer.kind !== "granted") return answer;
    return this.#leaseOn(request, request.need, sent.leaseId, nowMs, askedAt + answer.lifeMs);
  }

  /** The bucket did not answer. */
  lost(sent: PermitRequest, nowMs: number): void {
    this.#upstreamAt(nowMs).lost(sent, nowMs);
  }

  /**
   * Made with the first request, whose time is part of its name: what an earlier life of this shard
   * leased, and leased on, must never be answered to this one as its own.
   */
  #upstreamAt(nowMs: number): LeaseHolder {
    this.#upstream ??= new LeaseHolder({
      target: this.#target,
      holder: `${this.#holder}-${nowMs.toString(36)}`,
      aheadMs: AHEAD_MS,
    });
    return this.#upstream;
  }

  /** How much to try to lend: all that is welcome, half of what is here, and what is needed. */
  #amounts(need: number, want: number, nowMs: number): Iterable<number> {
    const spare = Math.max(0, this.#upstreamAt(nowMs).available(nowMs) - need);
    const amounts = [need + want, need + Math.min(want, Math.ceil(spare / 2)), need];
    return new Set(amounts.filter((permits) => permits > 0));
  }

  #leaseOn(
    { target, holder, leaseId: id }: PermitRequest,
    permits: number,
    leaseId: string,
    nowMs: number,
    until = this.#upstreamAt(nowMs).expiryOf(leaseId) ?? nowMs,
  ): PermitAnswer {
    const lifeMs = Math.max(0, until - nowMs);
    const expiresAt = nowMs + lifeMs;
    this.#partOf.set(id, { leaseId, expiresAt });
    const lease = { id, holder, permits, spent: 0, returned: 0 };
    this.#book.open({ ...lease, expiresAt: expiresAt + SETTLE_MS });
    return { kind: "granted", target, permits, lifeMs };
  }

  #expire(nowMs: number): void {
    if (this.#book.expire(nowMs) === 0) return;
    for (const id of this.#partOf.keys()) {
      if (this.#book.get(id) === undefined) this.#partOf.delete(id);
    }
  }
}
