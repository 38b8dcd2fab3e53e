import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ColumnTally } from "../../../src/merge/column-tally.ts";
import { type Delta, DeltaBuilder } from "../../../src/merge/delta.ts";
import { RecentRequests } from "../../../src/merge/recent-requests.ts";
import { type GroupChanges, ReportGroup } from "../../../src/merge/report-group.ts";
import { StreamTotals } from "../../../src/merge/stream-totals.ts";
import { Watermarks } from "../../../src/merge/watermarks.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";
import { MAX_DURATION_US, type TimingColumns } from "../../../src/wire/timing-columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 2);
const SLOT_MS = 5_000;
const OPERATIONS = ["a", "b", "other", "c", "d"];

type Timing = readonly [durationUs: number, atOffsetMs: number, index: number, outcome: number];

function columnsOf(
  timings: readonly Timing[],
  operations = OPERATIONS,
  baseAt = NOW,
): TimingColumns {
  return {
    operations,
    baseAt,
    durationUs: Int32Array.from(timings, ([durationUs]) => durationUs),
    atOffsetMs: Int32Array.from(timings, ([, atOffsetMs]) => atOffsetMs),
    operationIndex: Uint8Array.from(timings, ([, , index]) => index),
    outcome: Uint8Array.from(timings, ([, , , outcome]) => outcome),
  };
}

function usual(length: number): Timing[] {
  return Array.from({ length }, (_, i) => [i * 1_000, -(i % 900), i % 5, i % 6] as const);
}

function sorted(delta: Delta): Delta {
  const keyOf = ({ slotStart, operation }: Delta[number]): string => `${slotStart} ${operation}`;
  return delta.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

function counted(tally: ColumnTally): Delta {
  const delta = new DeltaBuilder();
  tally.finish(delta);
  return sorted(delta.finish());
}

function tallyAt(nowMs: number): ColumnTally {
  return new ColumnTally(nowMs - 300_000, nowMs + 30_000);
}

/** What a shard that keeps three operations apart makes of reports without a reporter. */
function groupOf(contents: readonly TimingColumns[]): {
  readonly changes: GroupChanges | undefined;
  readonly rejected: readonly string[];
} {
  const known = {
    watermarks: new Watermarks(),
    requests: new RecentRequests(),
    operations: new Set<string>(),
    streams: new StreamTotals(new MemoryShardStore()),
  };
  const group = new ReportGroup(known, 3, NOW);
  const verdicts = contents.map((columns) => {
    const content = { kind: "timings" as const, columns };
    return group.add({ content, givenUp: 0, refused: {} } satisfies ShardReport);
  });
  const rejected = verdicts.flatMap((verdict) =>
    verdict.ok ? verdict.rejectedAt.map(({ reason }) => reason) : [verdict.detail],
  );
  return { changes: group.finish(), rejected };
}

/** A whole column, and mostly one that holds nothing unusual. */
const timings = fc
  .record({
    length: fc.integer({ min: 1, max: 200 }),
    seed: fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: MAX_DURATION_US }),
        fc.integer({ min: -1_900, max: 0 }),
        fc.nat({ max: 4 }),
        fc.nat({ max: 5 }),
      ),
      { minLength: 1, maxLength: 40 },
    ),
    odd: fc.option(
      fc.tuple(
        fc.nat({ max: 199 }),
        fc.constantFrom<Timing>(
          [-1, 0, 0, 0],
          [MAX_DURATION_US + 1, 0, 1, 0],
          [5, 0, 5, 0],
          [5, 0, 0, 6],
          [5, -300_001, 0, 0],
          [5, 30_001, 0, 0],
          [5, -SLOT_MS, 0, 1],
          [5, SLOT_MS, 0, 1],
        ),
      ),
      { freq: 2 },
    ),
  })
  .map(({ length, seed, odd }) => {
    const list = Array.from({ length }, (_, i): Timing => seed[i % seed.length] ?? [0, 0, 0, 0]);
    if (odd !== null) list[odd[0] % length] = odd[1];
    return list;
  });

