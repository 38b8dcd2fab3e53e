import { ShardState } from "../../src/merge/shard-state.ts";
import { decodeShardReport, encodeShardReport } from "../../src/wire/shard-message.ts";
import type { ShardReport } from "../../src/wire/shard-rpc.ts";
import { SqliteShardStore } from "../../durable-objects/storage/sqlite-shard-store.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { cpuMs } from "../lib/cpu-ms.ts";
import { nodeSqlite } from "../lib/node-sqlite.ts";
import { logNormal } from "../lib/random.ts";
import { median } from "../lib/statistics.ts";
import { TickWorld } from "../lib/tick-world.ts";
import type { Costs, TickCosts } from "./costs.ts";
import { fitCosts, type Observation } from "./fit-costs.ts";
import { measureSeriesMemory } from "./series-memory.ts";

/** New timings of an operation of a shard between two ticks, and how many ticks are measured. */
const LEVELS = [
  { timings: 20, ticks: 14 },
  { timings: 200, ticks: 10 },
  { timings: 2_000, ticks: 6 },
] as const;

/** Shards, targets and operations: enough differences to tell the causes of a tick's cost apart. */
const WORLDS = [
  { shards: 4, targets: 4, seriesPerShard: 1 },
  { shards: 16, targets: 16, seriesPerShard: 1 },
  { shards: 8, targets: 8, seriesPerShard: 6 },
  { shards: 24, targets: 2, seriesPerShard: 5 },
] as const;

/** Reports in a group, and timings in each of them. */
const REPORTS = [
  { reports: 1, timings: 1 },
  { reports: 32, timings: 1 },
  { reports: 32, timings: 64 },
  { reports: 8, timings: 1_000 },
] as const;

const START = Date.UTC(2026, 10, 20, 12, 0, 30);

/** What the model is given: measured here and now, on this machine. */
export async function measureCosts(
  quick: boolean,
  progress: (text: string) => void,
): Promise<Costs> {
  progress("tiers: what a report costs");
  const [groupMs = 0, reportMs = 0, timingMs = 0] = fitCosts(
    REPORTS.map((load) => observeGroups(load, quick ? 100 : 400)),
  );
  const ticks: TickCosts[] = [];
  for (const { timings, ticks: measured } of quick ? LEVELS.slice(0, 2) : LEVELS) {
    progress(`tiers: what a tick costs at ${timings} timings a series`);
    ticks.push(await tickCosts(timings, quick ? 4 : measured));
  }
  progress("tiers: what a series holds");
  const memory = await measureSeriesMemory(quick ? [10] : [10, 1_000]);
  return { groupMs, reportMs, timingMs, ticks, memory };
}

/** Groups that are measured together, and what they left is collected after them. */
const GROUPS_AT_ONCE = 10;

/** CPU of one group of reports: taking the messages apart and one log row for all. */
function observeGroups(
  { reports, timings }: (typeof REPORTS)[number],
  groups: number,
): Observation {
  const state = new ShardState(new SqliteShardStore(nodeSqlite()), 64);
  const random = seededRandom(3);
  let sequence = 0;
  let measuredMs = 0;
  for (let done = 0; done < groups; done += GROUPS_AT_ONCE) {
    const stretch = Array.from({ length: GROUPS_AT_ONCE }, () => {
      sequence += 1;
      const nowMs = START + sequence * 20;
      const messages = Array.from({ length: reports }, (_, i) =>
        encodeShardReport(reportOf(`isolate-${i}`, sequence, timings, nowMs, random)),
      );
      return { messages, nowMs };
    });
    const costMs = cpuMs(() => {
      for (const { messages, nowMs } of stretch) {
        state.commit(messages.map(decodeShardReport), nowMs);
      }
    });
    // The first half pays for the compiler.
    if (done >= groups / 2) measuredMs += costMs;
    // What nobody collects would gather.
    const request = { durable: state.head, seen: state.head, watched: true, dormant: false };
    state.collect(request, START + sequence * 20);
  }
  return { causes: [1, reports, reports * timings], cost: measuredMs / (groups / 2) };
}

function reportOf(
  reporter: string,
  sequence: number,
  timings: number,
  nowMs: number,
  random: () => number,
): ShardReport {
  const columns = {
    operations: ["a", "b", "c", "d", "e"],
    baseAt: nowMs - 250,
    durationUs: Int32Array.from({ length: timings }, () => logNormal(random, 80_000, 0.45)),
    atOffsetMs: Int32Array.from({ length: timings }, (_, i) => (i / timings) * 250),
    operationIndex: Uint8Array.from({ length: timings }, (_, i) => i % 5),
    outcome: new Uint8Array(timings),
  };
  return { reporter, sequence, content: { kind: "timings", columns }, givenUp: 0, refused: {} };
}

async function tickCosts(timingsPerEntry: number, ticks: number): Promise<TickCosts> {
  const coordinator: Observation[] = [];
  const shards: Observation[] = [];
  for (const size of WORLDS) {
    const { wholeMs, shardsMs } = await medianTick(size, timingsPerEntry, ticks);
    const entries = size.shards * size.seriesPerShard;
    const series = size.targets * (size.seriesPerShard + 1);
    coordinator.push({ causes: [size.shards, entries, series], cost: wholeMs - shardsMs });
    shards.push({ causes: [size.shards, entries], cost: shardsMs });
  }
  const [shardMs = 0, entryMs = 0, seriesMs = 0] = fitCosts(coordinator);
  const [collectMs = 0, collectEntryMs = 0] = fitCosts(shards);
  return { timingsPerEntry, shardMs, entryMs, seriesMs, collectMs, collectEntryMs };
}

async function medianTick(
  size: (typeof WORLDS)[number],
  timingsPerSeries: number,
  ticks: number,
): Promise<{ wholeMs: number; shardsMs: number }> {
  const world = new TickWorld(size);
  for (let i = 0; i < ticks / 2; i++) await world.tick({ timingsPerSeries });
  const costs = [];
  for (let i = 0; i < ticks; i++) costs.push(await world.tick({ timingsPerSeries }));
  const plain = costs.filter(({ isCheckpoint }) => !isCheckpoint);
  return {
    wholeMs: median(plain.map(({ wholeMs }) => wholeMs)),
    shardsMs: median(plain.map(({ shardsMs }) => shardsMs)),
  };
}
