import { expect, it } from "vitest";
import { FAMILIES, type Family } from "../../../../bench/families.ts";
import { selectParts } from "../../../../bench/lib/select-parts.ts";

function family(name: string, isComparison: boolean, ...parts: string[]): Family {
  return {
    name,
    about: name,
    isComparison,
    parts: parts.map((part) => ({
      name: part,
      needsWorkerd: false,
      expectedSeconds: { full: 1, quick: 1 },
      goals: [],
      measure: () => [],
    })),
  };
}

const SOME = [
  family("limits", true, "decisions", "storms"),
  family("core", false, "tick", "decisions"),
  family("cost", true, "money"),
];

function namesOf(...names: string[]): string[] {
  return selectParts(SOME, names).map(({ family: of, part }) => `${of}/${part.name}`);
}

it("runs all comparisons and nothing else if nothing is named", () => {
  expect(namesOf()).toEqual(["limits/decisions", "limits/storms", "cost/money"]);
});

it("runs what is named once, in the order in which it is measured", () => {
  expect(namesOf("cost", "core/tick", "cost", "cost/money", "limits/storms")).toEqual([
    "limits/storms",
    "core/tick",
    "cost/money",
  ]);
});

it.each(["decisions", "limits/", "Limits", "", "limits/tick", "core/tick/x"])(
  "says of %j that there is no such thing, and what there is",
  (name) => {
    expect(() => namesOf("core", name)).toThrow(/no bench is called .*limits, core, cost/u);
  },
);

it("names each part of the real families once, with times that can be waited for", () => {
  const all = selectParts(
    FAMILIES,
    FAMILIES.map(({ name }) => name),
  );
  const names = all.map(({ family: of, part }) => `${of}/${part.name}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { part } of all) {
    const { full, quick } = part.expectedSeconds;
    expect(quick, part.name).toBeGreaterThan(0);
    expect(full, part.name).toBeGreaterThanOrEqual(quick);
  }
});

it("keeps the comparisons within the time that is promised", () => {
  const parts = selectParts(FAMILIES, []);
  const sum = (kind: "full" | "quick"): number =>
    parts.reduce((seconds, { part }) => seconds + part.expectedSeconds[kind], 0);
  // Of 20 and 3 minutes: what starts, bundles and ends them takes some, too.
  expect(sum("full")).toBeLessThanOrEqual(19 * 60);
  expect(sum("quick")).toBeLessThanOrEqual(160);
});
