import { describe, expect, test } from "vitest";
import { type ParsedTimings, parseTimings } from "../../../src/api/parse-timings.ts";
import { Problem } from "../../../src/api/problem.ts";
import { MAX_REPORT_EXEMPLARS } from "../../../src/exemplar.ts";

const NOW_MS = 1_795_190_000_000;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

function parsed(...timings: readonly object[]): ParsedTimings {
  const body = { timings: timings.map((one) => ({ target: "meta", durationMs: 1.5, ...one })) };
  const result = parseTimings(body, NOW_MS, () => 0);
  if (result instanceof Problem) throw result;
  return result;
}

describe("a timing with its trace", () => {
  test("is an exemplar of its operation, at its own time", () => {
    const { targets, ignoredTraces } = parsed(
      { traceId: TRACE, spanId: SPAN, operation: "events", at: NOW_MS - 10.5 },
      { traceId: TRACE.toUpperCase() },
      {},
    );
    expect(ignoredTraces).toBe(0);
    expect(targets.get("meta")?.exemplars).toEqual([
      { operation: "events", traceId: TRACE, spanId: SPAN, durationUs: 1_500, at: NOW_MS - 11 },
      { operation: "call", traceId: TRACE, durationUs: 1_500, at: NOW_MS },
    ]);
  });

  test("keeps it when it has measures, too", () => {
    const { targets } = parsed({ traceId: TRACE, measures: { rowsRead: 1 } });
    expect(targets.get("meta")?.exemplars).toHaveLength(1);
  });

  test.each([
    [{ traceId: "nonsense" }],
    [{ traceId: "0".repeat(32) }],
    [{ traceId: 5 }],
    [{ traceId: null }],
    [{ traceId: `${TRACE}${TRACE}` }],
    [{ traceId: TRACE, spanId: "nonsense" }],
    [{ traceId: TRACE, spanId: "0".repeat(16) }],
    [{ spanId: SPAN }],
  ])("%j: the timing counts, and the trace is told to be none", (ids) => {
    const result = parsed(ids);
    expect(result).toMatchObject({ accepted: 1, rejected: [], ignoredTraces: 1 });
    expect(result.targets.get("meta")?.exemplars).toEqual([]);
  });

  test("that is refused is no exemplar, and its trace is not looked at", () => {
    const result = parsed({ traceId: TRACE, outcome: "?" }, { traceId: "?", outcome: "?" });
    expect(result).toMatchObject({ accepted: 0, ignoredTraces: 0 });
  });
});

test("of many, a report carries as many as it may, the slowest among them", () => {
  const many = Array.from({ length: 5_000 }, (_, ms) => ({
    traceId: TRACE,
    operation: `op-${ms % 50}`,
    durationMs: ms,
  }));
  const exemplars = parsed(...many).targets.get("meta")?.exemplars ?? [];
  expect(exemplars.length).toBe(MAX_REPORT_EXEMPLARS);
  const longest = exemplars.map(({ durationUs }) => durationUs / 1_000);
  expect(longest).toEqual(expect.arrayContaining(Array.from({ length: 50 }, (_, i) => 4_950 + i)));
});

test("operations beyond what a report may name have their exemplars under other", () => {
  const many = Array.from({ length: 300 }, (_, number) => ({ operation: `op-${number}` }));
  const result = parsed(...many, { operation: "one-more", traceId: TRACE });
  expect(result.targets.get("meta")?.exemplars).toMatchObject([{ operation: "other" }]);
});
