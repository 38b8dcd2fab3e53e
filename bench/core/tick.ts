import { parseConfig } from "../../src/config.ts";
import { TenantCoordinator } from "../../src/coordinator/tenant-coordinator.ts";
import { ShardState } from "../../src/merge/shard-state.ts";
import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { SqliteAlertStore } from "../../durable-objects/storage/sqlite-alert-store.ts";
import { SqliteTenantStore } from "../../durable-objects/storage/sqlite-tenant-store.ts";
import { EVERYTHING } from "../../src/stream/stream-filter.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { nodeSqlite } from "../lib/node-sqlite.ts";
import { logNormal } from "../lib/random.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { median, percentile } from "../lib/statistics.ts";

const SHARDS = [1, 4, 16, 64] as const;
const SERIES = 5;
const TIMINGS_PER_SERIES = 200;
const TICK_MS = 500;
const GOAL_MS = 100;
/** Doubling the shards may cost at most so much more than twice. */
const LINEAR_WITHIN = 1.5;
const START = Date.UTC(2026, 10, 20, 12, 0, 30);

interface TickCost {
  /** CPU of whole ticks: collecting in the shards, merging, publishing, checkpoints. */
  readonly wholeMs: readonly number[];
  /** The part of it that is spent in the shards' `collect`. */
  readonly shardsMs: readonly number[];
}

/** Ticks over more and more shards, each with new timings in every series. */
export async function measureTick({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const ticks = quick ? 12 : 70;
  await costOf(4, 20);
  const costs = new Map<number, TickCost>();
  for (const shards of SHARDS) {
    progress(`tick: ${shards} shards`);
    costs.set(shards, await costOf(shards, ticks));
  }
  return [costRow(costs), linearRow(costs)];
}

/** A tenant with its shards in this process, over the real SQL, and a clock that is set. */
class TickWorld {
  readonly #shards = new Map<string, ShardState>();
  readonly #coordinator: TenantCoordinator;
  readonly #random = seededRandom(7);
  #nowMs = START;
  #sequence = 0;
  #collectMs = 0;

  constructor(shardCount: number) {
    const config = parseConfig({});
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

async function costOf(shards: number, ticks: number): Promise<TickCost> {
  const world = new TickWorld(shards);
  // The windows fill before anything is measured: an empty one costs less.
  for (let i = 0; i < 24; i++) await world.tick();
  const wholeMs: number[] = [];
  const shardsMs: number[] = [];
  for (let i = 0; i < ticks; i++) {
    const cost = await world.tick();
    wholeMs.push(cost.wholeMs);
    shardsMs.push(cost.shardsMs);
  }
  return { wholeMs, shardsMs };
}

function costRow(costs: ReadonlyMap<number, TickCost>): BenchRow {
  const { wholeMs = [], shardsMs = [] } = costs.get(64) ?? {};
  return {
    what: `A tick over 64 shards with ${SERIES} series each, ${TIMINGS_PER_SERIES} new timings in each`,
    goal: `< ${GOAL_MS} ms of CPU`,
    measured: `${figure(median(wholeMs))} ms`,
    verdict: verdictOf(median(wholeMs) < GOAL_MS),
    spread: `p95 ${figure(percentile(wholeMs, 95))}, longest ${figure(Math.max(...wholeMs))} ms (with a checkpoint), n = ${wholeMs.length}`,
    note:
      `CPU of the process in Node, all 64 shards in it: ${figure(median(shardsMs))} ms of it are their ` +
      "`collect`; 64 targets, so 384 series with `*`; real SQL in memory; one subscriber",
    data: { wholeMs, shardsMs },
  };
}

function linearRow(costs: ReadonlyMap<number, TickCost>): BenchRow {
  const medians = SHARDS.map((shards) => median(costs.get(shards)?.wholeMs ?? []));
  const perShard = medians.map((ms, i) => ms / (SHARDS[i] ?? 1));
  const growth = (perShard[3] ?? Number.NaN) / (perShard[1] ?? Number.NaN);
  return {
    what: "The same over 1, 4, 16, 64 shards: CPU a shard at 64 against at 4",
    goal: `linear (≤ ${LINEAR_WITHIN}×)`,
    measured: `${figure(growth)}×`,
    verdict: verdictOf(growth <= LINEAR_WITHIN),
    spread: "–",
    note: SHARDS.map((shards, i) => `${shards}: ${figure(medians[i] ?? Number.NaN)} ms`).join(", "),
    data: { medians },
  };
}
