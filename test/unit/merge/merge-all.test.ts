import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { type Delta, readDelta, writeDelta } from "../../../src/merge/delta.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { decodeSlotList, encodeSlotList } from "../../../src/merge/slot-list.ts";
import { TenantState } from "../../../src/merge/tenant-state.ts";
import { windowStats } from "../../../src/merge/window-stats.ts";
import { HOUR_MS, MINUTE_MS, startOf } from "../../../src/merge/slot-time.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import type { CollectAnswer } from "../../../src/wire/shard-rpc.ts";
import { columnsOf } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { MemoryTenantStore } from "../../support/memory-tenant-store.ts";
import { seedOf } from "../../support/seeded.ts";

const BEGIN = Date.UTC(2026, 10, 20, 12, 0, 3);
const SHARDS = ["acme/meta#0", "acme/meta#1", "acme/meta#2", "acme/google#0", "acme/google#1"];
const OPERATIONS = ["events", "audiences"];
const OK = OUTCOMES.indexOf("ok");
const ERROR = OUTCOMES.indexOf("error");

/** A tenant, and a way to merge one round of answers into it. */
interface Merger {
  readonly tenant: TenantState;
  readonly merge: (answers: ReadonlyMap<string, CollectAnswer>, nowMs: number) => void;
}

function merger(
  name: "one by one" | "all at once",
  store: MemoryTenantStore = new MemoryTenantStore(),
): Merger {
  const tenant = new TenantState(store, BEGIN);
  for (const shard of SHARDS) tenant.addShard(shard, shard.slice(5, -2), BEGIN);
  const merge: Merger["merge"] =
    name === "all at once"
      ? (answers, nowMs) => expect([...tenant.mergeAll(answers, nowMs)]).toEqual([])
      : (answers, nowMs) => {
          for (const [shard, answer] of answers) tenant.merge(shard, answer, nowMs);
        };
  return { tenant, merge };
}

/** All that can be seen of a tenant. */
function shown(tenant: TenantState, nowMs: number): unknown {
  const series = [...tenant.series].map(({ name, state }) => ({
    name,
    windows: Object.values(state.windows).map(windowStats),
    // The order of rows, and of the slots in one, says nothing.
    rows: tenant
      .unsettled(name, nowMs - HOUR_MS, nowMs + HOUR_MS)
      .map(({ body, ...row }) => ({
        ...row,
        slots: [...decodeSlotList(body)].toSorted(([left], [right]) => left - right),
      }))
      .toSorted((left, right) => left.stepMs - right.stepMs || left.at - right.at),
  }));
  return {
    series: series.toSorted((left, right) =>
      JSON.stringify(left.name) < JSON.stringify(right.name) ? -1 : 1,
    ),
    ledger: tenant.ledger(),
    streaks: [...tenant.takeErrorStreaks(nowMs)],
    counts: ["meta", "google"].map((target) => tenant.minuteCounts.sum(target, HOUR_MS)),
    cursors: [...tenant.shards.values()].map((shard) => shard.toStored()),
  };
}

/** What new shards tell of one timing each, all of another operation. */
function firstAnswers(): Map<string, CollectAnswer> {
  return new Map(
    SHARDS.map((name, i) => {
      const shard = new ShardState(new MemoryShardStore(), 64);
      const timings = [{ operation: `call${i}`, durationUs: 5, at: BEGIN - 10, outcome: OK }];
      const content = { kind: "timings" as const, columns: columnsOf(timings, BEGIN) };
      shard.commit([{ content, givenUp: 0, refused: {} }], BEGIN);
      const request = { seen: 0, durable: 0, watched: true, dormant: false };
      return [name, shard.collect(request, BEGIN)];
    }),
  );
}

/** A bucket at no distance from the one before cannot be: it is found when the buckets are read. */
const DAMAGED_COUNTS = Uint8Array.of(0, 1);

function damaged(answer: CollectAnswer | undefined): CollectAnswer {
  if (answer === undefined) throw new Error("it answered");
  const delta: Delta = readDelta(new ByteReader(answer.delta)).map((entry) => ({
    ...entry,
    aggregate: { ...entry.aggregate, counts: DAMAGED_COUNTS },
  }));
  const writer = new ByteWriter();
  writeDelta(writer, delta);
  return { ...answer, delta: writer.finish() };
}

