import { describe, expect, it } from "vitest";
import { cacheGrade, errorGrade, latencyGrade, statusOf } from "../../../src/grades/grade.ts";

describe("grades", () => {
  it.each([
    [50, 100, "EXCELLENT", 10],
    [50, 100.1, "GOOD", 8],
    [50.1, 100, "GOOD", 8],
    [100, 200, "GOOD", 8],
    [100.1, 200, "ACCEPTABLE", 6],
    [200, 500, "ACCEPTABLE", 6],
    [10, 501, "DEGRADED", 4],
    [500, 1000, "DEGRADED", 4],
    [501, 1000, "CRITICAL", 2],
    [1, 1001, "CRITICAL", 2],
  ])("gives a latency of p50 %d ms and p95 %d ms %s", (p50Ms, p95Ms, grade, score) => {
    expect(latencyGrade(p50Ms, p95Ms)).toMatchObject({ grade, score });
  });

  it.each([
    [0, "EXCELLENT"],
    [0.01, "GOOD"],
    [0.02, "ACCEPTABLE"],
    [0.05, "DEGRADED"],
    [0.1, "CRITICAL"],
    [1, "CRITICAL"],
  ])("gives an error rate of %d %s", (rate, grade) => {
    expect(errorGrade(rate).grade).toBe(grade);
  });

  it.each([
    [0.95, "EXCELLENT", "green"],
    [0.94, "GOOD", "blue"],
    [0.7, "ACCEPTABLE", "yellow"],
    [0.5, "POOR", "orange"],
    [0.49, "CRITICAL", "red"],
  ])("gives a hit rate of %d %s", (rate, grade, color) => {
    expect(cacheGrade(rate)).toMatchObject({ grade, color });
  });

  it.each([
    [null, "UNKNOWN"],
    [7, "HEALTHY"],
    [6.99, "WARNING"],
    [4, "WARNING"],
    [3.99, "CRITICAL"],
  ] as const)("calls a score of %s %s", (score, status) => {
    expect(statusOf(score)).toBe(status);
  });
});
