import { expect, test } from "vitest";
import { Arrivals } from "../../../../bench/freshness/arrivals.ts";

test("a call is seen by who first counts it, and by nobody is never", () => {
  const arrivals = new Arrivals();
  for (const [at, count] of [
    [100, 2],
    [150, 3],
    // Somebody who shows less than before: what was seen was seen.
    [160, 2],
    [200, 5],
  ] as const) {
    arrivals.note(count, at);
  }
  expect(arrivals.delaysMs([90, 140, 145, 195], 2)).toEqual([60, 60, 55, Infinity]);
});

test("calls are in the order of their ends", () => {
  const arrivals = new Arrivals();
  arrivals.note(1, 20);
  arrivals.note(2, 40);
  expect(arrivals.delaysMs([30, 10], 0)).toEqual([10, 10]);
});