/** A store in which reading a slot can fail. */
class FailingStore extends MemoryTenantStore {
  /** Reads until one fails. */
  readsLeft = Infinity;
  /** How many fail then. */
  failures = 1;
  /** Whose minutes come back with a damaged histogram. */
  damagedOperation: string | undefined;

  override readSlot(...of: Parameters<MemoryTenantStore["readSlot"]>): Uint8Array | undefined {
    this.readsLeft -= 1;
    if (this.readsLeft < 0 && this.readsLeft >= -this.failures) throw new Error("no such disk");
    const [stepMs, at, , operation] = of;
    if (stepMs !== MINUTE_MS || operation !== this.damagedOperation) return super.readSlot(...of);
    const [entry] = readDelta(new ByteReader(damaged([...firstAnswers().values()][0]).delta));
    return entry && encodeSlotList(new Map([[at, entry.aggregate]]));
  }
}

const timing = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  durationUs: fc.integer({ min: 1, max: 600_000_000 }),
  agoMs: fc.nat(200_000),
  isError: fc.boolean(),
  rows: fc.option(fc.nat(50), { nil: undefined }),
});

const round = fc.record({
  /** By shard: what it takes in, and whether its answer is lost. */
  reports: fc.array(fc.array(timing, { maxLength: 6 }), {
    minLength: SHARDS.length,
    maxLength: SHARDS.length,
  }),
  lost: fc.array(fc.boolean(), { minLength: SHARDS.length, maxLength: SHARDS.length }),
  isCheckpoint: fc.boolean(),
});

