import fc from "fast-check";
import { expect, test } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { writeDelta } from "../../../src/merge/delta.ts";
import { RUN_SHOWN_MS } from "../../../src/merge/error-run.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { HOUR_MS } from "../../../src/merge/slot-time.ts";
import { TenantState } from "../../../src/merge/tenant-state.ts";
import type { CollectAnswer, ShardReport } from "../../../src/wire/shard-rpc.ts";
import { columnsOf } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { MemoryTenantStore } from "../../support/memory-tenant-store.ts";
import { longestSince, unordered } from "../../support/plain-runs.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const OK = 0;
const ERROR = 1;

interface Shard {
  readonly name: string;
  readonly store: MemoryShardStore;
  state: ShardState;
  /** Every outcome it took in, in order, as far as its order is known. */
  readonly outcomes: number[];
  /** How many of them each log row ends with. */
  readonly endOfRow: Map<number, number>;
  /** How many are merged, and how many of those somebody has looked at. */
  place: { readonly merged: number; readonly looked: number };
  durable: { readonly merged: number; readonly looked: number };
  readonly answers: CollectAnswer[];
}

/** Two shards of one target and the tenant that reads them. */
class World {
  readonly store = new MemoryTenantStore();
  readonly shards: readonly Shard[];
  tenant: TenantState;
  nowMs = NOW;

  constructor() {
    this.tenant = new TenantState(this.store, NOW);
    this.shards = ["acme/meta#0", "acme/meta#1"].map((name) => {
      this.tenant.addShard(name, "meta", NOW);
      const store = new MemoryShardStore();
      return {
        name,
        store,
        state: new ShardState(store, 4),
        outcomes: [],
        endOfRow: new Map([[0, 0]]),
        place: { merged: 0, looked: 0 },
        durable: { merged: 0, looked: 0 },
        answers: [],
      };
    });
  }

  shard(index: number): Shard {
    const found = this.shards[index];
    if (found === undefined) throw new Error(`there is no shard ${index}`);
    return found;
  }

  /** Counts reports in one group. */
  commit(shard: Shard, reports: readonly { isHistogram: boolean; outcomes: number[] }[]): void {
    const group = reports.map(({ isHistogram, outcomes }) =>
      isHistogram ? histogramsOf(outcomes, this.nowMs) : timingsOf(outcomes, this.nowMs),
    );
    shard.state.commit(group, this.nowMs);
    for (const { isHistogram, outcomes } of reports) {
      shard.outcomes.push(...(isHistogram ? unordered(outcomes) : outcomes));
    }
    shard.endOfRow.set(shard.state.head, shard.outcomes.length);
  }

  ask(shard: Shard): CollectAnswer {
    const cursor = this.tenant.shards.get(shard.name);
    const { seen = 0, durable = 0 } = cursor ?? {};
    const request = { seen, durable, watched: false, dormant: false };
    return structuredClone(shard.state.collect(request, this.nowMs));
  }

  collect(shard: Shard): void {
    const answer = this.ask(shard);
    shard.answers.push(answer);
    expect(this.tenant.merge(shard.name, answer, this.nowMs)).toBe(true);
    shard.place = { ...shard.place, merged: shard.endOfRow.get(answer.to) ?? Number.NaN };
  }

  /** What comes late is merged only if it goes on where the tenant is. */
  mergeAgain(shard: Shard, age: number): void {
    const answer = shard.answers.at(-1 - age);
    if (answer === undefined || answer.to === answer.from) return;
    const seen = this.tenant.shards.get(shard.name)?.seen;
    const isNext = answer.from === seen;
    if (answer.from > (seen ?? 0)) return;
    expect(this.tenant.merge(shard.name, answer, this.nowMs)).toBe(isNext);
    if (isNext) shard.place = { ...shard.place, merged: shard.endOfRow.get(answer.to) ?? 0 };
  }

  look(): void {
    const longest = this.shards.map(({ outcomes, place }) =>
      longestSince(outcomes.slice(0, place.merged), place.looked),
    );
    const found = this.tenant.takeErrorStreaks(this.nowMs);
    expect([...found]).toEqual([["meta", Math.max(...longest)]]);
    for (const shard of this.shards) {
      shard.place = { ...shard.place, looked: shard.place.merged };
    }
  }

  checkpoint(): void {
    this.tenant.checkpoint(this.nowMs);
    expect(this.tenant.isDirty).toBe(false);
    for (const shard of this.shards) shard.durable = shard.place;
  }

  /** What is not in storage is gone. */
  crash(): void {
    this.tenant = new TenantState(this.store, this.nowMs);
    for (const shard of this.shards) shard.place = shard.durable;
  }
}

function timingsOf(outcomes: readonly number[], nowMs: number): ShardReport {
  const timings = outcomes.map((outcome, i) => ({
    operation: i % 2 === 0 ? "events" : "lookup",
    // The order counts, not the time.
    at: nowMs - ((i * 7_919) % 60_000),
    durationUs: 1_000,
    outcome,
  }));
  const content = { kind: "timings" as const, columns: columnsOf(timings, nowMs) };
  return { content, givenUp: 0, refused: {} };
}

function histogramsOf(outcomes: readonly number[], nowMs: number): ShardReport {
  const builder = new AggregateBuilder();
  for (const outcome of outcomes) builder.record(1_000, outcome);
  const writer = new ByteWriter();
  const slotStart = Math.floor(nowMs / 5_000) * 5_000;
  const aggregate = builder.finish();
  writeDelta(writer, outcomes.length === 0 ? [] : [{ slotStart, operation: "events", aggregate }]);
  const content = {
    kind: "histograms" as const,
    delta: writer.finish(),
    timings: outcomes.length,
  };
  return { content, givenUp: 0, refused: {} };
}

