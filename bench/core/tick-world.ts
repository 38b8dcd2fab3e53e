import { parseConfig, type TachographConfig } from "../../src/config.ts";
import { TenantCoordinator } from "../../src/coordinator/tenant-coordinator.ts";
import type { MetricFamily } from "../../src/export/metric-family.ts";
import { FINEST_SCHEMA } from "../../src/histogram/native-counts.ts";
import { ShardState } from "../../src/merge/shard-state.ts";
import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { SqliteAlertStore } from "../../durable-objects/storage/sqlite-alert-store.ts";
import { SqliteInvalidationLog } from "../../durable-objects/storage/sqlite-invalidation-log.ts";
import { SqliteTenantStore } from "../../durable-objects/storage/sqlite-tenant-store.ts";
import { EVERYTHING } from "../../src/stream/stream-filter.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import { nodeSqlite } from "../lib/node-sqlite.ts";
import { logNormal } from "../lib/random.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

/** Of each target, beside `*`. */
export const SERIES = 5;
/** New ones at each tick. */
export const TIMINGS_PER_SERIES = 200;
const TICK_MS = 500;
const START = Date.UTC(2026, 10, 20, 12, 0, 30);

/** A tenant with its shards in this process, over the real SQL, and a clock that is set. */
export class TickWorld {
  readonly #shards = new Map<string, ShardState>();
  readonly #coordinator: TenantCoordinator;
  readonly #random = seededRandom(7);
  #nowMs = START;
  #sequence = 0;
  #collectMs = 0;

  constructor(shardCount: number, config: TachographConfig = parseConfig({})) {
    for (let i = 0; i < shardCount; i++) {
      const store = new SqliteShardStore(nodeSqlite());
      this.#shards.set(`bench/target-${i}#0`, new ShardState(store, config.maxOperationsPerTarget));
    }
    const database = nodeSqlite();
    this.#coordinator = new TenantCoordinator({
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
    for (const name of this.#shards.keys()) this.#coordinator.announce(name, 0);
    const sink = { unreadBytes: () => 0, send: () => undefined, close: () => undefined };
    this.#coordinator.hub.join(new Subscriber(sink, EVERYTHING), undefined, TICK_MS);
  }

  /** Reports to every series, then ticks. @returns CPU milliseconds of the tick and of its shards. */
  async tick(): Promise<{ wholeMs: number; shardsMs: number }> {
    this.#nowMs += TICK_MS;
    this.#sequence += 1;
    for (const shard of this.#shards.values()) this.#report(shard);
    this.#collectMs = 0;
    const before = process.cpuUsage();
    await this.#coordinator.tick();
    const { user, system } = process.cpuUsage(before);
    const { missing, ledger } = this.#coordinator.health();
    if (missing.length > 0 || ledger.pending > 0) throw new Error("a tick left something behind");
    return { wholeMs: (user + system) / 1_000, shardsMs: this.#collectMs };
  }

  /** All that `/metrics` shows now. */
  metrics(): Promise<Iterable<MetricFamily>> {
    return this.#coordinator.metrics({ schema: FINEST_SCHEMA }, "bench");
  }

  #report(shard: ShardState): void {
    const count = SERIES * TIMINGS_PER_SERIES;
    const columns = {
      operations: Array.from({ length: SERIES }, (_, i) => `operation-${i}`),
      baseAt: this.#nowMs - TICK_MS,
      durationUs: Int32Array.from({ length: count }, (_, i) =>
        Math.round(logNormal(this.#random, 40_000 * (1 + (i % SERIES)), 0.45)),
      ),
      atOffsetMs: Int32Array.from({ length: count }, (_, i) => (i / count) * TICK_MS),
      operationIndex: Uint8Array.from({ length: count }, (_, i) => i % SERIES),
      outcome: new Uint8Array(count),
    };
    const content = { kind: "timings" as const, columns };
    const sender = { reporter: "bench", sequence: this.#sequence };
    shard.commit([{ ...sender, content, givenUp: 0, refused: {} }], this.#nowMs);
  }

  async #collect(
    name: string,
    request: Parameters<ShardState["collect"]>[0],
  ): Promise<ReturnType<ShardState["collect"]>> {
    const shard = this.#shards.get(name);
    if (shard === undefined) throw new Error(`no shard ${name}`);
    const startedAt = performance.now();
    const answer = shard.collect(request, this.#nowMs);
    this.#collectMs += performance.now() - startedAt;
    return Promise.resolve(structuredClone(answer));
  }
}
