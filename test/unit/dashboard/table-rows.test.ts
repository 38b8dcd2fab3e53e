import fc from "fast-check";
import { expect, test } from "vitest";
import { arrangeSeries } from "../../../dashboard/src/cards/series/arrange-series.ts";
import { MAX_UNFOLDED, tableRows } from "../../../dashboard/src/cards/series/table-rows.ts";
import type { SeriesView } from "../../../src/stream/stream-frame.ts";
import { seedOf } from "../../support/seeded.ts";
import { aSeries } from "./support/a-series.ts";

const seed = seedOf("rows of the table of series", process.env["SEED"]);

const WANTED = {
  isByName: true,
  mayFold: true,
  opened: [],
  picked: { target: null, operation: "*" },
} as const;

/** A whole target and so many operations. */
function aTarget(target: string, operations: number): readonly SeriesView[] {
  const names = Array.from({ length: operations }, (_, index) => `o${index}`);
  return ["*", ...names].map((operation) => aSeries(target, operation));
}

function namesOf(rows: ReturnType<typeof tableRows>): readonly string[] {
  return rows.map(({ view }) => `${view.target} ${view.operation}`);
}

const manySeries = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 12 })), {
    selector: ([target]) => target,
  })
  .map((targets) =>
    targets
      .toSorted(([one], [other]) => one.localeCompare(other))
      .flatMap(([target, count]) => aTarget(target, count)),
  );

test("an operation leaves out its target's name only below the row of the whole target", () => {
  fc.assert(
    fc.property(manySeries, fc.constantFrom("", "o1", "a", "b o", "*"), (series, filter) => {
      const arranged = arrangeSeries(series, { filter, sort: null, window: "1m" });
      const rows = tableRows(arranged, WANTED);
      for (const [index, { view, isBelowWhole }] of rows.entries()) {
        if (!isBelowWhole) continue;
        const above = rows[index - 1];
        expect(above?.view.target).toBe(view.target);
        expect(above?.isBelowWhole || above?.view.operation === "*").toBe(true);
      }
    }),
    { seed },
  );
});

test("operations whose whole target is filtered away name their target", () => {
  const arranged = arrangeSeries(aTarget("meta", 3), { filter: "o", sort: null, window: "1m" });
  const rows = tableRows(arranged, WANTED);
  expect(rows).toHaveLength(3);
  expect(rows.map(({ isBelowWhole }) => isBelowWhole)).toEqual([false, false, false]);
});

test("every whole target is drawn, and every operation unless its target is folded", () => {
  fc.assert(
    fc.property(manySeries, fc.subarray(["a", "b", "c"]), (series, opened) => {
      const rows = tableRows(series, { ...WANTED, opened });
      const folded = rows.filter(({ fold }) => fold?.isOpen === false);
      const hidden = folded.reduce((sum, { fold }) => sum + (fold?.count ?? 0), 0);
      expect(rows.length + hidden).toBe(series.length);
      const order = rows.map(({ view }) => series.indexOf(view));
      expect(order).toEqual(order.toSorted((one, other) => one - other));
      for (const { view, fold } of rows) {
        if (fold === null) continue;
        expect(fold.count).toBeGreaterThan(MAX_UNFOLDED);
        expect(fold.isOpen).toBe(opened.includes(view.target));
      }
    }),
    { seed },
  );
});

test("a few operations are not folded, one more is", () => {
  const few = tableRows(aTarget("meta", MAX_UNFOLDED), WANTED);
  expect(few).toHaveLength(MAX_UNFOLDED + 1);
  expect(few[0]?.fold).toBeNull();
  const many = tableRows(aTarget("meta", MAX_UNFOLDED + 1), WANTED);
  expect(many).toHaveLength(1);
  expect(many[0]?.fold).toEqual({ count: MAX_UNFOLDED + 1, isOpen: false });
});

test("the picked operation is drawn though its target is folded", () => {
  const picked = { target: "d1", operation: "o7" };
  const rows = tableRows([...aTarget("d1", 9), ...aTarget("meta", 1)], { ...WANTED, picked });
  expect(namesOf(rows)).toEqual(["d1 *", "d1 o7", "meta *", "meta o0"]);
});

test("what is sorted otherwise, or searched, is not folded", () => {
  const series = aTarget("d1", 9);
  expect(tableRows(series, { ...WANTED, mayFold: false })).toHaveLength(10);
  const sorted = tableRows(series, { ...WANTED, isByName: false });
  expect(sorted).toHaveLength(10);
  expect(sorted.every(({ isBelowWhole, fold }) => !isBelowWhole && fold === null)).toBe(true);
});