/** In this slot, or in one of those before; times need not be whole. */
const base = fc.constantFrom(NOW, NOW - SLOT_MS, NOW - 0.5, NOW - 60_000);

const operations = fc.constantFrom(OPERATIONS, ["a", "b", "c", "d", "e"], ["a", "No", "b", "c"]);

describe("a group", () => {
  it("counts columns as it counts their timings one by one", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(timings, operations, base), { maxLength: 6 }), (reports) => {
        const whole = groupOf(reports.map((report) => columnsOf(...report)));
        const single = groupOf(
          reports.flatMap(([list, ...rest]) => list.map((one) => columnsOf([one], ...rest))),
        );
        expect(whole.rejected).toEqual(single.rejected);
        const [left, right] = [whole.changes?.row, single.changes?.row];
        expect(sorted(left?.delta ?? [])).toEqual(sorted(right?.delta ?? []));
        expect({ ...left, delta: [] }).toEqual({ ...right, delta: [] });
      }),
      { seed: seedOf("column tally", process.env["SEED"]), numRuns: 300 },
    );
  });
});

describe("ColumnTally", () => {
  it("takes what senders report", () => {
    expect(tallyAt(NOW).count(columnsOf(usual(1_000)), OPERATIONS)).toBe(true);
  });

  it.each<[string, Timing]>([
    ["a negative duration", [-1, 0, 0, 0]],
    ["a duration that is too long", [MAX_DURATION_US + 1, 0, 0, 0]],
    ["an operation that is not named", [5, 0, 5, 0]],
    ["an outcome that is none", [5, 0, 0, 6]],
    ["a timing of the slot before", [5, -2_001, 0, 0]],
    ["a timing of the slot after", [5, 3_000, 0, 0]],
  ])("counts nothing of columns with %s", (_, odd) => {
    const tally = tallyAt(NOW);
    expect(
      tally.count(columnsOf([...usual(99), [5, -1_990, 0, 0], [5, 2_990, 0, 0], odd]), OPERATIONS),
    ).toBe(false);
    expect(counted(tally)).toEqual([]);
  });

  it("counts nothing of what is not known to be within the horizon, or is no name", () => {
    const columns = columnsOf(usual(100));
    const tally = tallyAt(NOW + 300_000 - 1_000);
    expect(tally.count(columns, OPERATIONS)).toBe(false);
    expect(tallyAt(NOW - 28_000).count(columns, OPERATIONS)).toBe(false);
    expect(tally.count(columns, ["a", undefined, "b", "c", "d"])).toBe(false);
    const measures = {
      timing: new Int32Array(1),
      code: new Uint8Array(1),
      value: new Float64Array(1),
    };
    expect(tallyAt(NOW).count({ ...columns, measures }, OPERATIONS)).toBe(false);
  });

  it("leaves what is beyond its room to the caller, and goes on with what it has", () => {
    const tally = tallyAt(NOW);
    const names = (from: number): string[] =>
      Array.from({ length: 5 }, (_, i) => `operation-${from + i}`);
    const columns = columnsOf(usual(100));
    const taken = [0, 5, 10, 15, 0].map((from) => tally.count(columns, names(from)));
    expect(taken).toEqual([true, true, true, false, true]);
    const total = counted(tally).reduce((sum, { aggregate }) => sum + aggregate.count, 0);
    expect(total).toBe(400);
  });

  it("leaves nothing behind for the next", () => {
    const first = tallyAt(NOW);
    first.count(columnsOf(usual(500)), OPERATIONS);
    const before = counted(first);
    const second = tallyAt(NOW);
    second.count(columnsOf(usual(500)), OPERATIONS);
    expect(counted(second)).toEqual(before);
    expect(counted(second)).toEqual([]);
  });
});
