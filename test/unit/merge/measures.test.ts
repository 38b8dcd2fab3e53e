import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parseTimings } from "../../../src/api/parse-timings.ts";
import { Problem } from "../../../src/api/problem.ts";
import { ByteReader } from "../../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import {
  mergeMeasures,
  type MeasureTotals,
  readMeasures,
  writeMeasures,
} from "../../../src/histogram/measure-totals.ts";
import {
  areMeasures,
  MAX_MEASURE_CODE,
  MAX_SUMMED_PARTS,
  measureCode,
  MEASURES,
} from "../../../src/measures.ts";
import { measureStats } from "../../../src/merge/measure-stats.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { columnsProblem } from "../../../src/merge/validate-columns.ts";
import type { MeasureColumns } from "../../../src/wire/timing-columns.ts";
import { columnsOf } from "../../support/columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";

const NOW = 1_800_000_000_000;

const timing = { operation: "get", at: NOW, durationUs: 1, outcome: 0 };

/** One measure's code, which is there. */
function codeOf(name: (typeof MEASURES)[number]["name"]): number {
  const code = measureCode(name);
  if (code === undefined) throw new Error(`there is no measure ${name}`);
  return code;
}

const totals: fc.Arbitrary<MeasureTotals> = fc
  .array(
    fc.record({
      code: fc.nat(MEASURES.length - 1),
      count: fc.integer({ min: 1, max: 9 }),
      parts: fc.nat(5),
      at: fc.nat(3),
    }),
    { maxLength: 6 },
  )
  .map((list) => {
    const map = new Map(list.map(({ code, count, parts, at }) => [code, { count, parts, at }]));
    return new Map(
      [...map].map(([code, one]) => [
        code,
        MEASURES[code]?.kind === "sum" ? { ...one, at: 0 } : one,
      ]),
    );
  });

describe("merging measures", () => {
  it("gives the same in any grouping and order", () => {
    fc.assert(
      fc.property(totals, totals, totals, (a, b, c) => {
        const left = mergeMeasures(mergeMeasures(a, b), c);
        expect(mergeMeasures(a, mergeMeasures(b, c))).toEqual(left);
        expect(mergeMeasures(c, mergeMeasures(b, a))).toEqual(left);
      }),
    );
  });

  it("adds up what is summed, and keeps the newest of what is not", () => {
    const one: MeasureTotals = new Map([
      [codeOf("waitMs"), { count: 2, parts: 1_500, at: 0 }],
      [codeOf("sizeBytes"), { count: 1, parts: 70, at: NOW }],
    ]);
    const other: MeasureTotals = new Map([
      [codeOf("waitMs"), { count: 1, parts: 1_500, at: 0 }],
      [codeOf("sizeBytes"), { count: 1, parts: 90, at: NOW - 1 }],
    ]);
    expect(measureStats(mergeMeasures(one, other))).toEqual({
      waitMs: { count: 3, sum: 3, mean: 1 },
      sizeBytes: { count: 2, last: 70, lastAt: NOW },
    });
  });
});

describe("merging measures that only a newer version knows", () => {
  const [sum, last] = [MEASURES.length, MAX_MEASURE_CODE];

  it("adds up what has no time, and keeps the newest of what has one", () => {
    const one: MeasureTotals = new Map([
      [codeOf("keys"), { count: 1, parts: 1, at: NOW }],
      [sum, { count: 2, parts: 30, at: 0 }],
      [last, { count: 1, parts: 7, at: NOW }],
    ]);
    const other: MeasureTotals = new Map([
      [codeOf("rowsRead"), { count: 1, parts: 4, at: 0 }],
      [sum, { count: 1, parts: 12, at: 0 }],
      [last, { count: 1, parts: 9, at: NOW - 1 }],
    ]);
    for (const merged of [mergeMeasures(one, other), mergeMeasures(other, one)]) {
      // As a list, since the order counts, too.
      expect([...merged]).toEqual([
        [codeOf("rowsRead"), { count: 1, parts: 4, at: 0 }],
        [codeOf("keys"), { count: 1, parts: 1, at: NOW }],
        [sum, { count: 3, parts: 42, at: 0 }],
        [last, { count: 2, parts: 7, at: NOW }],
      ]);
      expect(Object.keys(measureStats(merged))).toEqual(["rowsRead", "keys"]);
    }
  });
});

describe("sums of measures", () => {
  it("stop at 2^53 − 1, in any grouping", () => {
    const most = Number.MAX_SAFE_INTEGER;
    const rows = (count: number, parts: number): MeasureTotals =>
      new Map([[codeOf("rowsRead"), { count, parts, at: 0 }]]);
    const [a, b, c] = [rows(1, most - 1), rows(1, 2), rows(1, 5)];
    const whole = rows(3, most);
    expect(mergeMeasures(mergeMeasures(a, b), c)).toEqual(whole);
    expect(mergeMeasures(a, mergeMeasures(b, c))).toEqual(whole);
    const writer = new ByteWriter();
    writeMeasures(writer, whole);
    expect(readMeasures(new ByteReader(writer.finish()))).toEqual(whole);
  });
});

