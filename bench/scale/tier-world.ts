import { parseConfig } from "../../src/config.ts";
import { TenantCoordinator } from "../../src/coordinator/tenant-coordinator.ts";
import { bucketIndex } from "../../src/histogram/bucket-layout.ts";
import { encodeHdrV2Base64 } from "../../src/histogram/hdr-v2.ts";
import { PagedCounts } from "../../src/histogram/paged-counts.ts";
import { ShardState } from "../../src/merge/shard-state.ts";
import { WHOLE_TARGET } from "../../src/names.ts";
import type { CollectAnswer, CollectRequest } from "../../src/wire/shard-rpc.ts";
import { SqliteAlertStore } from "../../durable-objects/storage/sqlite-alert-store.ts";
import { SqliteInvalidationLog } from "../../durable-objects/storage/sqlite-invalidation-log.ts";
import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { SqliteTenantStore } from "../../durable-objects/storage/sqlite-tenant-store.ts";
import { nodeSqlite } from "../lib/node-sqlite.ts";
import { logNormal } from "../lib/random.ts";
import { type Child, MiddleCoordinator } from "./middle-coordinator.ts";

/** Real shards, coordinators between, and the tenant's own on top. */
export interface TierWorldOptions {
  readonly targets: number;
  readonly shardsPerTarget: number;
  readonly operations: number;
  /** Coordinators of each target in every tier between, from the shards up. */
  readonly tiers: readonly number[];
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Of the answers to the tenant's coordinator, the share that is lost on the way. */
  readonly lossShare: number;
}

/** A difference between what the top shows and one histogram of everything. */
export interface Difference {
  readonly series: string;
  readonly shown: number;
  readonly counted: number;
}

const STEP_MS = 500;
const START = Date.UTC(2026, 10, 20, 12, 0, 57);

/** A tenant whose coordinator asks other coordinators, on the code that asks shards. */
export class TierWorld {
  readonly #options: TierWorldOptions;
  readonly #shards: { readonly target: string; readonly state: ShardState }[] = [];
  /** From the shards up. */
  readonly #middles: MiddleCoordinator[][] = [];
  readonly #top: TenantCoordinator;
  readonly #truth = new Map<string, PagedCounts>();
  #nowMs = START;
  #sequence = 0;
  #isLossy = true;
  #timings = 0;

