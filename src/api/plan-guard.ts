import { config } from "../configured.ts";
import { withDeadline } from "../deadline.ts";
import { LeaseHolder } from "../limits/lease-holder.ts";
import type { LimitRule } from "../limits/limit-rule.ts";
import { projectView, untouchedView } from "../limits/project-view.ts";
import { askShard, type PermitPort } from "../wire/permit-message.ts";
import type { LimitView, PermitAnswer, PermitRequest } from "../wire/permits.ts";
import type { RateLimit } from "./rate-limit-headers.ts";

/** How this API's own limit is called in headers. */
export const API_POLICY = "api";

/** How far ahead permits are leased, in milliseconds: what a burst leaves of it counts as used. */
const AHEAD_MS = 1_000;

/** How long a request may wait for its permit. */
const DEADLINE_MS = 2_000;

/** After a failure, how long requests are let through without another attempt. */
const PAUSE_MS = 1_000;

/** How often the bucket is told what was used, in milliseconds: until then it refills as if less fit. */
const TELL_EVERY_MS = 1_000;

const MINUTE_MS = 60_000;

/** The bucket of a plan, as the guard needs it. */
export interface PlanBucket extends PermitPort {
  limit(): PromiseLike<LimitView | null>;
}

/** What a request is let through with, or not. */
export type PlanDecision =
  | { readonly kind: "admitted" }
  | { readonly kind: "denied"; readonly retryAfterMs: number }
  /** The bucket did not answer, and must not make this API less available than it is. */
  | { readonly kind: "unreached"; readonly cause: unknown };

/** What a guard is given by the request that it decides about. */
export interface GuardedRequest {
  /** The bucket, as this request may reach it; called only if it has to be asked. */
  readonly bucket: () => PlanBucket;
  readonly now: () => number;
  /** Keeps the Worker until a promise that does not reject is settled. */
  readonly keepAlive: (promise: Promise<void>) => void;
}

/**
 * One tenant's requests to this API, under its plan's limit: each takes a permit, from the lease
 * that this isolate holds or from the bucket. It keeps nothing that belongs to a single request, so
 * requests can share it.
 */
export class PlanGuard {
  readonly #holder: LeaseHolder;
  /** The bucket when it was asked last. */
  #seen: { readonly view: LimitView; readonly atMs: number };
  #toldAt = -Infinity;
  #failedAt = -Infinity;
  /** When something was asked for in advance whose answer has not come yet. */
  #wantedAt = -Infinity;

  /**
   * @param target - the bucket's name.
   * @param rule - what is assumed of it until it has answered.
   * @param holder - this isolate's name among those who lease from it.
   */
  constructor(target: string, rule: LimitRule, holder: string, nowMs: number) {
    this.#holder = new LeaseHolder({ target, holder, aheadMs: AHEAD_MS });
    this.#seen = { view: untouchedView(target, rule), atMs: nowMs };
  }

