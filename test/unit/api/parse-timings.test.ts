import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ParsedTimings, parseTimings } from "../../../src/api/parse-timings.ts";
import { Problem } from "../../../src/api/problem.ts";
import { isName } from "../../../src/names.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../../../src/wire/horizon.ts";

const NOW_MS = 1_795_190_000_000;

function parsed(body: unknown): ParsedTimings {
  const result = parseTimings(body, NOW_MS, () => 0.5);
  if (result instanceof Problem) throw result;
  return result;
}

/** The columns as one object per accepted timing, in the order of the body. */
function rows({ targets }: ParsedTimings) {
  const all = [...targets].flatMap(([target, { columns, positions }]) =>
    Array.from(positions, (index, entry) => ({
      index,
      target,
      operation: columns.operations[columns.operationIndex[entry] ?? -1],
      durationUs: columns.durationUs[entry],
      at: columns.baseAt + (columns.atOffsetMs[entry] ?? NaN),
      outcome: OUTCOMES[columns.outcome[entry] ?? -1],
    })),
  );
  return all.toSorted((left, right) => left.index - right.index);
}

describe("the envelope", () => {
  const timings = [{ target: "meta", durationMs: 1 }];
  const NAME = "must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit";
  const SEQUENCE = "must be an integer from 1 to 9007199254740991";

  it.each([
    [null, [["", 'must be an object, {"timings":[…]}']]],
    ["timings", [["", 'must be an object, {"timings":[…]}']]],
    [timings, [["", 'must be an object, {"timings":[…]}']]],
    [{}, [["/timings", "must be a list of at least one timing"]]],
    [{ timings: {} }, [["/timings", "must be a list of at least one timing"]]],
    [{ timings: [] }, [["/timings", "must be a list of at least one timing"]]],
    [{ timings, reporter: "r" }, [["/sequence", "must come with reporter"]]],
    [{ timings, sequence: 1 }, [["/reporter", "must come with sequence"]]],
    [{ timings, reporter: "R", sequence: 1 }, [["/reporter", NAME]]],
    [{ timings, reporter: null, sequence: 1 }, [["/reporter", NAME]]],
    [{ timings, reporter: "r".repeat(65), sequence: 1 }, [["/reporter", NAME]]],
    [{ timings, reporter: "r\u0000", sequence: 1 }, [["/reporter", NAME]]],
    [{ timings, reporter: "r", sequence: 0 }, [["/sequence", SEQUENCE]]],
    [{ timings, reporter: "r", sequence: -1 }, [["/sequence", SEQUENCE]]],
    [{ timings, reporter: "r", sequence: 1.5 }, [["/sequence", SEQUENCE]]],
    [{ timings, reporter: "r", sequence: "1" }, [["/sequence", SEQUENCE]]],
    [{ timings, reporter: "r", sequence: null }, [["/sequence", SEQUENCE]]],
    [{ timings, reporter: "r", sequence: 2 ** 53 }, [["/sequence", SEQUENCE]]],
    [
      { timings: 1, reporter: 1, sequence: 0 },
      [
        ["/reporter", NAME],
        ["/sequence", SEQUENCE],
        ["/timings", "must be a list of at least one timing"],
      ],
    ],
  ])("%j is 400", (body, faults) => {
    expect(parseTimings(body, NOW_MS, () => 0.5)).toMatchObject({
      status: 400,
      errors: faults.map(([pointer, reason]) => ({ pointer, reason })),
    });
  });

  it("takes 10,000 timings and answers 413 to one more", () => {
    const many = Array.from({ length: 10_000 }, () => ({ target: "meta", durationMs: 1 }));
    expect(parsed({ timings: many })).toMatchObject({
      count: 10_000,
      accepted: 10_000,
      rejected: [],
    });
    const tooMany = parseTimings({ timings: [...many, ...timings] }, NOW_MS, () => 0.5);
    expect(tooMany).toMatchObject({ status: 413 });
    expect((tooMany as Problem).detail).toContain("10001");
  });

  it("says who numbers the report", () => {
    expect(parsed({ timings }).numbered).toBeNull();
    expect(parsed({ timings, reporter: "edge-7f3a", sequence: 2 ** 53 - 1 }).numbered).toEqual({
      reporter: "edge-7f3a",
      sequence: 9_007_199_254_740_991,
    });
  });

  it("ignores unknown fields", () => {
    const body = { timings: [{ target: "meta", durationMs: 1, colour: "red" }], version: 9 };
    expect(parsed(body).accepted).toBe(1);
  });
});

