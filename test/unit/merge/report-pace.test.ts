import { expect, test } from "vitest";
import { ReportPace } from "../../../src/merge/report-pace.ts";

/** Reports in equal intervals. @returns what the last one was told. */
function run(pace: ReportPace, perSecond: number, seconds: number, fromMs: number): boolean {
  let mayHold = false;
  for (let i = 0; i < perSecond * seconds; i += 1) {
    mayHold = pace.note(fromMs + (i / perSecond) * 1_000);
  }
  return mayHold;
}

test.each([
  [1, false],
  [7, false],
  [10, false],
  [15, true],
  [200, true],
])("%d reports a second, for a minute: held open is %s", (perSecond, mayHold) => {
  expect(run(new ReportPace(), perSecond, 60, 1_795_000_000_000)).toBe(mayHold);
});

test("a burst is no pace", () => {
  const pace = new ReportPace();
  const told = Array.from({ length: 50 }, () => pace.note(1_795_000_000_000));
  expect(told).toEqual(Array.from({ length: 50 }, () => false));
});

test("a pace near the bound does not change its mind, a lower one does", () => {
  const pace = new ReportPace();
  expect(run(pace, 20, 60, 0)).toBe(true);
  expect(run(pace, 10, 60, 60_000)).toBe(true);
  expect(run(pace, 5, 60, 120_000)).toBe(false);
  expect(run(pace, 10, 60, 180_000)).toBe(false);
});

test("a clock that went back stands still until it has caught up", () => {
  const pace = new ReportPace();
  expect(run(pace, 20, 60, 600_000)).toBe(true);
  expect(pace.note(1_000)).toBe(true);
  expect(run(pace, 1, 120, 660_000)).toBe(false);
});
