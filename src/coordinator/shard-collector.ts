import type { TachographConfig } from "../config.ts";
import type { ShardCursor } from "../merge/shard-cursor.ts";
import type { TenantState } from "../merge/tenant-state.ts";
import type { Coverage } from "../stream/live-snapshot.ts";
import type { CollectAnswer, CollectRequest } from "../wire/shard-rpc.ts";
import type { ShardHealth } from "./coordinator-health.ts";
import type { LimitBoard } from "./limit-board.ts";
import { fanOut } from "./fan-out.ts";
import type { ShardPort } from "./ports.ts";

/** Most times that a shard with much to tell is asked again in one tick. */
const MAX_ROUNDS = 8;

/** How one shard is asked. An announcement replaces it, so that an older answer cannot undo it. */
interface Polling {
  /** Since when it had nothing new. */
  idleSince: number;
  /** It was told that it will not be asked until it announces itself. */
  isDormant: boolean;
}

interface Asked {
  readonly answer: CollectAnswer;
  readonly dormant: boolean;
  readonly polling: Polling;
}

/** A shard that answered. */
interface Heard extends Asked {
  readonly shard: ShardCursor;
}

export interface ShardCollectorOptions {
  readonly state: TenantState;
  readonly limits: LimitBoard;
  readonly port: ShardPort;
  readonly config: TachographConfig;
  readonly now: () => number;
}

/**
 * Asks the shards of a tenant and merges what they answer: those that are awake, a few at a time,
 * each with a deadline. A shard that is idle, and whose rows are all durable, is let go of.
 */
export class ShardCollector {
  readonly #state: TenantState;
  readonly #limits: LimitBoard;
  readonly #port: ShardPort;
  readonly #config: TachographConfig;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #polling = new Map<string, Polling>();
  #missing: { readonly name: string; readonly error: string }[] = [];

  constructor({ state, limits, port, config, now }: ShardCollectorOptions) {
    this.#state = state;
    this.#limits = limits;
    this.#port = port;
    this.#config = config;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Shards that did not answer when they were last asked. */
  get missing(): readonly { readonly name: string; readonly error: string }[] {
    return this.#missing;
  }

  /** The targets of those shards. */
  get missingTargets(): ReadonlySet<string> {
    return new Set(this.#missing.flatMap(({ name }) => this.#state.shards.get(name)?.target ?? []));
  }

  /** Whether any shard is to be asked at the next tick. */
  get hasAwake(): boolean {
    return this.#awake().length > 0;
  }

  /** A shard has announced itself: it is asked from now on. */
  wake(shardName: string): void {
    this.#polling.set(shardName, { idleSince: this.#now(), isDormant: false });
  }

  /** Whether every shard that is awake has been idle long enough to be let go of. */
  isQuiet(nowMs: number): boolean {
    const { sleepAfterMs } = this.#config.cadence;
    return this.#awake().every(
      ({ name }) => nowMs - this.#pollingOf(name).idleSince >= sleepAfterMs,
    );
  }

  /** Which of the known shards answered; who rests has promised that there is nothing. */
  coverage(): Coverage {
    const shards = this.#state.shards.size;
    const missing = this.#missing.map(({ name }) => name);
    return { shards, answered: shards - missing.length, missing };
  }

  /** How long ago the shard answered that was silent for longest, of those that are awake. */
  staleMs(nowMs: number): number {
    const ages = this.#awake().map(({ answeredAt }) => nowMs - (answeredAt ?? this.#startedAt));
    return Math.max(0, ...ages);
  }

  /**
   * Asks everybody who is awake, those with more to tell again.
   * @param watched - passed on to them, as is `cacheHead`.
   */
  async collect(watched: boolean, cacheHead: number): Promise<void> {
    const missing = new Map<string, string>();
    let round = this.#awake();
    for (let i = 0; i < MAX_ROUNDS && round.length > 0; i++) {
      const ask = (shard: ShardCursor): Promise<Asked> => this.#ask(shard, { watched, cacheHead });
      const results = await fanOut(round, ask, this.#config.collect);
      const heard: Heard[] = [];
      for (const { item: shard, ...outcome } of results) {
        if (outcome.ok) heard.push({ shard, ...outcome.result });
        else missing.set(shard.name, outcome.error);
      }
      for (const [name, problem] of this.#take(heard)) missing.set(name, problem);
      const isHeard = ({ shard }: Heard): boolean => !missing.has(shard.name);
      round = heard.filter(isHeard).flatMap(({ shard }) => (shard.pending > 0 ? shard : []));
    }
    this.#missing = [...missing].map(([name, error]) => ({ name, error }));
  }

  health(): ShardHealth[] {
    return [...this.#state.shards.values()].map((shard) => this.#shardHealth(shard));
  }

  async #ask(
    shard: ShardCursor,
    told: Pick<CollectRequest, "watched" | "cacheHead">,
  ): Promise<Asked> {
    const { seen, durable } = shard;
    const polling = this.#pollingOf(shard.name);
    const idleMs = this.#now() - polling.idleSince;
    const dormant = seen === durable && idleMs >= this.#config.cadence.sleepAfterMs;
    const answer = await this.#port.collect(shard.name, { ...told, seen, durable, dormant });
    return { answer, dormant, polling };
  }

  /** @returns why answers could not be merged, by the shard's name. */
  #take(heard: readonly Heard[]): Map<string, string> {
    const nowMs = this.#now();
    const withNews = new Set<Heard>();
    for (const one of heard) {
      const { shard, answer } = one;
      const hasBucketNews = this.#limits.update(shard.target, answer.limit, nowMs);
      if (answer.to > shard.seen || hasBucketNews) withNews.add(one);
    }
    const answers = new Map(heard.map(({ shard, answer }) => [shard.name, answer]));
    const failed = this.#state.mergeAll(answers, nowMs);
    const problems = new Map<string, string>();
    for (const [name, cause] of failed) {
      console.error(`${name}: its answer cannot be merged`, cause);
      problems.set(name, cause instanceof Error ? cause.message : String(cause));
    }
    for (const one of heard) {
      if (failed.has(one.shard.name)) continue;
      // A shard that announced itself while this answer was on its way has a new entry: it is awake.
      if (withNews.has(one)) one.polling.idleSince = nowMs;
      else if (one.dormant) one.polling.isDormant = true;
    }
    return problems;
  }

  #awake(): ShardCursor[] {
    return [...this.#state.shards.values()].filter(({ name }) => !this.#pollingOf(name).isDormant);
  }

  /** A shard that is known from before a restart is taken for awake until it says otherwise. */
  #pollingOf(name: string): Polling {
    let polling = this.#polling.get(name);
    if (polling === undefined) {
      polling = { idleSince: this.#startedAt, isDormant: false };
      this.#polling.set(name, polling);
    }
    return polling;
  }

  #shardHealth(shard: ShardCursor): ShardHealth {
    const { name, seen, durable, pending, answeredAt, lastAnswer } = shard;
    return {
      name,
      isDormant: this.#pollingOf(name).isDormant,
      seen,
      durable,
      pending,
      answeredAt: answeredAt ?? null,
      logRows: lastAnswer?.logRows ?? null,
      reporters: lastAnswer?.reporters ?? null,
      forgottenReporters: lastAnswer?.forgottenReporters ?? null,
      streams: lastAnswer?.streams ?? null,
      requests: lastAnswer?.requests ?? null,
      perSecond: lastAnswer?.perSecond ?? null,
      p95Ms: lastAnswer?.p95Ms ?? null,
      limitFault: lastAnswer?.limitFault ?? null,
    };
  }
}
