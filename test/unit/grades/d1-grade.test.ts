import { expect, test } from "vitest";
import { d1Grade } from "../../../src/grades/d1-grade.ts";

const WELL = { meansMs: [5, 500], meanWaitMs: 100, sizeBytes: 500_000_000 };

test.each([
  [WELL, "HEALTHY", 10],
  [{ meansMs: [], meanWaitMs: null, sizeBytes: null }, "HEALTHY", 10],
  [{ ...WELL, meansMs: [500.1] }, "WARNING", 8],
  [{ ...WELL, meansMs: [1001, 1001, 1001, 1001, 1001] }, "WARNING", 8],
  [{ ...WELL, meansMs: [1001, 1001, 1001, 1001, 1001, 1001] }, "WARNING", 7],
  [{ ...WELL, meanWaitMs: 100.1 }, "WARNING", 9],
  [{ ...WELL, meanWaitMs: 200 }, "WARNING", 9],
  [{ ...WELL, meanWaitMs: 201 }, "WARNING", 7],
  [{ ...WELL, sizeBytes: 500_000_001 }, "WARNING", 8],
  [{ meansMs: [501], meanWaitMs: 150, sizeBytes: 0 }, "WARNING", 7],
  [{ meansMs: [501], meanWaitMs: 0, sizeBytes: 600_000_000 }, "CRITICAL", 6],
  [{ meansMs: Array<number>(6).fill(2000), meanWaitMs: 300, sizeBytes: 1e10 }, "CRITICAL", 2],
])("%j is %s, %i", (facts, grade, score) => {
  expect(d1Grade(facts)).toMatchObject({ grade, score });
});
