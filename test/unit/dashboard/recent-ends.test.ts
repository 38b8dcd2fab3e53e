import fc from "fast-check";
import { expect, test } from "vitest";
import {
  noteEnds,
  type RecentEnds,
  shownEnds,
} from "../../../dashboard/src/cards/alerts/recent-ends.ts";
import { seedOf } from "../../support/seeded.ts";
import { anAlert, byId } from "./support/an-alert.ts";

const seed = seedOf("recent ends", process.env["SEED"]);
const NONE: RecentEnds = new Map();
const MINUTE_MS = 60_000;

test("an alert that fired and is gone is told for ten minutes", () => {
  const one = anAlert({ id: "one", firedAt: 400 });
  const ends = noteEnds(NONE, byId(one), byId(), 1000);
  const [end] = shownEnds(ends, byId(), 1000);
  expect(end).toEqual({ alert: one, endedAt: 1000, times: 1, firstAt: 400 });
  expect(shownEnds(ends, byId(), 1000 + 10 * MINUTE_MS - 1)).toHaveLength(1);
  expect(shownEnds(ends, byId(), 1000 + 10 * MINUTE_MS)).toEqual([]);
  expect(noteEnds(ends, byId(), byId(), 1000 + 10 * MINUTE_MS).size).toBe(0);
});

test("what only was about to fire is no news when it does not", () => {
  const soon = anAlert({ state: "pending" });
  expect(noteEnds(NONE, byId(soon), byId(), 1000)).toBe(NONE);
});

test("a change of what still fires is no end", () => {
  const one = anAlert();
  expect(noteEnds(NONE, byId(one), byId({ ...one, value: 1 }), 1000)).toBe(NONE);
});

test("one that flaps is one line that counts, and is not told while it fires again", () => {
  let ends = NONE;
  for (const turn of [1, 2, 3, 4]) {
    const alert = anAlert({ id: `turn-${turn}`, firedAt: turn * MINUTE_MS });
    ends = noteEnds(ends, byId(alert), byId(), turn * MINUTE_MS + 5000);
    expect(shownEnds(ends, byId(alert), turn * MINUTE_MS + 5000)).toEqual([]);
  }
  const shown = shownEnds(ends, byId(), 5 * MINUTE_MS);
  expect(shown).toMatchObject([
    { alert: { id: "turn-4" }, times: 4, firstAt: MINUTE_MS, endedAt: 4 * MINUTE_MS + 5000 },
  ]);
});

test("however many end, those that ended last are kept, the newest first, each series once", () => {
  const anyEnds = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(anyEnds, (targets) => {
      let ends = NONE;
      for (const [at, target] of targets.entries()) {
        const alert = anAlert({ id: `a-${at}`, target: `t${target}` });
        ends = noteEnds(ends, byId(alert), byId(), at);
      }
      const newest = [...new Set<number>(targets.toReversed())].slice(0, 50);
      const shown = shownEnds(ends, byId(), targets.length);
      expect(shown.map(({ alert }) => alert.target)).toEqual(newest.map((name) => `t${name}`));
    }),
    { seed },
  );
});
