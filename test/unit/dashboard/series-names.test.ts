import { describe, expect, it } from "vitest";
import {
  chosenOperation,
  matching,
  seriesNames,
} from "../../../dashboard/src/cards/latency/series-names.ts";
import { NOTHING_HEARD, seriesKey } from "../../../src/stream/live-state.ts";
import type { SeriesView } from "../../../src/stream/stream-frame.ts";
import { EMPTY_AGGREGATE } from "../../../src/histogram/aggregate.ts";
import { aggregateStats } from "../../../src/merge/window-stats.ts";
import { defaultTargetKind } from "../../../src/target-kind.ts";

const EMPTY = aggregateStats(EMPTY_AGGREGATE, 60_000);

function stateOf(names: readonly (readonly [target: string, operation: string])[]) {
  const views = names.map(([target, operation]): SeriesView => ({
    target,
    operation,
    kind: defaultTargetKind(target),
    windows: { "1m": EMPTY, "5m": EMPTY, "1h": EMPTY },
    grades: { latency: null, errors: null },
  }));
  return { ...NOTHING_HEARD, series: new Map(views.map((view) => [seriesKey(view), view])) };
}

describe("seriesNames", () => {
  it("has each target with its operations, the whole of it first", () => {
    const names = seriesNames()(
      stateOf([
        ["d1", "*"],
        ["meta", "*"],
        ["meta", "a"],
        ["meta", "b"],
      ]),
    );
    expect(names).toEqual([
      { target: "d1", kind: "d1", operations: ["*"] },
      { target: "meta", kind: "platform", operations: ["*", "a", "b"] },
    ]);
  });

  it("gives the same list while only numbers change", () => {
    const select = seriesNames();
    const before = select(stateOf([["meta", "*"]]));
    expect(select(stateOf([["meta", "*"]]))).toBe(before);
    expect(
      select(
        stateOf([
          ["meta", "*"],
          ["meta", "a"],
        ]),
      ),
    ).not.toBe(before);
  });
});

describe("chosenOperation", () => {
  it("is what is asked for, if there can be one of that name; else all of them", () => {
    expect(chosenOperation("purchase")).toBe("purchase");
    expect(chosenOperation("<script>")).toBe("*");
    expect(chosenOperation("*")).toBe("*");
  });
});

describe("matching", () => {
  it("has what holds the text, and always what is chosen", () => {
    expect(matching(["google", "meta", "reddit"], " E ", "meta")).toEqual([
      "google",
      "meta",
      "reddit",
    ]);
    expect(matching(["google", "meta", "reddit"], "red", "meta")).toEqual(["meta", "reddit"]);
    expect(matching(["google"], "", "gone")).toEqual(["gone", "google"]);
  });
});
