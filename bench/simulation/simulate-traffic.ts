import { tachograph, type TachographBinding } from "../../src/client/index.ts";
import type { ReportAnswer, ReportRequest } from "../../src/wire/report.ts";
import type { ShardReport } from "../../src/wire/shard-rpc.ts";
import { logNormal } from "../lib/random.ts";
import { percentile } from "../lib/statistics.ts";
import { SimulatedShard } from "./simulated-shard.ts";
import { type SimulatedTier, startTiers, untilNextTickMs } from "./simulated-tiers.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** How often what is done. Milliseconds. */
export interface Pace {
  readonly flushMs: number;
  readonly lingerMs: number;
  readonly tickMs: number;
}

/** Isolates whose reports come to the same shards: one of each target. Times are milliseconds. */
export interface TrafficModel extends Pace {
  readonly targets: number;
  /** Of each isolate: milliseconds until its next request, again and again; each calls every target. */
  readonly isolates: readonly (() => number)[];
  /** From an isolate to a shard, one way: log-normal around this. */
  readonly networkMs: number;
  readonly commitMs: number;
  /** How long a report keeps its shard busy, one at a time; no time if absent. */
  readonly serviceMs?: number;
  /** From the coordinator to a shard and back. */
  readonly roundTripMs: number;
  /** How often it asks as many shards as it asks at the same time, until it has asked all. */
  readonly waves: number;
  /** CPU of its tick; none if absent. */
  readonly tickCpuMs?: number;
  /** Coordinators above it, the last of which shows what it has; the one of the shards if absent. */
  readonly above?: readonly SimulatedTier[];
}

/** What came of it in a second, and how old a timing was when it was first shown. */
export interface Traffic {
  /** Flushes: calls of the service binding, each with the reports of all targets. */
  readonly flushesPerSecond: number;
  /** Reports to shards, in sessions or not. */
  readonly reportsPerSecond: number;
  /** Sessions and reports outside of any: what the shards are billed as requests of reporters. */
  readonly shardRequestsPerSecond: number;
  /** Log rows of all shards. */
  readonly commitsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Shards that said of themselves that they may be held open: from the next report on they are. */
type HeldShards = Map<string, "wanted" | "held">;

/** Requests that come at random, so many a second: milliseconds between them. */
export function randomGaps(perSecond: number, random: () => number): () => number {
  return () => (-Math.log(1 - random()) / perSecond) * 1_000;
}

const START = Date.UTC(2026, 10, 20, 12);
const NETWORK_SIGMA = 0.5;

/**
 * Runs the project's own client in every isolate and its own group commit in every shard, in virtual
 * time, with requests that come at random and a coordinator that asks.
 * @param random uniform in [0, 1): the only source of chance.
 */
export async function simulateTraffic(
  model: TrafficModel,
  warmUpMs: number,
  durationMs: number,
  random: () => number,
): Promise<Traffic> {
  const world = new TrafficWorld(model, random);
  await world.clock.runUntil(START + warmUpMs);
  const before = world.counts();
  world.ages = [];
  await world.clock.runUntil(START + warmUpMs + durationMs);
  const after = world.counts();
  const perSecond = (of: keyof typeof after): number =>
    ((after[of] - before[of]) / durationMs) * 1_000;
  return {
    flushesPerSecond: perSecond("flushes"),
    reportsPerSecond: perSecond("reports"),
    shardRequestsPerSecond: perSecond("shardRequests"),
    commitsPerSecond: perSecond("commits"),
    p50Ms: percentile(world.ages, 50),
    p99Ms: percentile(world.ages, 99),
  };
}

class TrafficWorld {
  readonly clock = new VirtualClock(START);
  ages: number[] = [];
  #flushes = 0;
  #reports = 0;
  #shardRequests = 0;
  readonly #model: TrafficModel;
  readonly #random: () => number;
  readonly #shards: ReadonlyMap<string, SimulatedShard>;
  /** Takes what a tick brought up: when each call ended. */
  readonly #handUp: (endedAt: readonly number[]) => void;