  /** Decides about one request. It never rejects. */
  async admit(request: GuardedRequest): Promise<PlanDecision> {
    const nowMs = request.now();
    const taken = this.#holder.take(1, nowMs);
    if (taken.kind === "denied") return { kind: "denied", retryAfterMs: taken.until - nowMs };
    if (taken.kind === "ask") return this.#ask(request);
    if (this.#isDue(nowMs)) request.keepAlive(this.#renew(request));
    return { kind: "admitted" };
  }

  /** How the limit stands, as far as this isolate knows: others take from it, too. */
  rateLimit(decision: PlanDecision, nowMs: number): RateLimit {
    const { view, atMs } = this.#seen;
    const { leaseMs, marginMs } = config.leases;
    const { capacity, refillPerMinute } = view;
    const horizon = { atMs, leasesEndAt: atMs + leaseMs + marginMs, fullSpeedAt: atMs };
    const bucket = projectView(view, horizon, nowMs).available;
    const isDenied = decision.kind === "denied";
    const available = isDenied ? 0 : Math.min(capacity, bucket + this.#holder.available(nowMs));
    const permitMs = refillPerMinute > 0 ? MINUTE_MS / refillPerMinute : MINUTE_MS;
    const resetMs = Math.min((capacity - available) * permitMs, Number.MAX_SAFE_INTEGER);
    const nextMs = resetMs === 0 || refillPerMinute === 0 ? null : permitMs;
    return {
      policy: API_POLICY,
      capacity,
      refillPerMinute,
      available,
      resetMs,
      nextMs: nextMs !== null && isDenied ? Math.min(nextMs, decision.retryAfterMs) : nextMs,
    };
  }

  async #ask({ bucket, now }: GuardedRequest): Promise<PlanDecision> {
    const sinceMs = now() - this.#failedAt;
    // A clock that was set back must not let everybody through until it is there again.
    if (sinceMs >= 0 && sinceMs < PAUSE_MS) {
      return { kind: "unreached", cause: new Error("the bucket did not answer a moment ago") };
    }
    const asked = this.#modest(this.#holder.request(1, now()), now());
    const { answer, cause } = await this.#send(asked, bucket, now);
    if (answer?.kind === "denied") {
      // What others of a burst were given in advance may have come in the meantime.
      const isLeft = this.#holder.take(1, now()).kind === "taken";
      return isLeft ? { kind: "admitted" } : { kind: "denied", retryAfterMs: answer.retryAfterMs };
    }
    if (answer === undefined || answer.kind === "failed") return { kind: "unreached", cause };
    // The permit that was needed comes lent, and this request uses it.
    const settlement = { leaseId: asked.leaseId, spent: 1, returned: 0 };
    this.#holder.settleLent(settlement, now());
    return { kind: "admitted" };
  }

  /** Whether the bucket is to be asked or told something that no request waits for. */
  #isDue(nowMs: number): boolean {
    if (Math.abs(nowMs - this.#failedAt) < PAUSE_MS) return false;
    if (this.#holder.isUrgent(nowMs)) return true;
    return Math.abs(nowMs - this.#toldAt) >= TELL_EVERY_MS && this.#holder.dueAt() <= nowMs;
  }

  async #renew({ bucket, now }: GuardedRequest): Promise<void> {
    await this.#send(this.#modest(this.#holder.request(0, now()), now()), bucket, now);
  }

  /**
   * A request without wishes while another's are under way: each of a burst that comes all at once
   * would ask in advance for all of them, and the bucket would be empty before half of them had
   * one. What never came back is forgotten, as requests may end before their answers.
   */
  #modest(request: PermitRequest, nowMs: number): PermitRequest {
    if (request.want === 0) return request;
    if (Math.abs(nowMs - this.#wantedAt) < DEADLINE_MS) return { ...request, want: 0 };
    this.#wantedAt = nowMs;
    return request;
  }

  async #send(
    asked: PermitRequest,
    bucket: () => PlanBucket,
    now: () => number,
  ): Promise<{ readonly answer?: PermitAnswer; readonly cause?: unknown }> {
    const askedAt = now();
    this.#toldAt = askedAt;
    try {
      const shard = bucket();
      // Sent together and answered in this order: what is seen is what the answer left.
      const both = Promise.all([askShard(shard, asked), shard.limit()]);
      const [answer, view] = await withDeadline(both, DEADLINE_MS, "the answer");
      const nowMs = now();
      this.#holder.answered(asked, answer, askedAt, nowMs);
      if (view !== null) this.#seen = { view, atMs: nowMs };
      if (answer.kind !== "failed") return { answer };
      this.#failedAt = nowMs;
      return { answer, cause: new Error(answer.detail) };
    } catch (cause) {
      this.#failedAt = now();
      this.#holder.lost(asked, this.#failedAt);
      return { cause };
    } finally {
      if (asked.want > 0) this.#wantedAt = -Infinity;
    }
  }
}
