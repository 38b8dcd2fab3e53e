import { expect, it } from "vitest";
import { CONTENDED_RULE, SMALL_RULE } from "../../../../bench/limits/bucket-rule.ts";
import { type Contender, type Take, windowOf } from "../../../../bench/limits/contender.ts";
import { Entrant } from "../../../../bench/limits/entrant.ts";
import { grantedAgain } from "../../../../bench/limits/granted-again.ts";
import { sideBySide } from "../../../../bench/limits/side-by-side.ts";

/** Grants so many permits, and is full again, or not, after a crash. */
function limiter(forgets: boolean, capacity = SMALL_RULE.capacity) {
  let left = capacity;
  const take: Take = () => {
    const granted = left > 0;
    if (granted) left -= 1;
    return Promise.resolve({ granted, at: 0 });
  };
  const crash = (): Promise<void> => {
    if (forgets) left = capacity;
    return Promise.resolve();
  };
  return { take, crash };
}

it("counts what is granted again after a crash, and ends with one that always grants", async () => {
  const keeps = limiter(false);
  expect(await grantedAgain(keeps.take, keeps.crash)).toBe(0);
  const forgets = limiter(true);
  expect(await grantedAgain(forgets.take, forgets.crash)).toBe(SMALL_RULE.capacity);
  const endless = limiter(false, Infinity);
  expect(await grantedAgain(endless.take, endless.crash)).toBe(19 * SMALL_RULE.capacity);
});

it("gives a limiter of fixed windows as much at once and in the long run", () => {
  const { points, durationS } = windowOf(CONTENDED_RULE);
  expect(points).toBe(CONTENDED_RULE.capacity);
  expect(points / durationS).toBe(CONTENDED_RULE.refillPerMinute / 60);
});

const CONTENDER: Contender = {
  name: "Ours",
  note: "what it is",
  host: { crash: () => Promise.resolve(), stop: () => Promise.resolve() },
  limit: () => Promise.reject(new Error("not asked here")),
};

it("shows what was measured of everybody, and says why the rest was not", async () => {
  const ours = new Entrant(CONTENDER);
  ours.rates = [3, 1, 2];
  ours.clientCpus.push(0.5, 0.9, 0.85);
  ours.again = 0;
  const missing = new Entrant({ name: "Theirs", missing: "not installed" });
  const broken = new Entrant({ ...CONTENDER, name: "Other", note: "another" });
  broken.rates = [5, Number.NaN];
  expect(await missing.try(() => Promise.resolve("done"))).toBeUndefined();
  expect(await broken.try(() => Promise.reject(new Error("went away")))).toBeUndefined();
  // Nothing more is asked of it.
  expect(await broken.try(() => Promise.resolve("done"))).toBeUndefined();
  const { rows, columns, notes, data } = sideBySide([ours, missing, broken]);
  expect(rows.map((row) => row.length)).toEqual(rows.map(() => columns.length));
  expect(rows).toEqual([
    ["Ours", "2", "1 – 3, n = 3", "–", "0: it remembers"],
    ["Theirs", "–", "–", "–", "–"],
    ["Other", "5", "one run", "–", "–"],
  ]);
  expect(notes?.slice(2)).toEqual([
    "The client is what bounds decisions/s (its processors): Ours (0.85)",
    "what it is",
    "another",
    "Theirs: not installed",
    "Other: broke off: went away",
  ]);
  expect(data).toMatchObject({ "Ours: granted again": 0, "Other: decisions/s": [5] });
});
