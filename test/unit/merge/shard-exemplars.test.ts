import { expect, test } from "vitest";
import type { OperationExemplar } from "../../../src/exemplar.ts";
import { ShardExemplars } from "../../../src/merge/shard-exemplars.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../../../src/wire/horizon.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";
import { columnsOf } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";

const NOW = 1_795_190_000_000;

function exemplar(durationUs: number, operation = "events", at = NOW): OperationExemplar {
  return { operation, durationUs, at, traceId: `${durationUs}` };
}

/** A shard that keeps so many operations apart, and what becomes of a group of reports. */
function shard(maxOperations = 10) {
  const state = new ShardState(new MemoryShardStore(), maxOperations);
  const exemplars = new ShardExemplars(() => 0.5);
  const take = (...reports: readonly ShardReport[]): void => {
    const verdicts = state.commit(reports, NOW);
    exemplars.note(reports, verdicts, (name) => state.countedAs(name), NOW);
  };
  return { exemplars, take };
}

/** A report of one timing for each operation. */
function report(
  exemplars: readonly OperationExemplar[],
  operations: readonly string[] = ["events"],
  sequence = 1,
): ShardReport {
  const timings = operations.map((operation) => ({
    operation,
    at: NOW,
    durationUs: 5,
    outcome: 0,
  }));
  const content = { kind: "timings" as const, columns: columnsOf(timings, NOW) };
  return { reporter: "edge", sequence, content, givenUp: 0, refused: {}, exemplars };
}

test("what a counted report brought is handed over once", () => {
  const { exemplars, take } = shard();
  take(report([exemplar(5), exemplar(7)]));
  expect(exemplars.collect()).toEqual({ exemplars: [exemplar(7), exemplar(5)] });
  expect(exemplars.collect()).toEqual({});
});

test("a repeat and a report of which nothing was counted bring nothing", () => {
  const { exemplars, take } = shard();
  take(report([exemplar(5)]));
  exemplars.collect();
  take(report([exemplar(6)]));
  take(report([exemplar(7)], ["NO NAME"], 2));
  expect(exemplars.collect()).toEqual({});
});

test("an exemplar of a time or an operation that no timing can have is left out", () => {
  const { exemplars, take } = shard();
  const oldest = NOW - MAX_AGE_MS;
  const newest = NOW + MAX_AHEAD_MS;
  const sound = [exemplar(1, "events", oldest), exemplar(2, "events", newest)];
  const wrong = [
    exemplar(3, "events", oldest - 1),
    exemplar(4, "events", newest + 1),
    exemplar(5, "events", NaN),
    exemplar(6, "never-counted"),
  ];
  take(report([...wrong, ...sound]));
  expect(exemplars.collect().exemplars?.map(({ durationUs }) => durationUs)).toEqual([2, 1]);
});

test("an operation beyond those that are kept apart has its exemplars under other", () => {
  const { exemplars, take } = shard(2);
  take(report([exemplar(1, "c"), exemplar(2, "a")], ["a", "b", "c"]));
  const collected = exemplars.collect().exemplars ?? [];
  expect(collected.map(({ operation }) => operation).toSorted()).toEqual(["a", "other"]);
});

test("between two collects it keeps 32 of an operation and 256 in all", () => {
  const { exemplars, take } = shard(64);
  const operations = Array.from({ length: 40 }, (_, number) => `op-${number}`);
  for (let sequence = 1; sequence <= 50; sequence++) {
    const [operation = ""] = operations.slice(sequence % 40);
    const many = Array.from({ length: 64 }, (_, us) => exemplar(sequence * 100 + us, operation));
    take(report(many, operations, sequence));
    if (sequence === 3) break;
  }
  const some = exemplars.collect().exemplars ?? [];
  expect(some.length).toBe(96);
  for (let sequence = 4; sequence <= 50; sequence++) {
    const many = operations.map((operation, us) => exemplar(us + sequence, operation));
    take(report(many, operations, sequence));
  }
  expect(exemplars.collect().exemplars?.length).toBe(256);
});