describe("one timing", () => {
  const valid = { target: "meta", operation: "events", durationMs: 1, outcome: "ok", at: NOW_MS };

  it.each([
    [null, "bad_target"],
    [7, "bad_target"],
    ["meta", "bad_target"],
    [[], "bad_target"],
    [{}, "bad_target"],
    [{ ...valid, target: undefined }, "bad_target"],
    [{ ...valid, target: null }, "bad_target"],
    [{ ...valid, target: ["meta"] }, "bad_target"],
    [{ ...valid, target: "" }, "bad_target"],
    [{ ...valid, target: "Meta" }, "bad_target"],
    [{ ...valid, target: "me\nta" }, "bad_target"],
    [{ ...valid, target: "*" }, "bad_target"],
    [{ ...valid, target: "__proto__" }, "bad_target"],
    [{ ...valid, target: "x".repeat(1_000_000) }, "bad_target"],
    [{ ...valid, operation: null }, "bad_operation"],
    [{ ...valid, operation: 1 }, "bad_operation"],
    [{ ...valid, operation: "" }, "bad_operation"],
    [{ ...valid, operation: "*" }, "bad_operation"],
    [{ ...valid, operation: "e\u0000" }, "bad_operation"],
    [{ ...valid, durationMs: undefined }, "bad_duration"],
    [{ ...valid, durationMs: null }, "bad_duration"],
    [{ ...valid, durationMs: "1" }, "bad_duration"],
    [{ ...valid, durationMs: -0.001 }, "bad_duration"],
    [{ ...valid, durationMs: NaN }, "bad_duration"],
    [{ ...valid, durationMs: JSON.parse("1e999") }, "bad_duration"],
    [{ ...valid, durationMs: 600_000.001 }, "bad_duration"],
    [{ ...valid, outcome: null }, "bad_outcome"],
    [{ ...valid, outcome: "OK" }, "bad_outcome"],
    [{ ...valid, outcome: 0 }, "bad_outcome"],
    [{ ...valid, outcome: "constructor" }, "bad_outcome"],
    [{ ...valid, at: null }, "bad_time"],
    [{ ...valid, at: String(NOW_MS) }, "bad_time"],
    [{ ...valid, at: NaN }, "bad_time"],
    [{ ...valid, at: Infinity }, "bad_time"],
    [{ ...valid, at: NOW_MS - MAX_AGE_MS - 1 }, "too_old"],
    [{ ...valid, at: NOW_MS / 1000 }, "too_old"],
    [{ ...valid, at: -1e308 }, "too_old"],
    [{ ...valid, at: NOW_MS + MAX_AHEAD_MS + 1 }, "in_the_future"],
    [{ ...valid, at: 1e308 }, "in_the_future"],
    [{ target: "BAD", operation: "BAD", durationMs: -1, outcome: "BAD", at: 0 }, "bad_target"],
  ])("%j is refused: %s", (timing, reason) => {
    expect(parsed({ timings: [timing] })).toEqual({
      numbered: null,
      count: 1,
      accepted: 0,
      targets: new Map(),
      rejected: [{ index: 0, reason }],
      ignoredTraces: 0,
    });
  });

  it.each<[object, object]>([
    [
      { target: "meta", durationMs: 183.25 },
      { operation: "call", durationUs: 183_250, outcome: "ok", at: NOW_MS },
    ],
    [{ ...valid, durationMs: 0 }, { durationUs: 0 }],
    [{ ...valid, durationMs: -0 }, { durationUs: 0 }],
    [{ ...valid, durationMs: 0.0004 }, { durationUs: 0 }],
    [{ ...valid, durationMs: 0.0005 }, { durationUs: 1 }],
    [{ ...valid, durationMs: 600_000 }, { durationUs: 600_000_000 }],
    [{ ...valid, at: NOW_MS - MAX_AGE_MS }, { at: NOW_MS - 300_000 }],
    [{ ...valid, at: NOW_MS + MAX_AHEAD_MS }, { at: NOW_MS + 30_000 }],
    [{ ...valid, at: NOW_MS - 0.5 }, { at: NOW_MS - 1 }],
    [
      { ...valid, target: "constructor", operation: "constructor" },
      { target: "constructor", operation: "constructor" },
    ],
    ...OUTCOMES.map((outcome): [object, object] => [{ ...valid, outcome }, { outcome }]),
  ])("%j is accepted", (timing, expected) => {
    expect(rows(parsed({ timings: [timing] }))).toMatchObject([expected]);
  });
});