  constructor(model: TrafficModel, random: () => number) {
    this.#model = model;
    this.#random = random;
    this.#shards = new Map(
      Array.from({ length: model.targets }, (_, i) => [
        `target-${i}`,
        new SimulatedShard(this.clock, model),
      ]),
    );
    this.#handUp = startTiers(model.above ?? [], this.clock, random, (endedAt) => {
      const shownAt = this.clock.now();
      for (const at of endedAt) this.ages.push(shownAt - at);
    });
    for (const [i, gapMs] of model.isolates.entries()) this.#startIsolate(`iso-${i}`, gapMs);
    this.clock.startTimer(() => this.#tick(), random() * model.tickMs);
  }

  counts(): { flushes: number; reports: number; shardRequests: number; commits: number } {
    const commits = [...this.#shards.values()].reduce((sum, shard) => sum + shard.commits, 0);
    const [flushes, reports] = [this.#flushes, this.#reports];
    return { flushes, reports, shardRequests: this.#shardRequests, commits };
  }

  #startIsolate(reporter: string, gapMs: () => number): void {
    const binding = this.#binding();
    const options = {
      clock: this.clock.now,
      stopwatch: this.clock.now,
      random: this.#random,
      timer: this.clock.startTimer,
      reporter: () => reporter,
    };
    const next = (): void => {
      this.clock.startTimer(() => {
        const client = tachograph(binding, { waitUntil: () => undefined }, options);
        for (const target of this.#shards.keys()) client.record(target, "events", 120);
        next();
      }, gapMs());
    };
    next();
  }

  #binding(): TachographBinding {
    return {
      open: () => {
        const held: HeldShards = new Map();
        return {
          report: (request) => this.#report(request, held),
          [Symbol.dispose]: () => undefined,
        };
      },
      report: (request) => this.#report(request, new Map()),
      permit: ({ target }) => Promise.resolve({ kind: "unlimited", target }),
    };
  }

  /** @param held what the client's session knows of shards: see `SessionCalls`. */
  async #report({ reporter, reports }: ReportRequest, held: HeldShards): Promise<ReportAnswer> {
    this.#flushes += 1;
    this.#reports += reports.length;
    const wayMs = logNormal(this.#random, this.#model.networkMs, NETWORK_SIGMA);
    await this.clock.sleep(wayMs);
    const results = await Promise.all(
      reports.map(async ({ target, sequence, columns, givenUp }) => {
        const known = held.get(target);
        // Alone, or as the first of a session.
        if (known !== "held") this.#shardRequests += 1;
        const content = { kind: "timings", columns } as const;
        const report: ShardReport = { reporter, sequence, content, givenUp, refused: {} };
        const mayHold = await this.#shards.get(target)?.report(report);
        if (mayHold !== true) held.delete(target);
        else held.set(target, known === undefined ? "wanted" : "held");
        const accepted = columns.durationUs.length;
        return { ok: true, target, accepted, duplicate: false, rejected: {} } as const;
      }),
    );
    await this.clock.sleep(wayMs);
    return { ok: true, flushMs: this.#model.flushMs, results };
  }

  #tick(): void {
    const { tickMs, roundTripMs, commitMs, waves, tickCpuMs = 0 } = this.#model;
    const startedAt = this.clock.now();
    const waveMs = roundTripMs + commitMs;
    const wallMs = waves * waveMs + tickCpuMs;
    void this.#collect(Math.floor(this.#random() * waves) * waveMs, startedAt + wallMs);
    this.clock.startTimer(() => this.#tick(), untilNextTickMs(tickMs, wallMs));
  }

  /** Asks these shards so long after the tick began, and is done no sooner than all are asked. */
  async #collect(afterMs: number, earliestAt: number): Promise<void> {
    const { roundTripMs } = this.#model;
    await this.clock.sleep(afterMs + roundTripMs / 2);
    const collected = await Promise.all([...this.#shards.values()].map((shard) => shard.collect()));
    await this.clock.sleep(Math.max(roundTripMs / 2, earliestAt - this.clock.now()));
    const endedAt: number[] = [];
    for (const { content } of collected.flat()) {
      if (content.kind !== "timings") continue;
      const { baseAt, atOffsetMs } = content.columns;
      for (const offsetMs of atOffsetMs) endedAt.push(baseAt + offsetMs);
    }
    this.#handUp(endedAt);
  }
}
