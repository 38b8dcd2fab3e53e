import fc from "fast-check";
import { expect, test } from "vitest";
import { arrangeSeries } from "../../../dashboard/src/cards/series/arrange-series.ts";
import { nextSort, SORT_COLUMNS } from "../../../dashboard/src/series-sort.ts";
import { CRITICAL, latencyGrade } from "../../../src/grades/grade.ts";
import { seedOf } from "../../support/seeded.ts";
import { aSeries } from "./support/a-series.ts";

const seed = seedOf("arrange series", process.env["SEED"]);
const EXCELLENT = latencyGrade(1, 1);

const anyNumber = fc.option(fc.integer({ min: 0, max: 5 }));
const anySeries = fc
  .tuple(fc.constantFrom("google", "meta", "meta-ads"), fc.constantFrom("*", "a", "b"), anyNumber)
  .map(([target, operation, p95Ms]) =>
    aSeries(target, operation, { p95Ms, count: p95Ms ?? 0, errorRate: (p95Ms ?? 0) / 10 }),
  );
const anySort = fc.record({
  column: fc.constantFrom(...SORT_COLUMNS),
  isDescending: fc.boolean(),
});

test("sorting keeps every series, and the order of those that are equal", () => {
  fc.assert(
    fc.property(fc.array(anySeries), anySort, (series, sort) => {
      const arranged = arrangeSeries(series, { filter: "", sort, window: "1m" });
      expect(new Set(arranged)).toEqual(new Set(series));
      expect(arranged).toHaveLength(series.length);
      const again = arrangeSeries(arranged, { filter: "", sort, window: "1m" });
      expect(again).toEqual(arranged);
      for (const value of new Set(series.map((view) => view.windows["1m"].p95Ms))) {
        const isSame = (view: (typeof series)[number]): boolean =>
          view.windows["1m"].p95Ms === value;
        if (sort.column !== "p95Ms") continue;
        expect(arranged.filter(isSame)).toEqual(series.filter(isSame));
      }
    }),
    { seed },
  );
});

test("numbers ascend or descend, and what has none comes last either way", () => {
  fc.assert(
    fc.property(fc.array(anySeries), fc.boolean(), (series, isDescending) => {
      const sort = { column: "p95Ms", isDescending } as const;
      const values = arrangeSeries(series, { filter: "", sort, window: "1m" }).map(
        (view) => view.windows["1m"].p95Ms,
      );
      const known = values.filter((value) => value !== null);
      expect(values.slice(0, known.length)).toEqual(known);
      const ascending = known.toSorted((one, other) => one - other);
      expect(known).toEqual(isDescending ? ascending.toReversed() : ascending);
    }),
    { seed },
  );
});

test("the worst grade is the greatest", () => {
  const good = aSeries("good", "*", {}, { latency: EXCELLENT, errors: null });
  const bad = aSeries("bad", "*", {}, { latency: CRITICAL, errors: null });
  const none = aSeries("none", "*");
  const sort = nextSort(null, "latency");
  const arranged = arrangeSeries([none, good, bad], { filter: "", sort, window: "1m" });
  expect(arranged.map(({ target }) => target)).toEqual(["bad", "good", "none"]);
});

test("an error rate without timings is none", () => {
  const idle = aSeries("idle", "*", { count: 0, errorRate: 0 });
  const sound = aSeries("sound", "*", { count: 5, errorRate: 0 });
  const sort = { column: "errorRate", isDescending: false } as const;
  const arranged = arrangeSeries([idle, sound], { filter: "", sort, window: "1m" });
  expect(arranged.map(({ target }) => target)).toEqual(["sound", "idle"]);
});

test("the numbers are of the window that is asked for", () => {
  const [fast, slow] = [aSeries("fast", "*", { p95Ms: 1 }), aSeries("slow", "*", { p95Ms: 9 })];
  const sort = { column: "p95Ms", isDescending: true } as const;
  const order = (window: "1m" | "5m") =>
    arrangeSeries([fast, slow], { filter: "", sort, window }).map(({ target }) => target);
  expect(order("1m")).toEqual(["slow", "fast"]);
  expect(order("5m")).toEqual(["fast", "slow"]);
});

test.each([
  ["", ["meta *", "meta events", "google collect"]],
  ["META", ["meta *", "meta events"]],
  ["  ev   me ", ["meta events"]],
  ["meta collect", []],
  [".*", []],
])("the filter %j", (filter, names) => {
  const series = [aSeries("meta", "*"), aSeries("meta", "events"), aSeries("google", "collect")];
  const arranged = arrangeSeries(series, { filter, sort: null, window: "1m" });
  expect(arranged.map(({ target, operation }) => `${target} ${operation}`)).toEqual(names);
});

test("a column's head goes through its directions and back to the order by name", () => {
  fc.assert(
    fc.property(fc.constantFrom(...SORT_COLUMNS), (column) => {
      const first = nextSort(null, column);
      const second = nextSort(first, column);
      expect(first?.isDescending).toBe(column !== "target" && column !== "kind");
      expect(second).toEqual({ column, isDescending: !first?.isDescending });
      expect(nextSort(second, column)).toBeNull();
    }),
    { seed },
  );
  expect(nextSort({ column: "count", isDescending: false }, "p50Ms")).toEqual({
    column: "p50Ms",
    isDescending: true,
  });
});