describe("many timings", () => {
  it("keeps targets and operations in order of appearance and remembers the positions", () => {
    const timings = [
      { target: "meta", operation: "b", durationMs: 1 },
      { target: "BAD", durationMs: 1 },
      { target: "google", operation: "a", durationMs: 2 },
      { target: "tiktok", operation: "a", durationMs: -1 },
      { target: "meta", operation: "never", durationMs: "x" },
      { target: "meta", operation: "a", durationMs: 3 },
      { target: "meta", operation: "b", durationMs: 4 },
    ];
    const result = parsed({ timings });
    expect([...result.targets.keys()]).toEqual(["meta", "google"]);
    expect(result.targets.get("meta")).toEqual({
      columns: {
        operations: ["b", "a"],
        baseAt: NOW_MS,
        durationUs: Int32Array.of(1000, 3000, 4000),
        atOffsetMs: Int32Array.of(0, 0, 0),
        operationIndex: Uint8Array.of(0, 1, 0),
        outcome: Uint8Array.of(0, 0, 0),
      },
      positions: Int32Array.of(0, 5, 6),
      exemplars: [],
    });
    expect(result.targets.get("google")?.positions).toEqual(Int32Array.of(2));
    expect(result.rejected).toEqual([
      { index: 1, reason: "bad_target" },
      { index: 3, reason: "bad_duration" },
      { index: 4, reason: "bad_duration" },
    ]);
    expect(result).toMatchObject({ count: 7, accepted: 4 });
  });

  it("counts operations beyond the 255th of a target as other", () => {
    const timings = Array.from({ length: 1000 }, (_, index) => ({
      target: index % 2 === 0 ? "meta" : "google",
      operation: `op-${index >> 1}`,
      durationMs: index,
    }));
    const result = parsed({ timings });
    for (const { columns } of result.targets.values()) {
      expect(columns.operations).toHaveLength(256);
      expect(columns.operations.at(-1)).toBe("other");
      expect(columns.operationIndex.filter((index) => index === 255)).toHaveLength(245);
    }
    const byOperation = rows(result).map(({ operation }) => operation);
    expect(byOperation.slice(508, 512)).toEqual(["op-254", "op-254", "other", "other"]);
  });

  it("lets no refused timing take up an operation", () => {
    const refused = Array.from({ length: 300 }, (_, index) => ({
      target: "meta",
      operation: `r${index}`,
    }));
    const result = parsed({
      timings: [...refused, { target: "meta", operation: "kept", durationMs: 1 }],
    });
    expect(result.targets.get("meta")?.columns.operations).toEqual(["kept"]);
  });

  it("sends no more memory than the timings need", () => {
    const timings = ["a", "b", "a"].map((target) => ({ target, durationMs: 1 }));
    for (const { columns } of parsed({ timings }).targets.values()) {
      for (const array of [
        columns.durationUs,
        columns.atOffsetMs,
        columns.operationIndex,
        columns.outcome,
      ]) {
        expect(array.buffer.byteLength).toBe(array.byteLength);
      }
    }
  });
});

describe("properties", () => {
  const oddValue = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.double());
  const timing = fc.record(
    {
      target: fc.oneof({ weight: 5, arbitrary: fc.constantFrom("meta", "google", "d1") }, oddValue),
      operation: fc.oneof({ weight: 5, arbitrary: fc.constantFrom("a", "b", "other") }, oddValue),
      durationMs: fc.oneof(
        { weight: 5, arbitrary: fc.double({ min: 0, max: 600_000, noNaN: true }) },
        oddValue,
      ),
      outcome: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...OUTCOMES) }, oddValue),
      at: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: NOW_MS - 310_000, max: NOW_MS + 40_000 }) },
        oddValue,
      ),
    },
    { requiredKeys: [] },
  );

  it("any JSON value is answered: as timings that add up, or as a 400", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ timings: fc.jsonValue() })), (body) => {
        const result = parseTimings(body, NOW_MS, () => 0.5);
        if (result instanceof Problem) expect(result.status).toBe(400);
        else expect(result.accepted + result.rejected.length).toBe(result.count);
      }),
      { numRuns: 1000 },
    );
  });

  it("every timing is either accepted as it was or rejected, once", () => {
    fc.assert(
      fc.property(fc.array(timing, { minLength: 1, maxLength: 60 }), (timings) => {
        const result = parsed({ timings });
        const accepted = rows(result);
        const indexes = [...accepted, ...result.rejected].map(({ index }) => index);
        expect(indexes.toSorted((left, right) => left - right)).toEqual([...timings.keys()]);
        expect(result.accepted).toBe(accepted.length);
        for (const row of accepted) {
          const sent = timings[row.index] ?? {};
          expect(isName(row.operation)).toBe(true);
          expect(row).toMatchObject({
            target: sent.target,
            operation: sent.operation ?? "call",
            outcome: sent.outcome ?? "ok",
            // JSON may say -0, and an integer column knows only one zero.
            durationUs: Math.round(Number(sent.durationMs) * 1000) + 0,
            at: Math.floor(Number(sent.at ?? NOW_MS)),
          });
        }
      }),
    );
  });
});
