import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTimings } from "../../../src/api/parse-timings.ts";
import { Problem } from "../../../src/api/problem.ts";
import { ByteReader } from "../../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { readDelta } from "../../../src/merge/delta.ts";
import { emptyLedger, writeLedger } from "../../../src/merge/intake-ledger.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { TenantState } from "../../../src/merge/tenant-state.ts";
import { MAX_REPORTERS } from "../../../src/merge/watermarks.ts";
import type { CollectAnswer, ShardReport } from "../../../src/wire/shard-rpc.ts";
import { columnsOf, type ReportedTiming } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { MemoryTenantStore } from "../../support/memory-tenant-store.ts";
import { plainStreak } from "../../support/plain-runs.ts";
import {
  type PlainTiming,
  type Summary,
  summaryOf,
  summaryOfAggregate,
} from "../../support/plain-list.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 2);
const MAX_OPERATIONS = 4;

function timing(more: Partial<ReportedTiming> = {}): ReportedTiming {
  return { operation: "events", at: NOW, durationUs: 1_000, outcome: 0, ...more };
}

function reportOf(
  timings: readonly ReportedTiming[],
  numbered?: readonly [reporter: string, sequence: number],
): ShardReport {
  const [reporter, sequence] = numbered ?? [];
  const content = { kind: "timings" as const, columns: columnsOf(timings, NOW) };
  return { reporter, sequence, content, givenUp: 0, refused: {} };
}

function collect(state: ShardState, seen = 0, durable = 0): CollectAnswer {
  return state.collect({ seen, durable, watched: false, dormant: false }, NOW);
}

/** What an answer's delta holds: per operation and slot. */
function contentOf({ delta }: CollectAnswer): Record<string, Summary> {
  const found = readDelta(new ByteReader(delta)).map(
    ({ operation, slotStart, aggregate }) =>
      [`${operation} ${slotStart}`, summaryOfAggregate(aggregate)] as const,
  );
  return Object.fromEntries(found);
}

function expectedContent(timings: readonly ReportedTiming[]) {
  const slots = new Map<string, PlainTiming[]>();
  for (const one of timings) {
    const key = `${one.operation} ${Math.floor(one.at / 5_000) * 5_000}`;
    slots.set(key, [...(slots.get(key) ?? []), { target: "meta", ...one }]);
  }
  return Object.fromEntries([...slots].map(([key, group]) => [key, summaryOf(group)]));
}

function newState(store = new MemoryShardStore()): ShardState {
  return new ShardState(store, MAX_OPERATIONS);
}

test("a report that comes twice in one group is counted once", () => {
  const state = newState();
  const verdicts = state.commit(
    [
      reportOf([timing(), timing()], ["edge-1", 1]),
      reportOf([timing(), timing()], ["edge-1", 1]),
      reportOf([timing()], ["edge-1", 2]),
      reportOf([timing()], ["edge-1", 1]),
      reportOf([timing()], ["edge-2", 1]),
    ],
    NOW,
  );
  expect(verdicts.map((verdict) => verdict.ok && [verdict.accepted, verdict.duplicate])).toEqual([
    [2, false],
    [0, true],
    [1, false],
    [0, true],
    [1, false],
  ]);
  const { ledger } = collect(state);
  expect(ledger).toMatchObject({ offered: 7, accepted: 4, duplicates: 3 });
});

test("each timing that cannot be counted is refused with its reason and its place", () => {
  const state = newState();
  const [verdict] = state.commit(
    [
      reportOf([
        timing({ at: NOW - 300_000 }),
        timing({ at: NOW - 300_001 }),
        timing({ at: NOW + 30_000 }),
        timing({ at: NOW + 30_001 }),
        timing({ durationUs: 600_000_000 }),
        timing({ durationUs: 600_000_001 }),
        timing({ durationUs: -1 }),
        timing({ outcome: 5 }),
        timing({ outcome: 6 }),
        timing({ operation: "Not A Name" }),
        timing({ operation: "*" }),
      ]),
    ],
    NOW,
  );
  expect(verdict).toEqual({
    ok: true,
    accepted: 4,
    duplicate: false,
    rejected: { too_old: 1, in_the_future: 1, bad_duration: 2, bad_outcome: 1, bad_operation: 2 },
    rejectedAt: [
      { position: 1, reason: "too_old" },
      { position: 3, reason: "in_the_future" },
      { position: 5, reason: "bad_duration" },
      { position: 6, reason: "bad_duration" },
      { position: 8, reason: "bad_outcome" },
      { position: 9, reason: "bad_operation" },
      { position: 10, reason: "bad_operation" },
    ],
  });
  expect(collect(state).ledger).toMatchObject({ offered: 11, accepted: 4, duplicates: 0 });
});

