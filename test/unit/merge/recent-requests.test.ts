import fc from "fast-check";
import { expect, test } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { type Delta, writeDelta } from "../../../src/merge/delta.ts";
import { MAX_RECENT_REQUESTS } from "../../../src/merge/recent-requests.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { MAX_REPORTERS } from "../../../src/merge/watermarks.ts";
import type { CollectAnswer, ShardReport } from "../../../src/wire/shard-rpc.ts";
import { columnsOf } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 2);
const SLOT_MS = 5_000;
const HORIZON_MS = 300_000;
const AHEAD_MS = 30_000;

const slotOf = (at: number): number => at - (at % SLOT_MS);

function idOf(number: number): string {
  return number.toString(16).padStart(24, "0");
}

interface Entry {
  readonly at: number;
  readonly count: number;
}

function requestReport(number: number, entries: readonly Entry[]): ShardReport {
  const delta: Delta = entries.map(({ at, count }) => {
    const builder = new AggregateBuilder();
    if (count > 0) builder.record(1_000, 0, count);
    else builder.addMeasures(new Map([[0, { count: 1, parts: 7, at: 0 }]]));
    return { slotStart: slotOf(at), operation: "events", aggregate: builder.finish() };
  });
  const writer = new ByteWriter(64);
  writeDelta(writer, delta);
  const timings = entries.reduce((sum, { count }) => sum + count, 0);
  return {
    content: { kind: "histograms", delta: writer.finish(), timings, request: idOf(number) },
    givenUp: 0,
    refused: {},
  };
}

function newState(store: MemoryShardStore): ShardState {
  return new ShardState(store, 16);
}

function collect(state: ShardState, seen = 0, durable = 0): CollectAnswer {
  return state.collect({ seen, durable, watched: false, dormant: false }, NOW);
}

test("a request that comes again counts once, slot by slot", () => {
  const state = newState(new MemoryShardStore());
  const both = [
    { at: NOW, count: 3 },
    { at: NOW - 60_000, count: 4 },
  ];
  const refused = { bad_target: 2 };
  const first = { ...requestReport(1, both.slice(0, 1)), refused };
  const verdicts = state.commit([first, { ...requestReport(1, both), refused }], NOW);
  expect(verdicts).toMatchObject([
    { accepted: 3, duplicate: false },
    { accepted: 4, duplicate: false, rejectedAt: [] },
  ]);
  expect(state.commit([{ ...requestReport(1, both), refused }], NOW)).toMatchObject([
    { accepted: 0, duplicate: true },
  ]);
  expect(state.commit([requestReport(2, both)], NOW)).toMatchObject([{ accepted: 7 }]);
  const { ledger, requests } = collect(state);
  // What was refused of the request is booked once as well.
  expect(ledger).toMatchObject({
    offered: 26,
    accepted: 14,
    duplicates: 10,
    rejected: { bad_target: 2 },
  });
  expect(requests).toEqual({ known: 4, forgotten: 0 });
});

test("a request of measures alone counts once, too", () => {
  const store = new MemoryShardStore();
  const report = requestReport(1, [{ at: NOW, count: 0 }]);
  expect(newState(store).commit([report], NOW)).toMatchObject([{ duplicate: false }]);
  const rows = store.rowCount();
  expect(newState(store).commit([report], NOW)).toMatchObject([{ duplicate: true }]);
  expect(store.rowCount()).toBe(rows);
});

test("a reporter is known however many requests came since", () => {
  const state = newState(new MemoryShardStore());
  const timing = { operation: "events", at: NOW, durationUs: 1_000, outcome: 0 };
  const own: ShardReport = {
    reporter: "edge-1",
    sequence: 1,
    content: { kind: "timings", columns: columnsOf([timing], NOW) },
    givenUp: 0,
    refused: {},
  };
  state.commit([own], NOW);
  const some = Array.from({ length: 1_000 }, (_, i) => i);
  for (let i = 0; i <= MAX_REPORTERS; i += some.length) {
    state.commit(
      some.map((n) => requestReport(i + n, [{ at: NOW, count: 1 }])),
      NOW,
    );
  }
  expect(state.commit([own], NOW)).toMatchObject([{ accepted: 0, duplicate: true }]);
  expect(collect(state)).toMatchObject({ reporters: 1, forgottenReporters: 0 });
});

test("beyond the limit the oldest is forgotten and counted, and the state fits a row", () => {
  const store = new MemoryShardStore();
  const state = newState(store);
  const requests = Array.from({ length: MAX_RECENT_REQUESTS + 1 }, (_, i) =>
    requestReport(i, [{ at: NOW, count: 1 }]),
  );
  state.commit(requests, NOW);
  const long = "r".repeat(58);
  const reporters = Array.from({ length: MAX_REPORTERS }, (_, i) => ({
    reporter: long + String(i).padStart(6, "0"),
    sequence: Number.MAX_SAFE_INTEGER,
    content: { kind: "timings" as const, columns: columnsOf([], NOW) },
    givenUp: 0,
    refused: {},
  }));
  state.commit(reporters, NOW);
  expect(collect(state).requests).toEqual({ known: MAX_RECENT_REQUESTS, forgotten: 1 });
  collect(state, state.head, state.head);
  expect(store.loadState()?.length).toBeLessThan(1_900_000);
  const later = newState(store);
  const again = (number: number) =>
    later.commit([requestReport(number, [{ at: NOW, count: 1 }])], NOW)[0];
  expect(again(1)).toMatchObject({ duplicate: true });
  expect(again(MAX_RECENT_REQUESTS)).toMatchObject({ duplicate: true });
  expect(again(0)).toMatchObject({ duplicate: false, accepted: 1 });
});

