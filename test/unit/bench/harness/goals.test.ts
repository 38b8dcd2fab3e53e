import { describe, expect, it } from "vitest";
import {
  type BenchRow,
  failedRow,
  skippedRow,
  type Verdict,
} from "../../../../bench/lib/bench-row.ts";
import { countGoals, incompleteParts, isFailure } from "../../../../bench/lib/goals.ts";
import type { PartResult } from "../../../../bench/lib/part-result.ts";

function row(verdict: Verdict): BenchRow {
  return { what: "it", goal: "≥ 1", measured: "2", verdict, spread: "one run", note: "" };
}

function part(name: string, goals: readonly string[], rows: readonly BenchRow[]): PartResult {
  return { family: "some", part: name, seconds: 1, goals, rows, tables: [] };
}

const PASSED = part("passed", ["a"], [row("pass"), row("info"), skippedRow("peer", "–", "none")]);
const MISSED = part("missed", ["a", "b"], [row("MISS"), row("pass")]);
const FAILED = part("failed", ["a", "b"], [failedRow("a", "broke"), failedRow("b", "broke")]);
const SKIPPED = part("skipped", ["a"], [skippedRow("a", "–", "no runtime")]);
const HALF = part("half", ["a", "b"], [row("pass"), skippedRow("b", "≥ 1", "no peer")]);
const BROKEN = part("broken", [], [failedRow("some/broken", "broke")]);

it("counts against what was declared: what nobody judged is no goal less", () => {
  expect(countGoals([PASSED, MISSED, FAILED, SKIPPED, HALF, BROKEN])).toEqual({
    reached: 3,
    missed: 1,
    notMeasured: 4,
  });
  const more = part("more", ["a"], [row("pass"), row("pass")]);
  expect(countGoals([more, SKIPPED])).toEqual({ reached: 2, missed: 0, notMeasured: 1 });
});

it("names the parts that keep a run from being the page, and no missing peer without a goal", () => {
  expect(incompleteParts([PASSED, MISSED])).toEqual([]);
  expect(incompleteParts([PASSED, FAILED, SKIPPED, MISSED, HALF, BROKEN])).toEqual([
    "some/failed",
    "some/skipped",
    "some/half",
    "some/broken",
  ]);
});

describe("a run fails", () => {
  const run = { startedAt: 0, seconds: 1, commit: "abc", quick: false, names: ["some"] };
  it.each([
    ["not if all is reached", { results: [PASSED] }, false],
    ["if a goal is missed", { results: [PASSED, MISSED] }, true],
    ["not if a look misses one", { results: [PASSED, MISSED], quick: true }, false],
    ["if something broke off, in a look too", { results: [PASSED, BROKEN], quick: true }, true],
    ["if nothing could be judged", { results: [SKIPPED], quick: true }, true],
    ["not if what was asked for lacks a peer", { results: [HALF] }, false],
    ["if a run of everything lacks one", { results: [HALF], names: [] }, true],
    ["not if nothing has a goal", { results: [part("shows", [], [row("info")])] }, false],
  ])("%s", (_, overrides, expected) => {
    expect(isFailure({ ...run, ...overrides })).toBe(expected);
  });
});