test("errors in a row are those of the timings that were counted, in their order", () => {
  const state = newState();
  const [ok, error, timeout] = [0, 1, 2].map((outcome) => timing({ outcome }));
  const refused = timing({ outcome: 0, at: NOW - 300_001 });
  if (ok === undefined || error === undefined || timeout === undefined) throw new Error("none");
  const report = reportOf([ok, error, refused, timeout], ["edge-1", 1]);
  const later = { ...error, at: NOW - 60_000, operation: "lookup" };
  state.commit([report, report, reportOf([later])], NOW);
  state.commit([report], NOW);
  const expected = { hasSuccess: true, prefix: 0, suffix: 3, longest: 3 };
  expect(collect(state).streak).toEqual(expected);
  state.commit([reportOf([error, ok])], NOW);
  expect(collect(state, 2).streak).toEqual({ hasSuccess: true, prefix: 1, suffix: 0, longest: 1 });
  expect(collect(state).streak).toEqual({ ...expected, suffix: 0, longest: 4 });
});

test("columns of a wrong shape are invalid, and the others of the group are counted", () => {
  const state = newState();
  const good = reportOf([timing()], ["edge-1", 1]);
  const columns = columnsOf([timing(), timing()], NOW);
  const wrong = [
    { ...columns, outcome: new Uint8Array(1) },
    { ...columns, baseAt: Number.NaN },
    { ...columns, operations: Array.from({ length: 257 }, (_, i) => `op-${i}`) },
    { ...columns, durationUs: [1, 2] as unknown as Int32Array },
  ].map((shape) => ({ ...good, content: { kind: "timings" as const, columns: shape } }));
  const verdicts = state.commit([...wrong, good], NOW);
  expect(verdicts.map(({ ok }) => ok)).toEqual([false, false, false, false, true]);
  expect(collect(state).ledger).toMatchObject({ offered: 1, accepted: 1 });
});

test("operations beyond the limit are counted as other, also after an eviction", () => {
  const store = new MemoryShardStore();
  newState(store).commit(
    [reportOf(["a", "b", "c"].map((operation) => timing({ operation })))],
    NOW,
  );
  newState(store).commit(
    [reportOf(["d", "e", "a"].map((operation) => timing({ operation })))],
    NOW,
  );
  const state = newState(store);
  state.commit([reportOf(["f", "other", "d"].map((operation) => timing({ operation })))], NOW);
  const answer = collect(state);
  const counts = Object.entries(contentOf(answer)).map(([key, { count }]) => [
    key.split(" ")[0],
    count,
  ]);
  expect(Object.fromEntries(counts)).toEqual({ a: 2, b: 1, c: 1, d: 2, other: 3 });
  expect(answer.ledger).toMatchObject({ accepted: 9, capped: 2 });
});

test("operations that the sender filed under other are in the books as capped", () => {
  const state = new ShardState(new MemoryShardStore(), 255);
  const timings = Array.from({ length: 300 }, (_, i) => ({
    target: "meta",
    operation: i === 3 ? "other" : `op-${i}`,
    durationMs: 1,
  }));
  const parsed = parseTimings({ timings }, NOW, () => 0.5);
  if (parsed instanceof Problem) throw parsed;
  const columns = parsed.targets.get("meta")?.columns;
  if (columns === undefined) throw new Error("there are no columns");
  const content = { kind: "timings" as const, columns };
  state.commit([{ content, givenUp: 0, refused: {} }], NOW);
  const answer = collect(state);
  expect(contentOf(answer)[`other ${NOW - 2_000}`]?.count).toBe(46);
  // 254 others have a place beside the `other` that was meant.
  expect(answer.ledger).toMatchObject({ accepted: 300, capped: 45 });
});

