import fc from "fast-check";
import { expect, it } from "vitest";
import type { Stretch } from "../../../src/merge/row-stretch.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf, STEPS_MS } from "../../../src/merge/slot-time.ts";
import { givenStretches, overlapText, stretchOverlap } from "../../../src/merge/stretch-overlap.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("overlaps of stretches", process.env["SEED"]);
const DAY = Date.UTC(2026, 10, 1);

/** Few enough hours and minutes that some meet. */
const anyStretch = fc
  .tuple(fc.constantFrom(...STEPS_MS), fc.nat(1), fc.nat(3), fc.nat(3))
  .map(([stepMs, day, hour, minute]): Stretch => {
    const at = DAY + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS;
    return { stepMs, at: startOf(at, stepMs) };
  });

function holds(longer: Stretch, shorter: Stretch): boolean {
  return longer.stepMs > shorter.stepMs && startOf(shorter.at, longer.stepMs) === longer.at;
}

it("finds a stretch that came whole and in shorter ones exactly where there is one", () => {
  const stretches = fc.array(anyStretch, { maxLength: 12 });
  fc.assert(
    fc.property(stretches, (given) => {
      const wanted = given.filter((longer) => given.some((shorter) => holds(longer, shorter)));
      const found = stretchOverlap(given);
      if (wanted.length === 0) expect(found).toBeUndefined();
      else expect(wanted).toContainEqual(found);
    }),
    { seed },
  );
});

it("knows what came as such by what is stored, where shorter ones are kept", () => {
  const stretches = fc.array(anyStretch, { maxLength: 12 });
  const ages = fc.constantFrom(0, 1, 2).map((days) => DAY + days * DAY_MS);
  fc.assert(
    fc.property(stretches, ages, (all, minutesFrom) => {
      // What may be stored of one import: nothing came whole as well as in shorter ones.
      const given = all.filter((longer) => !all.some((shorter) => holds(longer, shorter)));
      const kept = given.filter(({ stepMs, at }) => stepMs !== MINUTE_MS || at >= minutesFrom);
      const hours = given
        .filter(({ stepMs }) => stepMs !== DAY_MS)
        .map(({ at }): Stretch => ({ stepMs: HOUR_MS, at: startOf(at, HOUR_MS) }));
      const days = given.map(({ at }): Stretch => ({ stepMs: DAY_MS, at: startOf(at, DAY_MS) }));
      const keptFrom = { [MINUTE_MS]: minutesFrom, [HOUR_MS]: 0, [DAY_MS]: 0 };
      const found = givenStretches([...kept, ...hours, ...days], keptFrom);
      const told = given.filter(({ stepMs, at }) => stepMs === DAY_MS || at >= minutesFrom);
      expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(
        new Set(told.map((one) => JSON.stringify(one))),
      );
    }),
    { seed },
  );
});

it("says what is there twice", () => {
  expect(overlapText({ stepMs: HOUR_MS, at: DAY })).toContain(
    "2026-11-01T00:00:00.000Z is there as a whole of 3600 s and in shorter rows",
  );
});
