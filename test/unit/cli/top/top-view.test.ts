import fc from "fast-check";
import { expect, it } from "vitest";
import { keysOf, pressKey, type TopView } from "../../../../src/cli/top/top-view.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("keys of top", process.env["SEED"]);

const VIEW: TopView = {
  window: "1m",
  sort: "name",
  isReversed: false,
  hasOperations: false,
  offset: 0,
};

function pressed(view: TopView, keys: string, range: { pageRows: number; rows: number }): TopView {
  return keysOf(keys).reduce((before, key) => {
    const action = pressKey(before, key, range);
    return action.kind === "view" ? action.view : before;
  }, view);
}

it("scrolls back at once, however far beyond the end somebody scrolled", () => {
  const range = { pageRows: 10, rows: 25 };
  const end = pressed(VIEW, " ".repeat(50), range);
  expect(end.offset).toBe(15);
  expect(pressed(end, "k", range).offset).toBe(14);
  // Most rows have left since.
  expect(pressed(end, "\u001b[A", { pageRows: 10, rows: 12 }).offset).toBe(1);
});

it("never scrolls beyond what there is", () => {
  const key = fc.constantFrom("j", "k", " ", "\u001b[6~", "\u001b[5~", "\u001b[B", "g", "s", "o");
  const range = fc.record({ pageRows: fc.integer({ min: 1, max: 60 }), rows: fc.nat(500) });
  fc.assert(
    fc.property(fc.array(key), range, (keys, { pageRows, rows }) => {
      const { offset } = pressed(VIEW, keys.join(""), { pageRows, rows });
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset).toBeLessThanOrEqual(Math.max(0, rows - pageRows));
    }),
    { seed },
  );
});
