import { describe, expect, test } from "vitest";
import { colorOfStatus, troublesOf } from "../../../dashboard/src/cards/summary/troubles.ts";
import { errorGrade, latencyGrade } from "../../../src/grades/grade.ts";
import { errorsPillar } from "../../../src/pillars/errors-pillar.ts";
import { latencyPillar } from "../../../src/pillars/latency-pillar.ts";
import { MIN_COUNT } from "../../../src/pillars/mean-score.ts";
import type { PillarViews } from "../../../src/stream/stream-frame.ts";
import { aSeries } from "./support/a-series.ts";

const NONE: PillarViews = { latency: null, errors: null, throughput: null, d1: null, cache: null };

/** A target with so many timings, whose share `errorRate` failed. */
function measured(target: string, p95Ms: number, errorRate = 0, count = 100) {
  const error = count * errorRate;
  const stats = { count, ok: count - error, error, errorRate, p95Ms, p50Ms: p95Ms };
  const grades = { latency: latencyGrade(p95Ms, p95Ms), errors: errorGrade(errorRate) };
  return aSeries(target, "*", stats, grades);
}

function pillarsOf(...wholes: ReturnType<typeof measured>[]): PillarViews {
  return { ...NONE, latency: latencyPillar(wholes), errors: errorsPillar(wholes) };
}

describe("what is CRITICAL", () => {
  test("one broken target of many is named, though the mean hardly moves", () => {
    const sound = Array.from({ length: 8 }, (_, index) => measured(`sound-${index}`, 20));
    const troubles = troublesOf(pillarsOf(...sound, measured("reddit", 20, 0.58)));
    expect(troubles).toEqual([{ kind: "errors", target: "reddit", rate: 0.58 }]);
  });

  test("who fails comes before who is slow, and the worst first", () => {
    const pillars = pillarsOf(
      measured("slow", 9_000),
      measured("bad", 20, 0.5),
      measured("worse", 20, 0.9),
    );
    const names = troublesOf(pillars).map((one) => ("target" in one ? one.target : one.kind));
    expect(names).toEqual(["worse", "bad", "slow"]);
  });

  test("a target of few timings is none, one more and it is", () => {
    expect(troublesOf(pillarsOf(measured("rare", 20, 1, MIN_COUNT - 1)))).toEqual([]);
    expect(troublesOf(pillarsOf(measured("rare", 20, 1, MIN_COUNT)))).toHaveLength(1);
  });

  test("nothing, where nothing is known", () => {
    expect(troublesOf(undefined)).toEqual([]);
    expect(troublesOf(NONE)).toEqual([]);
  });
});

describe("the colour of the status", () => {
  test.each([
    ["HEALTHY", 0, 0, "green"],
    ["HEALTHY", 0, 1, "none"],
    ["HEALTHY", 1, 0, "orange"],
    ["HEALTHY", 1, 1, "orange"],
    ["WARNING", 0, 0, "orange"],
    ["CRITICAL", 0, 0, "red"],
    ["CRITICAL", 3, 3, "red"],
    ["UNKNOWN", 0, 0, "none"],
  ] as const)(
    "%s beside %d that are CRITICAL and %d that fire",
    (status, troubles, firing, color) => {
      expect(colorOfStatus(status, troubles, firing)).toBe(color);
    },
  );
});