test("what was refused before an invalid report is in the books all the same", () => {
  const state = newState();
  const report = reportOf([timing()], ["edge", 1]);
  const columns = { ...columnsOf([timing()], NOW), outcome: new Uint8Array(2) };
  const [verdict] = state.commit(
    [{ ...report, content: { kind: "timings", columns }, refused: { bad_target: 3 } }],
    NOW,
  );
  expect(verdict).toMatchObject({ ok: false, reason: "invalid" });
  expect(collect(state).ledger).toMatchObject({
    offered: 3,
    accepted: 0,
    rejected: { bad_target: 3 },
  });
});

test("watermarks of the first version are read, without their times", () => {
  const writer = new ByteWriter(64);
  for (const byte of [1, 7, 7]) writer.byte(byte);
  writeLedger(writer, emptyLedger());
  writer.varint(0);
  for (const count of [4, 2]) writer.varint(count);
  for (const [name, sequence] of [
    ["edge-1", 5],
    ["edge-2", 9],
  ] as const) {
    writer.text(name);
    writer.varint(sequence);
    writer.varint(NOW);
  }
  const store = new MemoryShardStore();
  store.trim(7, writer.finish());
  const state = newState(store);
  const report = (name: string, sequence: number) =>
    state.commit([reportOf([timing()], [name, sequence])], NOW)[0];
  expect(report("edge-1", 5)).toMatchObject({ duplicate: true });
  expect(report("edge-2", 9)).toMatchObject({ duplicate: true });
  expect(report("edge-2", 10)).toMatchObject({ duplicate: false });
  expect(collect(state, 7)).toMatchObject({ reporters: 2, forgottenReporters: 4 });
  // What it stores from now on is of this version.
  collect(state, 9, 9);
  expect(collect(newState(store), 9, 9)).toMatchObject({ reporters: 2, forgottenReporters: 4 });
});

test("what storage does not take is not counted, and nothing of it stays", () => {
  const store = new MemoryShardStore();
  const state = newState(store);
  state.commit([reportOf([timing()], ["edge-1", 1])], NOW);
  const before = collect(state);
  store.failAppends(1);
  const report = reportOf([timing({ operation: "new" })], ["edge-1", 2]);
  expect(() => state.commit([report], NOW)).toThrow("the disk is full");
  expect(collect(state)).toEqual(before);
  expect(state.commit([report], NOW)).toMatchObject([{ accepted: 1, duplicate: false }]);
  expect(state.commit([report], NOW)).toMatchObject([{ accepted: 0, duplicate: true }]);
});

test("an empty report is remembered, and one without anything writes no row", () => {
  const store = new MemoryShardStore();
  const state = newState(store);
  state.commit([reportOf([], ["edge-1", 1])], NOW);
  expect(store.rowCount()).toBe(1);
  expect(newState(store).commit([reportOf([timing()], ["edge-1", 1])], NOW)).toMatchObject([
    { duplicate: true },
  ]);
  const rows = store.rowCount();
  expect(state.commit([reportOf([])], NOW)).toMatchObject([{ ok: true, accepted: 0 }]);
  expect(store.rowCount()).toBe(rows);
});

test("the reporter that was silent for longest is forgotten when there are too many", () => {
  const state = newState();
  const names = Array.from({ length: MAX_REPORTERS + 1 }, (_, i) => `edge-${i}`);
  state.commit(
    names.slice(0, -1).map((name) => reportOf([], [name, 5])),
    NOW,
  );
  state.commit([reportOf([], ["edge-0", 6])], NOW);
  state.commit([reportOf([], [names.at(-1) ?? "", 5])], NOW);
  const again = (name: string) => state.commit([reportOf([timing()], [name, 5])], NOW)[0];
  expect(again("edge-0")).toMatchObject({ duplicate: true });
  expect(again("edge-2")).toMatchObject({ duplicate: true });
  expect(again("edge-1")).toMatchObject({ duplicate: false });
  expect(collect(state)).toMatchObject({ reporters: MAX_REPORTERS, forgottenReporters: 2 });
});

