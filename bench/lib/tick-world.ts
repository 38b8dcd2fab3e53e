import { parseConfig, type TachographConfig } from "../../src/config.ts";
import { TenantCoordinator } from "../../src/coordinator/tenant-coordinator.ts";
import type { MetricFamily } from "../../src/export/metric-family.ts";
import { FINEST_SCHEMA } from "../../src/histogram/native-counts.ts";
import { ShardState } from "../../src/merge/shard-state.ts";
import { MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { SqliteAlertStore } from "../../durable-objects/storage/sqlite-alert-store.ts";
import { SqliteInvalidationLog } from "../../durable-objects/storage/sqlite-invalidation-log.ts";
import { SqliteTenantStore } from "../../durable-objects/storage/sqlite-tenant-store.ts";
import { EVERYTHING } from "../../src/stream/stream-filter.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import { MAX_REPORT_TIMINGS } from "../../src/wire/timing-columns.ts";
import { logNormal } from "./random.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

/** Of each shard, unless more or fewer are wanted. */
export const SERIES = 5;
/** New ones at each tick, unless more or fewer are wanted. */
export const TIMINGS_PER_SERIES = 200;
const TICK_MS = 500;
const START = Date.UTC(2026, 10, 20, 12, 0, 30);
const REPORTER = "bench";

/** What a {@link TickWorld} is made of. */
export interface TickWorldOptions {
  readonly shards: number;
  /** Distinct targets, to which the shards are dealt in turn; as many as there are shards if absent. */
  readonly targets?: number;
  /** Operations that every shard reports: a series each, beside `*` of its target. */
  readonly seriesPerShard?: number;
  readonly config?: TachographConfig;
}

/** One tick, and what came in before it. */
export interface TickStep {
  /** By how much the clock moves. */
  readonly stepMs?: number;
  /** New timings of every operation of every shard, spread over that time. */
  readonly timingsPerSeries?: number;
}

/** What a tick cost. */
export interface TickCost {
  /** CPU milliseconds of this process. */
  readonly wholeMs: number;
  /** The part of it that the shards spent in `collect`. */
  readonly shardsMs: number;
  /** Whether a minute had ended, so that everything was stored. */
  readonly isCheckpoint: boolean;
}

/** A tenant with its shards in this process, over the real SQL, and a clock that is set. */
export class TickWorld {
  readonly #shards = new Map<string, ShardState>();
  readonly #operations: readonly string[];
  #coordinator: TenantCoordinator | undefined;
  readonly #random = seededRandom(7);
  #nowMs = START;
  #sequence = 0;
  #collectMs = 0;
  #collects = 0;
  #largestAnswerBytes = 0;

  constructor(options: TickWorldOptions) {
    const { shards, targets = shards, seriesPerShard = SERIES, config = parseConfig({}) } = options;
    this.#operations = Array.from({ length: seriesPerShard }, (_, i) => `operation-${i}`);
    for (let i = 0; i < shards; i++) {
      const name = `bench/target-${i % targets}#${Math.floor(i / targets)}`;
      const store = new SqliteShardStore(nodeSqlite());
      this.#shards.set(name, new ShardState(store, config.maxOperationsPerTarget));
    }
    const database = nodeSqlite();
    const coordinator = new TenantCoordinator({
      tenant: "bench",
      epoch: "bench",
      config,
      store: new SqliteTenantStore(database),
      alertStore: new SqliteAlertStore(database),
      atomically: (run) => database.transactionSync(run),
      invalidations: new SqliteInvalidationLog(database, 0),
      archive: { write: () => Promise.resolve(), deleteBefore: () => Promise.resolve(0) },
      dispatcher: { handOver: () => Promise.reject(new Error("nobody is to be told")) },
      newId: () => crypto.randomUUID(),
      shards: { collect: (name, request) => this.#collect(name, request) },
      rollups: {
        write: () => Promise.resolve(),
        deleteBefore: () => Promise.resolve(0),
        listSeries: () => Promise.resolve([]),
      },
      now: () => this.#nowMs,
    });
    for (const name of this.#shards.keys()) coordinator.announce(name, 0);
    const sink = { unreadBytes: () => 0, send: () => undefined, close: () => undefined };
    coordinator.hub.join(new Subscriber(sink, EVERYTHING), undefined, TICK_MS);
    this.#coordinator = coordinator;
  }

  /** Requests that the coordinator has sent to its shards so far. */
  get collects(): number {
    return this.#collects;
  }

  /** The largest answer of a shard so far, without what frames it. */
  get largestAnswerBytes(): number {
    return this.#largestAnswerBytes;
  }

  /** Reports to every series, then ticks. */
  async tick({
    stepMs = TICK_MS,
    timingsPerSeries = TIMINGS_PER_SERIES,
  }: TickStep = {}): Promise<TickCost> {
    const isCheckpoint =
      startOf(this.#nowMs, MINUTE_MS) !== startOf(this.#nowMs + stepMs, MINUTE_MS);
    this.#nowMs += stepMs;
    for (const shard of this.#shards.values()) this.#report(shard, stepMs, timingsPerSeries);
    this.#collectMs = 0;
    const before = process.cpuUsage();
    await this.#running.tick();
    const { user, system } = process.cpuUsage(before);
    const { missing, ledger, lastError } = this.#running.health();
    if (missing.length > 0 || ledger.pending > 0 || lastError !== null) {
      throw new Error(`a tick left something behind: ${lastError ?? "a shard was not heard"}`);
    }
    return { wholeMs: (user + system) / 1_000, shardsMs: this.#collectMs, isCheckpoint };
  }

  /** The whole live state as `/v1/live` answers it. */
  async liveBody(): Promise<string> {
    return JSON.stringify(await this.#running.live(EVERYTHING));
  }

  /** All that `/metrics` shows now. */
  metrics(): Promise<Iterable<MetricFamily>> {
    return this.#running.metrics({ schema: FINEST_SCHEMA }, "bench");
  }

  /** Lets go of the coordinator, for whoever looks at what memory is then free. Nothing ticks after. */
  dropCoordinator(): void {
    this.#coordinator = undefined;
  }

  get #running(): TenantCoordinator {
    if (this.#coordinator === undefined) throw new Error("the coordinator was let go of");
    return this.#coordinator;
  }

  #report(shard: ShardState, stepMs: number, timingsPerSeries: number): void {
    const series = this.#operations.length;
    const total = series * timingsPerSeries;
    for (let done = 0; done < total; done += MAX_REPORT_TIMINGS) {
      const count = Math.min(total - done, MAX_REPORT_TIMINGS);
      const columns = {
        operations: this.#operations,
        baseAt: this.#nowMs - stepMs,
        durationUs: Int32Array.from({ length: count }, (_, i) =>
          Math.round(logNormal(this.#random, 40_000 * (1 + ((i % series) % SERIES)), 0.45)),
        ),
        atOffsetMs: Int32Array.from({ length: count }, (_, i) => ((done + i) / total) * stepMs),
        operationIndex: Uint8Array.from({ length: count }, (_, i) => i % series),
        outcome: new Uint8Array(count),
      };
      const content = { kind: "timings" as const, columns };
      this.#sequence += 1;
      const sender = { reporter: REPORTER, sequence: this.#sequence };
      const report = { ...sender, content, givenUp: 0, refused: {} };
      const [verdict] = shard.commit([report], this.#nowMs);
      if (verdict?.ok !== true || verdict.accepted !== count) {
        throw new Error(`a shard did not take a report: ${JSON.stringify(verdict)}`);
      }
    }
  }

  async #collect(
    name: string,
    request: Parameters<ShardState["collect"]>[0],
  ): Promise<ReturnType<ShardState["collect"]>> {
    const shard = this.#shards.get(name);
    if (shard === undefined) throw new Error(`no shard ${name}`);
    const before = process.cpuUsage();
    const answer = shard.collect(request, this.#nowMs);
    const { user, system } = process.cpuUsage(before);
    this.#collectMs += (user + system) / 1_000;
    this.#collects += 1;
    this.#largestAnswerBytes = Math.max(this.#largestAnswerBytes, answer.delta.length);
    return Promise.resolve(structuredClone(answer));
  }
}