  constructor(options: TierWorldOptions) {
    this.#options = options;
    const tops = new Map<string, Child>();
    for (let i = 0; i < options.targets; i++) {
      const children = this.#stack(`target-${i}`);
      for (const [k, ask] of children.entries()) tops.set(`bench/target-${i}#${k}`, ask);
    }
    this.#top = topOf(
      (name, request) => this.#ask(tops, name, request),
      () => this.#nowMs,
    );
    for (const name of tops.keys()) this.#top.announce(name, 0);
  }

  /** Timings that were reported so far. */
  get timings(): number {
    return this.#timings;
  }

  /** Every shard takes a report, then every tier ticks, in the order in which news go up. */
  async step(timingsPerShard: number): Promise<void> {
    this.#nowMs += STEP_MS;
    for (const { target, state } of this.#shards) this.#report(target, state, timingsPerShard);
    await this.#tick();
  }

  /** Ticks without losses until everything must be at the top. */
  async settle(): Promise<void> {
    this.#isLossy = false;
    this.#nowMs += STEP_MS;
    await this.#tick();
  }

  /** The last minute of every series against one histogram of all its timings, bucket by bucket. */
  async differences(): Promise<Difference[]> {
    const filter = { windows: ["1m" as const], histograms: true };
    const { series, ledger } = await this.#top.live(filter);
    const shown = new Map(
      series.map((view) => [`${view.target} ${view.operation}`, view.windows["1m"]]),
    );
    const wrong = [...this.#truth].flatMap(([name, counts]) => {
      const window = shown.get(name);
      if (window?.histogram === encodeHdrV2Base64(counts)) return [];
      return [{ series: name, shown: window?.count ?? 0, counted: counts.total }];
    });
    const books = { series: "the books", shown: ledger.merged, counted: this.#timings };
    const isBooked = ledger.isBalanced && ledger.merged === this.#timings;
    return isBooked ? wrong : [...wrong, books];
  }

  /** @returns whom the tenant's coordinator asks for a target. */
  #stack(target: string): Child[] {
    const { shardsPerTarget, tiers } = this.#options;
    let below: Child[] = Array.from({ length: shardsPerTarget }, () => {
      const state = new ShardState(new SqliteShardStore(nodeSqlite()), 64);
      this.#shards.push({ target, state });
      return (request) => state.collect(request, this.#nowMs);
    });
    for (const [tier, count] of tiers.entries()) {
      const groups = Array.from({ length: count }, (_, i) => {
        const own = below.filter((_child, k) => k % count === i);
        return new MiddleCoordinator(own);
      });
      (this.#middles[tier] ??= []).push(...groups);
      below = groups.map((group) => (request) => group.collect(request));
    }
    return below;
  }

  async #tick(): Promise<void> {
    for (const tier of this.#middles) for (const middle of tier) middle.tick();
    await this.#top.tick();
  }

  #ask(
    tops: ReadonlyMap<string, Child>,
    name: string,
    request: CollectRequest,
  ): Promise<CollectAnswer> {
    const ask = tops.get(name);
    if (ask === undefined) return Promise.reject(new Error(`nobody is called ${name}`));
    const answer = ask(request);
    const isLost = this.#isLossy && this.#options.random() < this.#options.lossShare;
    return isLost ? Promise.reject(new Error("lost on the way")) : Promise.resolve(answer);
  }

  #report(target: string, state: ShardState, timings: number): void {
    const { operations, random } = this.#options;
    this.#sequence += 1;
    const durationUs = Int32Array.from({ length: timings }, () =>
      Math.round(logNormal(random, 80_000, 1)),
    );
    const columns = {
      operations: Array.from({ length: operations }, (_, i) => `operation-${i}`),
      baseAt: this.#nowMs - STEP_MS,
      durationUs,
      atOffsetMs: Int32Array.from({ length: timings }, () => random() * STEP_MS),
      operationIndex: Uint8Array.from({ length: timings }, () => random() * operations),
      outcome: new Uint8Array(timings),
    };
    const sender = { reporter: "bench", sequence: this.#sequence };
    const content = { kind: "timings" as const, columns };
    state.commit([{ ...sender, content, givenUp: 0, refused: {} }], this.#nowMs);
    for (const [i, us] of durationUs.entries()) {
      const operation = columns.operations[columns.operationIndex[i] ?? 0] ?? "";
      this.#count(`${target} ${operation}`, us);
      this.#count(`${target} ${WHOLE_TARGET}`, us);
    }
    this.#timings += timings;
  }

  #count(series: string, us: number): void {
    const counts = this.#truth.get(series) ?? new PagedCounts();
    this.#truth.set(series, counts);
    counts.add(bucketIndex(us), 1);
  }
}

function topOf(
  collect: (name: string, request: CollectRequest) => Promise<CollectAnswer>,
  now: () => number,
): TenantCoordinator {
  const database = nodeSqlite();
  return new TenantCoordinator({
    tenant: "bench",
    epoch: "bench",
    config: parseConfig({}),
    store: new SqliteTenantStore(database),
    alertStore: new SqliteAlertStore(database),
    atomically: (run) => database.transactionSync(run),
    invalidations: new SqliteInvalidationLog(database, 0),
    archive: { write: () => Promise.resolve(), deleteBefore: () => Promise.resolve(0) },
    dispatcher: { handOver: () => Promise.reject(new Error("nobody is to be told")) },
    newId: () => crypto.randomUUID(),
    shards: { collect },
    rollups: {
      write: () => Promise.resolve(),
      deleteBefore: () => Promise.resolve(0),
      listSeries: () => Promise.resolve([]),
    },
    now,
  });
}
