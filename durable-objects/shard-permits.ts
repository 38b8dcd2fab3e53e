import { limitRule } from "../src/config.ts";
import { config } from "../src/configured.ts";
import { withDeadline } from "../src/deadline.ts";
import type { LimitRule } from "../src/limits/limit-rule.ts";
import type { LimitStore } from "../src/limits/limit-store.ts";
import type {
  LeaseOutcome,
  LeaseRequest,
  TakeOutcome,
  TakeRequest,
} from "../src/limits/limit-requests.ts";
import { Limiter } from "../src/limits/limiter.ts";
import { isPlanTarget } from "../src/limits/plan-limits.ts";
import { Sublease } from "../src/limits/sublease.ts";
import { formatShardName, type ShardName } from "../src/merge/shard-name.ts";
import { KEEPER_DEADLINE_MS } from "../src/wire/deadlines.ts";
import type { LimitAnswer } from "../src/wire/limit-rpc.ts";
import type { CollectAnswer } from "../src/wire/shard-rpc.ts";
import { askShard, type PermitPort } from "../src/wire/permit-message.ts";
import type {
  LimitView,
  PermitAnswer,
  PermitRequest,
  PlatformSignal,
} from "../src/wire/permits.ts";

/** The shard that keeps its target's bucket. */
const KEEPER = "0";

export interface ShardPermitsOptions {
  readonly shard: ShardName;
  readonly store: LimitStore;
  /** The way to another shard of the target. */
  readonly shardNamed: (name: string) => PermitPort;
  /** Called when there is something about the bucket that the coordinator may want to know. */
  readonly onChange: () => void;
  /** Keeps the object until a promise that must not reject is settled. */
  readonly keepAlive: (promise: Promise<void>) => void;
}

/** A shard's permits: the target's bucket itself on shard 0, elsewhere a sublease from there. */
export class ShardPermits {
  readonly #options: ShardPermitsOptions;
  readonly #sublease: Sublease | undefined;
  /** Made when it is first needed: one that cannot be read must not keep timings from being counted. */
  #limiter: Limiter | undefined;
  #reportedVersion = -1;

  constructor(options: ShardPermitsOptions) {
    this.#options = options;
    const { target, k } = options.shard;
    if (k !== KEEPER) {
      // Another life of this shard is another holder: it must not be given this one's leases.
      const life = crypto.randomUUID().slice(0, 8);
      this.#sublease = new Sublease(target, `shard-${k}-${life}`);
    }
  }

  /** Whether the coordinator is to know of this bucket, and does not know its last change. */
  get hasNews(): boolean {
    const version = this.#limiter?.version ?? 0;
    if (isPlanTarget(this.#options.shard.target)) return false;
    return version !== 0 && version !== this.#reportedVersion;
  }

  /** What a holder asks and tells. */
  async permit(request: PermitRequest): Promise<PermitAnswer> {
    const nowMs = Date.now();
    const sublease = this.#sublease;
    if (sublease === undefined) return this.#noting(this.#keeper.ask(request, nowMs));
    sublease.settle(request, nowMs);
    const answer = sublease.answer(request, nowMs);
    if (answer === undefined) {
      return this.#askKeeper(sublease, sublease.request(request, nowMs), request);
    }
    const renewal = sublease.renewal(nowMs);
    if (renewal !== undefined) {
      const renewed = this.#askKeeper(sublease, renewal, undefined);
      this.#options.keepAlive(renewed.then(() => undefined));
    }
    return answer;
  }

  take(request: TakeRequest): LimitAnswer<TakeOutcome> | null {
    return this.#answer(this.#keeper.take(request, Date.now()));
  }

  lease(request: LeaseRequest): LimitAnswer<LeaseOutcome> | null {
    return this.#answer(this.#keeper.lease(request, Date.now()));
  }

  feedback(signal: PlatformSignal): LimitView | null {
    this.#keeper.feedback(signal, Date.now());
    return this.#noting(this.view());
  }

  reopen(): LimitView | null {
    this.#keeper.reopen(Date.now());
    return this.#noting(this.view());
  }

  setLimit(rule: LimitRule | null): LimitView | null {
    this.#keeper.override(rule ?? undefined, Date.now());
    return this.#noting(this.view());
  }

  /** The bucket as it is now; null without a limit. */
  view(): LimitView | null {
    return this.#keeper.view(Date.now()) ?? null;
  }

  /** What the coordinator is told at a tick: the bucket, or why there is none to be told of. */
  collect(): Pick<CollectAnswer, "limit" | "limitFault"> {
    const { target } = this.#options.shard;
    if (this.#sublease !== undefined || isPlanTarget(target)) return {};
    try {
      const limit = this.#keeper.told(Date.now());
      this.#reportedVersion = limit.version;
      return { limit };
    } catch (cause) {
      console.error(`the bucket of ${target} cannot be read`, cause);
      return { limitFault: cause instanceof Error ? cause.message : String(cause) };
    }
  }

  /**
   * @throws on a shard that does not keep the bucket: its callers have the wrong one; and if what is
   * stored of it cannot be read.
   */
  get #keeper(): Limiter {
    const { shard, store } = this.#options;
    const { target, k } = shard;
    if (k !== KEEPER) {
      throw new Error(`shard ${k} does not keep the bucket; ask shard ${KEEPER}`);
    }
    this.#limiter ??= new Limiter({
      target,
      store,
      configured: limitRule(config, target),
      times: config.leases,
      nowMs: Date.now(),
    });
    return this.#limiter;
  }

  #answer<Outcome>(outcome: Outcome | undefined): LimitAnswer<Outcome> | null {
    const view = this.view();
    if (outcome === undefined || view === null) return null;
    return this.#noting({ outcome, view, resetMs: this.#keeper.resetMs(Date.now()) });
  }

  #noting<Value>(value: Value): Value {
    if (this.hasNews) this.#options.onChange();
    return value;
  }

  /** Never rejects. @param request - what it is asked for; undefined for a renewal. */
  async #askKeeper(
    sublease: Sublease,
    sent: PermitRequest,
    request: PermitRequest | undefined,
  ): Promise<PermitAnswer> {
    const askedAt = Date.now();
    try {
      const answer = await withDeadline(this.#callKeeper(sent), KEEPER_DEADLINE_MS, "the bucket");
      return sublease.answered(request, sent, answer, askedAt, Date.now());
    } catch (cause) {
      sublease.lost(sent, Date.now());
      const detail = cause instanceof Error ? cause.message : String(cause);
      return { kind: "failed", target: sent.target, reason: "unavailable", detail };
    }
  }

  async #callKeeper(request: PermitRequest): Promise<PermitAnswer> {
    const { shard, shardNamed } = this.#options;
    return askShard(shardNamed(formatShardName({ ...shard, k: KEEPER })), request);
  }
}