describe("answers of several shards", () => {
  it("come to the same merged at once as one by one, whatever is lost", () => {
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 6 }), (rounds) => {
        const single = merger("one by one");
        const whole = merger("all at once");
        const shards = SHARDS.map((name) => ({
          name,
          state: new ShardState(new MemoryShardStore(), 64),
        }));
        let nowMs = BEGIN;
        for (const { reports, lost, isCheckpoint } of rounds) {
          nowMs += 20_000;
          const answers = new Map<string, CollectAnswer>();
          for (const [i, { name, state }] of shards.entries()) {
            const timings = (reports[i] ?? []).map(({ agoMs, isError, rows, ...rest }) => ({
              ...rest,
              at: nowMs - agoMs,
              outcome: isError ? ERROR : OK,
              measures: rows === undefined ? {} : { rowsRead: rows },
            }));
            const content = { kind: "timings" as const, columns: columnsOf(timings, nowMs) };
            state.commit([{ content, givenUp: 0, refused: {} }], nowMs);
            const { seen = 0, durable = 0 } = whole.tenant.shards.get(name) ?? {};
            const answer = state.collect({ seen, durable, watched: true, dormant: false }, nowMs);
            if (lost[i] !== true) answers.set(name, answer);
          }
          for (const { tenant, merge } of [single, whole]) {
            merge(answers, nowMs);
            tenant.advance(nowMs);
            if (isCheckpoint) tenant.checkpoint(nowMs);
          }
          expect(shown(whole.tenant, nowMs)).toEqual(shown(single.tenant, nowMs));
        }
        const reported = rounds.flatMap(({ reports }) => reports.flat());
        expect(whole.tenant.ledger().offered).toBeLessThanOrEqual(reported.length);
      }),
      { seed: seedOf("merge all", process.env["SEED"]), numRuns: 150 },
    );
  });

  it("are not held up by one that cannot be read, and it is told of by name", () => {
    const { tenant } = merger("all at once");
    const answers = new Map(
      SHARDS.map((name) => {
        const shard = new ShardState(new MemoryShardStore(), 64);
        const at = BEGIN - 10;
        const columns = columnsOf([{ operation: "events", durationUs: 5, at, outcome: OK }], BEGIN);
        shard.commit([{ content: { kind: "timings", columns }, givenUp: 0, refused: {} }], BEGIN);
        const request = { seen: 0, durable: 0, watched: true, dormant: false };
        return [name, shard.collect(request, BEGIN)];
      }),
    );
    const bad = new ByteWriter(8);
    bad.varint(1_000_000);
    const answer = answers.get("acme/meta#1");
    if (answer === undefined) throw new Error("it answered");
    answers.set("acme/meta#1", { ...answer, delta: bad.finish() });
    const failed = tenant.mergeAll(answers, BEGIN);
    expect([...failed.keys()]).toEqual(["acme/meta#1"]);
    expect(tenant.ledger().merged).toBe(SHARDS.length - 1);
    expect(tenant.shards.get("acme/meta#1")?.seen).toBe(0);
    // What it has is merged as soon as it can be read.
    expect([...tenant.mergeAll(new Map([["acme/meta#1", answer]]), BEGIN)]).toEqual([]);
    expect(tenant.ledger()).toMatchObject({ merged: SHARDS.length, isBalanced: true });
  });

  it("are not held up, and count once, while one has buckets that cannot be read", () => {
    const { tenant } = merger("all at once");
    const answers = firstAnswers();
    const answer = answers.get("acme/meta#1");
    answers.set("acme/meta#1", damaged(answer));
    const clean = merger("all at once");
    clean.merge(new Map([...answers].filter(([name]) => name !== "acme/meta#1")), BEGIN);
    for (let tick = 0; tick < 3; tick++) {
      // Shards that were not heard tell the same again; those that were are not merged twice.
      const failed = tenant.mergeAll(answers, BEGIN);
      expect([...failed.keys()]).toEqual(["acme/meta#1"]);
      expect([...tenant.shards.values()].map(({ seen }) => seen)).toEqual([1, 0, 1, 1, 1]);
    }
    expect(shown(tenant, BEGIN)).toEqual(shown(clean.tenant, BEGIN));
    if (answer !== undefined) tenant.mergeAll(new Map([["acme/meta#1", answer]]), BEGIN);
    expect(tenant.ledger()).toMatchObject({ merged: SHARDS.length, isBalanced: true });
  });

  it("change nothing when storage fails while they are merged, and count once after that", () => {
    const clean = merger("all at once");
    clean.merge(firstAnswers(), BEGIN);
    clean.tenant.advance(BEGIN);
    const expected = shown(clean.tenant, BEGIN);
    let hasFailed = 0;
    for (const failures of [1, Infinity]) {
      for (let read = 0; read < 12; read++) {
        const store = new FailingStore();
        const { tenant } = merger("all at once", store);
        store.readsLeft = read;
        store.failures = failures;
        const failed = tenant.mergeAll(firstAnswers(), BEGIN);
        const untold = [...tenant.shards.values()].filter(({ seen }) => seen === 0);
        expect(untold.map(({ name }) => name)).toEqual([...failed.keys()]);
        expect(tenant.ledger().merged).toBe(SHARDS.length - failed.size);
        hasFailed += failed.size;
        store.readsLeft = Infinity;
        expect([...tenant.mergeAll(firstAnswers(), BEGIN)]).toEqual([]);
        tenant.advance(BEGIN);
        expect(shown(tenant, BEGIN)).toEqual(expected);
      }
    }
    expect(hasFailed).toBeGreaterThan(0);
  });

  it("are merged without those that add to a stored minute that cannot be read", () => {
    const store = new FailingStore();
    store.damagedOperation = "call1";
    const { tenant } = merger("all at once", store);
    for (let tick = 0; tick < 3; tick++) {
      const failed = tenant.mergeAll(firstAnswers(), BEGIN);
      expect([...failed.keys()]).toEqual(["acme/meta#1"]);
    }
    expect(tenant.ledger().merged).toBe(SHARDS.length - 1);
    const counts = ["meta", "google"].map(
      (target) => tenant.minuteCounts.sum(target, HOUR_MS).count,
    );
    expect(counts).toEqual([2, 2]);
    const hour = startOf(BEGIN, HOUR_MS);
    const [row] = tenant
      .unsettled({ target: "meta", operation: "*" }, hour, hour + HOUR_MS)
      .filter(({ stepMs }) => stepMs === HOUR_MS);
    expect(row && decodeSlotList(row.body).get(hour)?.count).toBe(2);
  });
});