test("what is forgotten for its age is refused when it comes again, also by a clock that went back", () => {
  const store = new MemoryShardStore();
  let state = newState(store);
  const old = requestReport(1, [
    { at: NOW, count: 3 },
    { at: NOW - 5_000, count: 0 },
  ]);
  state.commit([old], NOW);
  const later = NOW + HORIZON_MS + AHEAD_MS + 2 * SLOT_MS;
  state.commit([requestReport(2, [{ at: later, count: 1 }])], later);
  expect(collect(state).requests).toEqual({ known: 1, forgotten: 0 });
  for (const at of [later, NOW]) {
    expect(state.commit([old], at)).toEqual([
      {
        ok: true,
        accepted: 0,
        duplicate: false,
        rejected: { too_old: 3 },
        rejectedAt: [
          { position: 0, reason: "too_old", count: 3 },
          { position: 1, reason: "too_old", count: 0 },
        ],
      },
    ]);
    collect(state, state.head, state.head);
    state = newState(store);
  }
  expect(collect(state).ledger).toMatchObject({
    offered: 10,
    accepted: 4,
    rejected: { too_old: 6 },
  });
});

type Step =
  | { readonly do: "send"; readonly request: number; readonly from: number; readonly slots: number }
  | { readonly do: "again"; readonly which: number; readonly dropped: number }
  | { readonly do: "pass"; readonly durationMs: number }
  | { readonly do: "evict" | "trim" | "fail" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      request: fc.nat(1_000_000),
      from: fc.integer({ min: -HORIZON_MS, max: AHEAD_MS - 2 * SLOT_MS }),
      slots: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("again" as const),
      which: fc.nat(20),
      dropped: fc.nat(2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      durationMs: fc.oneof(
        fc.integer({ min: -AHEAD_MS, max: 60_000 }),
        fc.integer({ min: 0, max: 800_000 }),
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("evict" as const, "trim", "fail") }) },
);

/** Sends requests to a shard, and notes what of them was counted. */
class World {
  readonly #store = new MemoryShardStore();
  readonly #sent: { readonly number: number; readonly entries: readonly Entry[] }[] = [];
  readonly #counted = new Set<string>();
  #state = newState(this.#store);
  #nowMs = NOW;
  /** The latest that the clock ever showed. */
  #latestMs = NOW;
  #accepted = 0;

  run(action: Step): void {
    if (action.do === "send") {
      const { request: number, from, slots } = action;
      const entries = Array.from({ length: slots }, (_, i) => ({
        at: this.#nowMs + from + i * SLOT_MS,
        count: i + 1,
      }));
      this.#sent.push({ number: 1_000_000 * this.#sent.length + number, entries });
      this.#send(this.#sent.length - 1, 0);
    } else if (action.do === "again")
      this.#send(this.#sent.length - 1 - action.which, action.dropped);
    else if (action.do === "pass") this.#nowMs += action.durationMs;
    else if (action.do === "evict") this.#state = newState(this.#store);
    else if (action.do === "fail") this.#store.failAppends(1);
    else collect(this.#state, this.#state.head, this.#state.head);
    this.#latestMs = Math.max(this.#latestMs, this.#nowMs);
    expect(collect(this.#state, this.#state.head).ledger.accepted).toBe(this.#accepted);
  }

  /** @param dropped how many of its entries are not sent, as if they were too old by now. */
  #send(which: number, dropped: number): void {
    const sent = this.#sent[which];
    if (sent === undefined) return;
    const entries = sent.entries.slice(dropped);
    const report = requestReport(sent.number, entries);
    const before = this.#accepted;
    try {
      const [verdict] = this.#state.commit([report], this.#nowMs);
      if (verdict?.ok !== true) throw new Error("the shard did not take it");
      this.#accepted += verdict.accepted;
      const refused = new Set(verdict.rejectedAt.map(({ position }) => position));
      for (const [position, { at, count }] of entries.entries()) {
        const key = `${sent.number} ${slotOf(at)}`;
        // Nobody is refused who is within the horizon of the latest clock and as far off as allowed.
        if (slotOf(at) > this.#latestMs - HORIZON_MS - SLOT_MS - AHEAD_MS) {
          expect(refused.has(position)).toBe(false);
        }
        if (refused.has(position) || this.#counted.has(key)) continue;
        this.#counted.add(key);
        expect((this.#accepted -= count)).toBeGreaterThanOrEqual(before);
      }
      // All that was accepted was new.
      expect(this.#accepted).toBe(before);
      this.#accepted = before + verdict.accepted;
    } catch (cause) {
      if (!String(cause).includes("the disk is full")) throw cause;
    }
  }
}

test("whatever is evicted, trimmed or fails between, and wherever the clock goes, each slot of a request counts once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const world = new World();
      for (const action of steps) world.run(action);
    }),
    { seed: seedOf("recent requests", process.env["SEED"]), numRuns: 300 },
  );
});
