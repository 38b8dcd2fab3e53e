import { expect, test } from "vitest";
import { newFirings } from "../../../dashboard/src/cards/alerts/new-firings.ts";
import type { AlertView } from "../../../src/stream/stream-frame.ts";
import { anAlert, byId } from "./support/an-alert.ts";

/** What is said at each of some moments, by id. */
function said(...moments: readonly (readonly AlertView[])[]): string[][] {
  let told: ReadonlySet<string> | undefined;
  return moments.map((alerts) => {
    const found = newFirings(told, byId(...alerts));
    told = found.told;
    return found.fresh.map(({ id }) => id);
  });
}

const one = anAlert({ id: "one" });
const other = anAlert({ id: "other" });

test("what fired before the page was opened is not news", () => {
  expect(said([one], [one])).toEqual([[], []]);
});

test("an alert is said once when it begins to fire, however often it is told", () => {
  const soon = { ...one, state: "pending" as const };
  expect(said([], [soon], [one], [{ ...one, value: 1 }], [one, other], [one, other])).toEqual([
    [],
    [],
    ["one"],
    [],
    ["other"],
    [],
  ]);
});

test("one that comes back from missing data is the same incident", () => {
  expect(said([], [one], [{ ...one, state: "nodata" }], [one])).toEqual([[], ["one"], [], []]);
});

test("what is silenced or implied by another is said when that is over, and once", () => {
  const silenced = { ...one, silencedBy: "s1" };
  const implied = { ...one, inhibitedBy: "other-rule" };
  expect(said([silenced], [implied], [one], [silenced], [one])).toEqual([[], [], ["one"], [], []]);
});

test("what is said is forgotten when the alert ends", () => {
  const { told } = newFirings(new Set(["one", "gone"]), byId(one));
  expect([...told]).toEqual(["one"]);
});