const shard = fc.nat(1);

const report = fc.record({
  isHistogram: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
  outcomes: fc.array(fc.oneof(fc.nat(5), fc.constantFrom(1, 2)), { maxLength: 6 }),
});

type Step =
  | {
      readonly do: "commit";
      readonly shard: number;
      readonly reports: { isHistogram: boolean; outcomes: number[] }[];
    }
  | { readonly do: "collect" | "answer_lost" | "evict_shard"; readonly shard: number }
  | { readonly do: "merge_again"; readonly shard: number; readonly age: number }
  | { readonly do: "look" | "checkpoint" | "crash" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      shard,
      reports: fc.array(report, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("collect" as const, "collect", "answer_lost", "evict_shard"),
      shard,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("merge_again" as const), shard, age: fc.nat(2) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("look" as const, "look", "checkpoint", "crash") }),
  },
);

function act(world: World, action: Step): void {
  switch (action.do) {
    case "commit":
      world.commit(world.shard(action.shard), action.reports);
      return;
    case "collect":
      world.collect(world.shard(action.shard));
      return;
    case "answer_lost":
      world.ask(world.shard(action.shard));
      return;
    case "evict_shard": {
      const evicted = world.shard(action.shard);
      evicted.state = new ShardState(evicted.store, 4);
      return;
    }
    case "merge_again":
      world.mergeAgain(world.shard(action.shard), action.age);
      return;
    case "look":
      world.look();
      return;
    case "checkpoint":
      world.checkpoint();
      return;
    case "crash":
      world.crash();
  }
}

test("whatever is lost, comes twice or crashes, every look sees the runs of the plain order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new World();
      for (const action of steps) act(world, action);
      for (const one of world.shards) world.collect(one);
      world.look();
      world.look();
    }),
    {
      seed: seedOf("error run", process.env["SEED"]),
      numRuns: Number(process.env["RUNS"] ?? 500),
    },
  );
});

function taken(world: World): number | undefined {
  return world.tenant.takeErrorStreaks(world.nowMs).get("meta");
}

function takeIn(world: World, ...outcomes: number[]): void {
  world.commit(world.shard(0), [{ isHistogram: false, outcomes }]);
  world.collect(world.shard(0));
}

test("a run that ended between two looks is seen once, with what it had before", () => {
  const world = new World();
  takeIn(world, OK, ERROR, ERROR, ERROR);
  expect(taken(world)).toBe(3);
  takeIn(world, ERROR, ERROR, OK, ERROR);
  expect(taken(world)).toBe(5);
  expect(taken(world)).toBe(1);
  takeIn(world, OK);
  expect(taken(world)).toBe(0);
});

test("a look is over with the next checkpoint, and what nobody looked at is not", () => {
  const world = new World();
  takeIn(world, ERROR, ERROR, OK);
  world.checkpoint();
  world.crash();
  expect(taken(world)).toBe(2);
  expect(world.tenant.isDirty).toBe(true);
  world.checkpoint();
  world.crash();
  expect(taken(world)).toBe(0);
  expect(world.tenant.isDirty).toBe(false);
});

test("a run stands without an end, and is not shown while its shard is silent", () => {
  const world = new World();
  takeIn(world, ERROR, ERROR);
  expect(taken(world)).toBe(2);
  world.nowMs += RUN_SHOWN_MS;
  world.collect(world.shard(0));
  expect(taken(world)).toBe(2);
  world.nowMs += 1;
  world.collect(world.shard(0));
  expect(taken(world)).toBe(0);
  world.nowMs += 3 * HOUR_MS;
  takeIn(world, ERROR);
  expect(taken(world)).toBe(3);
});

test("a target without a shard is not known, one without errors has none", () => {
  const world = new World();
  expect(taken(world)).toBe(0);
  expect(world.tenant.takeErrorStreaks(NOW).get("google")).toBeUndefined();
});

test("rows that were deleted before they were read end a run: nobody knows what was in them", () => {
  const world = new World();
  takeIn(world, ERROR, ERROR);
  expect(taken(world)).toBe(2);
  const one = world.shard(0);
  world.commit(one, [{ isHistogram: false, outcomes: [ERROR] }]);
  // A coordinator of another life has read them, and its storage was lost.
  one.state.collect({ seen: 2, durable: 2, watched: false, dormant: false }, NOW);
  world.commit(one, [{ isHistogram: false, outcomes: [ERROR] }]);
  const answer = world.ask(one);
  expect(answer).toMatchObject({ from: 2, to: 3 });
  expect(world.tenant.merge(one.name, answer, NOW)).toBe(true);
  expect(world.tenant.shards.get(one.name)?.toStored().errors.length).toBe(1);
});

test("an answer without a streak is read for what its timings say without an order", () => {
  const world = new World();
  const one = world.shard(0);
  const older = (...outcomes: number[]): void => {
    world.commit(one, [{ isHistogram: false, outcomes }]);
    const { streak: _, ...answer } = world.ask(one);
    expect(world.tenant.merge(one.name, answer, NOW)).toBe(true);
  };
  older(ERROR, ERROR);
  older(ERROR);
  expect(taken(world)).toBe(3);
  older(ERROR, OK, ERROR, ERROR, ERROR, ERROR);
  expect(taken(world)).toBe(0);
});