describe("a shard", () => {
  it("stores the same bytes, in whatever order a sender names its measures", () => {
    const orders = [
      [0, 3, 6],
      [6, 3, 0],
      [3, 0, 6],
    ];
    const stored = orders.map((codes) => {
      const store = new MemoryShardStore();
      const measures = {
        timing: new Int32Array(codes.length),
        code: Uint8Array.from(codes),
        value: Float64Array.from(codes, (code) => code + 1),
      };
      const columns = { ...columnsOf([timing], NOW), measures };
      const report = { content: { kind: "timings" as const, columns }, givenUp: 0, refused: {} };
      new ShardState(store, 64).commit([report], NOW);
      return store.readAfter(0, Infinity);
    });
    expect(stored[0]).toHaveLength(1);
    expect(stored[1]).toEqual(stored[0]);
    expect(stored[2]).toEqual(stored[0]);
  });

  test("refuses a timing with a number that its measure cannot have, and takes the others", () => {
    const state = new ShardState(new MemoryShardStore(), 64);
    const bad = [-1, Number.NaN, Infinity, MAX_SUMMED_PARTS + 1];
    const columns = columnsOf(
      [
        { ...timing, measures: { rowsRead: 4 } },
        ...bad.map((rowsRead) => ({ ...timing, measures: { rowsRead } })),
        { ...timing, measures: { value: -2.5, rowsRead: 6 } },
      ],
      NOW,
    );
    const content = { kind: "timings" as const, columns };
    const [verdict] = state.commit([{ content, givenUp: 0, refused: {} }], NOW);
    expect(verdict).toMatchObject({
      ok: true,
      accepted: 2,
      rejected: { bad_measure: 4 },
      rejectedAt: [1, 2, 3, 4].map((position) => ({ position, reason: "bad_measure" })),
    });
    const again = new ShardState(new MemoryShardStore(), 64);
    const unknown = {
      ...columns,
      measures: { ...measuresIn(columns), code: new Uint8Array(7).fill(99) },
    };
    const [refused] = again.commit(
      [{ content: { kind: "timings", columns: unknown }, givenUp: 0, refused: {} }],
      NOW,
    );
    expect(refused).toMatchObject({ ok: true, accepted: 0, rejected: { bad_measure: 6 } });
  });

  test.each<[string, Partial<Record<keyof MeasureColumns, unknown>>]>([
    ["Int32Array", { timing: [0] }],
    ["one length", { code: new Uint8Array(2) }],
    [
      "in their order",
      { timing: Int32Array.of(1, 0), code: new Uint8Array(2), value: new Float64Array(2) },
    ],
    ["beside timings", { timing: Int32Array.of(2) }],
    ["beside timings", { timing: Int32Array.of(-1) }],
    [
      "at most",
      {
        timing: new Int32Array(80_001),
        code: new Uint8Array(80_001),
        value: new Float64Array(80_001),
      },
    ],
  ])("says that columns of measures are wrong: %s", (what, wrong) => {
    const columns = columnsOf([timing, timing], NOW);
    const measures = {
      timing: Int32Array.of(1),
      code: Uint8Array.of(0),
      value: Float64Array.of(1),
    };
    expect(columnsProblem({ ...columns, measures })).toBeUndefined();
    expect(
      columnsProblem({ ...columns, measures: { ...measures, ...wrong } as MeasureColumns }),
    ).toContain(what);
    expect(columnsProblem({ ...columns, measures: null as unknown as MeasureColumns })).toContain(
      "measures",
    );
  });
});

function measuresIn({
  measures,
}: {
  readonly measures?: MeasureColumns | undefined;
}): MeasureColumns {
  if (measures === undefined) throw new Error("there are no measures");
  return measures;
}

describe("POST /v1/timings", () => {
  test.each<unknown>([
    null,
    7,
    [],
    [1],
    "rowsRead",
    { rowsRead: "1" },
    { rowsRead: -1 },
    { rows: 1 },
    { constructor: 1 },
    { rowsRead: null },
    { value: JSON.parse("1e999") as number },
  ])("refuses measures %j", (measures) => {
    expect(areMeasures(measures)).toBe(false);
    const timings = [
      { target: "d1", durationMs: 1, measures },
      { target: "d1", durationMs: 1 },
    ];
    const parsed = parseTimings({ timings }, NOW, () => 0.5);
    if (parsed instanceof Problem) throw parsed;
    expect(parsed.rejected).toEqual([{ index: 0, reason: "bad_measure" }]);
    expect(parsed.accepted).toBe(1);
  });

  test("deals measures out to the timings of each target", () => {
    const timings = [
      { target: "d1", durationMs: 1, measures: { rowsRead: 3, waitMs: 0.5 } },
      { target: "meta", durationMs: 1 },
      { target: "d1", durationMs: 1 },
      { target: "d1", durationMs: 1, measures: { rowsRead: 5 } },
    ];
    const parsed = parseTimings({ timings }, NOW, () => 0.5);
    if (parsed instanceof Problem) throw parsed;
    expect(parsed.targets.get("meta")?.columns.measures).toBeUndefined();
    expect(parsed.targets.get("d1")?.columns.measures).toEqual({
      timing: Int32Array.of(0, 0, 2),
      code: Uint8Array.of(codeOf("rowsRead"), codeOf("waitMs"), codeOf("rowsRead")),
      value: Float64Array.of(3, 0.5, 5),
    });
  });
});