test("a log longer than one answer comes in several, each timing once", () => {
  const store = new MemoryShardStore();
  const state = newState(store);
  // Rows of some hundred kilobytes: few of these timings share a bucket and a slot.
  const reports = [0, 1, 2, 3, 4, 5].map((part) =>
    reportOf(
      Array.from({ length: 10_000 }, (_, i) =>
        timing({ durationUs: i * 54_000 + part * 540_000, at: NOW - (i % 60) * 5_000 }),
      ),
    ),
  );
  const commits = 50;
  const total = commits * 60_000;
  for (let i = 0; i < commits; i++) state.commit(reports, NOW);
  // Who lived through it has it merged in memory; who woke up later reads it from the log.
  const readers = [
    { reader: newState(store), fewest: 2 },
    { reader: state, fewest: 1 },
  ];
  for (const { reader, fewest } of readers) {
    let answers = 0;
    let seen = 0;
    let count = 0;
    for (let pending = 1; pending > 0; answers++) {
      const answer = collect(reader, seen);
      expect(answer.from).toBe(seen);
      seen = answer.to;
      pending = answer.pending;
      for (const part of Object.values(contentOf(answer))) count += part.count;
      expect(answer.pending).toBe(total - count);
      expect(answers).toBeLessThan(commits);
    }
    expect(count).toBe(total);
    expect(answers).toBeGreaterThanOrEqual(fewest);
  }
});

test("an answer that is merged twice counts once", () => {
  const state = newState();
  const tenant = new TenantState(new MemoryTenantStore(), NOW);
  tenant.addShard("acme/meta#0", "meta", NOW);
  state.commit([reportOf([timing(), timing()])], NOW);
  const first = collect(state);
  state.commit([reportOf([timing()])], NOW);
  const second = collect(state, first.to);
  const merged = [first, first, second, first, second].map((answer) =>
    tenant.merge("acme/meta#0", answer, NOW),
  );
  expect(merged).toEqual([true, false, true, false, false]);
  expect(tenant.ledger()).toMatchObject({ accepted: 3, merged: 3, pending: 0, isBalanced: true });
});

type Step =
  | {
      readonly do: "commit";
      readonly gains: readonly { readonly durationUs: number; readonly outcome: number }[];
    }
  | { readonly do: "evict" | "collect" | "collect_again" | "checkpoint" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      gains: fc.array(
        fc.record({ durationUs: fc.integer({ min: 0, max: 600_000_000 }), outcome: fc.nat(5) }),
        { maxLength: 5 },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("evict" as const, "collect", "collect_again", "checkpoint"),
    }),
  },
);

test("any reader gets every timing after its place, once, whatever is evicted or trimmed between", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const store = new MemoryShardStore();
      let state = newState(store);
      const rows: ReportedTiming[][] = [];
      let seen = 0;
      let durable = 0;
      for (const action of steps) {
        if (action.do === "commit") {
          const timings = action.gains.map((gain, i) =>
            timing({ ...gain, at: NOW - i * 4_000, operation: i % 2 === 0 ? "a" : "b" }),
          );
          const head = state.head;
          state.commit([reportOf(timings)], NOW);
          if (state.head > head) rows.push(timings);
        } else if (action.do === "evict") state = newState(store);
        else if (action.do === "checkpoint") durable = seen;
        else {
          // Asked again from a place before: the answer before was lost.
          const from = action.do === "collect" ? seen : durable;
          const answer = collect(state, from, durable);
          expect([answer.from, answer.to]).toEqual([from, rows.length]);
          const gained = rows.slice(from).flat();
          expect(contentOf(answer)).toEqual(expectedContent(gained));
          expect(answer.streak).toEqual(plainStreak(gained.map(({ outcome }) => outcome)));
          expect(answer.ledger.accepted).toBe(rows.flat().length);
          seen = answer.to;
        }
      }
    }),
    { seed: seedOf("shard state", process.env["SEED"]), numRuns: 300 },
  );
});
