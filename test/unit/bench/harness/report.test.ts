import { expect, it } from "vitest";
import type { Family } from "../../../../bench/families.ts";
import { type BenchRow, skippedRow, type Verdict } from "../../../../bench/lib/bench-row.ts";
import { reportOf, type RunResults } from "../../../../bench/lib/report.ts";

const FAMILIES: readonly Family[] = [
  { name: "alpha", about: "the first things", parts: [], isComparison: true },
  { name: "beta", about: "the second things", parts: [], isComparison: true },
  { name: "gamma", about: "not run", parts: [], isComparison: true },
];

function row(what: string, verdict: Verdict): BenchRow {
  return { what, goal: "≥ 1", measured: "2", verdict, spread: "one run", note: "" };
}

function run(overrides: Partial<RunResults> = {}): RunResults {
  const rows = [row("reached", "pass"), row("shown", "info"), row("too slow", "MISS")];
  const absent = [skippedRow("beta/two", "–", "the run was ended before")];
  return {
    quick: false,
    names: [],
    startedAt: Date.UTC(2026, 10, 22),
    seconds: 600,
    commit: "abc+",
    machine: ["2 × something", "Node 24"],
    results: [
      { family: "beta", part: "one", seconds: 1, goals: ["a", "b"], rows, tables: [] },
      { family: "beta", part: "two", seconds: 0, goals: ["c", "d"], rows: absent, tables: [] },
    ],
    ...overrides,
  };
}

it("begins with what was missed and what could not be measured", () => {
  const page = reportOf(run(), FAMILIES);
  const order = [
    "1 of 4 goals reached, 2 not measured.",
    "Missed:",
    "| too slow",
    "Not measured:",
    "| beta/two",
  ];
  const places = order.map((text) => page.indexOf(text));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places.at(-1)).toBeLessThan(page.indexOf("## beta"));
  expect(page).toContain("## beta\n\nThe second things.");
  expect(page).not.toContain("gamma");
  expect(page).toContain("- 2 × something\n- Node 24");
});

it("says neither of missed nor of absent goals when there are none", () => {
  const rows = [row("reached", "pass")];
  const results = [{ family: "alpha", part: "one", seconds: 1, goals: ["a"], rows, tables: [] }];
  const page = reportOf(run({ results }), FAMILIES);
  expect(page).toContain("1 of 1 goals reached.");
  expect(page).not.toMatch(/Missed|Not measured/u);
});

it("says what was asked for, and that a look is none of a measurement", () => {
  expect(reportOf(run(), FAMILIES)).toContain(
    "`npm run bench` on 2026-11-22, commit `abc+`, 10 min.",
  );
  const look = reportOf(run({ quick: true, names: ["beta"], seconds: 40 }), FAMILIES);
  expect(look).toContain("A look, no measurement: `npm run bench -- --quick beta` on");
  expect(look).toContain(", 40 s.");
});
