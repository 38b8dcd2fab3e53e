import { describe, expect, it } from "vitest";
import { ShardState } from "../../../src/merge/shard-state.ts";
import type { RunningTotal } from "../../../src/wire/running-total.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";
import { columnsOf } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 2);

function timing(sequence: number): ShardReport {
  const one = { operation: "users", durationUs: 1_000, at: NOW, outcome: 0 };
  const columns = columnsOf([one], NOW);
  return {
    reporter: "edge-1",
    sequence,
    content: { kind: "timings", columns },
    givenUp: 0,
    refused: {},
  };
}

/** Rows that were read: `stream` is new if it began at `startAt`, a moment ago or long before. */
function rowsRead(parts: number, startAt: number, stream = "ab".repeat(16)): ShardReport {
  const value = { kind: "measure" as const, code: 0, parts };
  const total: RunningTotal = {
    stream,
    operation: "users",
    outcome: 0,
    startAt,
    at: NOW + parts,
    value,
  };
  return { content: { kind: "cumulative", totals: [total] }, givenUp: 0, refused: {} };
}

function collect(state: ShardState, seen: number, durable: number) {
  return state.collect({ seen, durable, watched: false, dormant: false }, NOW);
}

/** The version of the state after some reports, each a row. */
function stateVersion(
  store: MemoryShardStore,
  reports: readonly ShardReport[],
): number | undefined {
  const state = new ShardState(store, 16);
  for (const report of reports) state.commit([report], NOW);
  collect(state, state.head, state.head);
  return store.loadState()?.[0];
}

describe("a shard's state", () => {
  it("is one that the version before reads, as long as there is nothing that it would not say", () => {
    const store = new MemoryShardStore();
    expect(stateVersion(store, [timing(1)])).toBe(2);
    expect(stateVersion(store, [timing(2), rowsRead(1, NOW)])).toBe(2);
    // It is a baseline, which is counted.
    const old = rowsRead(2, NOW - 3_600_000, "cd".repeat(16));
    expect(stateVersion(store, [old])).toBe(3);
    expect(stateVersion(store, [timing(3)])).toBe(3);
    const state = new ShardState(store, 16);
    const { ledger, reporters, streams } = collect(state, state.head, state.head);
    expect(ledger).toMatchObject({ accepted: 3, duplicates: 0 });
    expect({ reporters, streams }).toEqual({
      reporters: 1,
      streams: { known: 2, baselines: 1, forgotten: 0 },
    });
  });
});

describe("an answer to a collect", () => {
  it("says whether it is all, also of rows without timings", () => {
    const store = new MemoryShardStore();
    const state = new ShardState(store, 16);
    for (let parts = 1; parts <= 4; parts++) state.commit([rowsRead(parts, NOW)], NOW);
    expect(collect(state, 0, 0)).toMatchObject({ to: 4, isAll: true, pending: 0 });
    // One that reads a row at a time, as if each were as large as one answer may be.
    const slow = new ShardState(
      new Proxy(store, {
        get: (target, name) =>
          name === "readAfter"
            ? (seq: number) => target.readAfter(seq, 1)
            : Reflect.get(target, name).bind(target),
      }),
      16,
    );
    expect(collect(slow, 0, 0)).toMatchObject({ to: 1, isAll: false, pending: 0 });
    expect(collect(slow, 1, 0)).toMatchObject({ to: 2, isAll: false, pending: 0 });
    expect(collect(slow, 3, 0)).toMatchObject({ to: 4, isAll: true, pending: 0 });
  });
});

describe("the last totals of streams", () => {
  it("are read from the store when they are heard of, and not before", () => {
    const store = new MemoryShardStore();
    const state = new ShardState(store, 16);
    for (const name of ["ab", "cd"]) state.commit([rowsRead(1, NOW, name.repeat(16))], NOW);
    const read: string[] = [];
    const watched = new Proxy(store, {
      get: (target, name) =>
        name === "readStream"
          ? (stream: string) => {
              read.push(stream);
              return target.readStream(stream);
            }
          : Reflect.get(target, name).bind(target),
    });
    const later = new ShardState(watched, 16);
    expect(collect(later, 0, 0).streams).toMatchObject({ known: 2 });
    expect(read).toEqual([]);
    later.commit([rowsRead(2, NOW, "cd".repeat(16)), rowsRead(2, NOW, "ef".repeat(16))], NOW);
    expect(read).toEqual(["cd".repeat(16)]);
  });
});
