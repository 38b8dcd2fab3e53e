import { expect, test } from "vitest";
import { throughputGrade } from "../../../src/grades/throughput-grade.ts";

test.each([
  [null, "UNKNOWN", "gray", null],
  [0, "DECREASING", "orange", 4],
  [0.79, "DECREASING", "orange", 4],
  [0.8, "STABLE", "blue", 6],
  [1.2, "STABLE", "blue", 6],
  [1.21, "INCREASING", "green", 8],
  [1.5, "INCREASING", "green", 8],
  [1.51, "SURGE", "purple", 10],
])("%j is %s, %s, %j", (ratio, grade, color, score) => {
  expect(throughputGrade(ratio)).toEqual({ grade, color, score });
});
