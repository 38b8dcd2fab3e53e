import { expect, test } from "vitest";
import { pillarFigure } from "../../../dashboard/src/cards/summary/pillar-figure.ts";
import { errorGrade, latencyGrade } from "../../../src/grades/grade.ts";
import { errorsPillar } from "../../../src/pillars/errors-pillar.ts";
import { latencyPillar } from "../../../src/pillars/latency-pillar.ts";
import type { PillarViews } from "../../../src/stream/stream-frame.ts";
import { aSeries } from "./support/a-series.ts";

const NONE: PillarViews = { latency: null, errors: null, throughput: null, d1: null, cache: null };

/** A target with 100 timings of so many ms, of which so many failed. */
function measured(target: string, p95Ms: number, error = 0) {
  const stats = { count: 100, ok: 100 - error, error, errorRate: error / 100, p95Ms, p50Ms: p95Ms };
  const grades = { latency: latencyGrade(p95Ms, p95Ms), errors: errorGrade(error / 100) };
  return aSeries(target, "*", stats, grades);
}

function pillarsOf(...wholes: ReturnType<typeof measured>[]): PillarViews {
  return { ...NONE, latency: latencyPillar(wholes), errors: errorsPillar(wholes) };
}

test("of latency it is the worst target's, which is named", () => {
  const pillars = pillarsOf(measured("fast", 20), measured("slow", 4_000), measured("fair", 300));
  expect(pillarFigure(pillars, "latency")).toEqual({ field: "p95Ms", value: 4_000, worst: "slow" });
});

test("of errors it is the rate of all, and who fails most", () => {
  const pillars = pillarsOf(measured("sound", 20), measured("broken", 20, 50));
  expect(pillarFigure(pillars, "errors")).toEqual({ field: "rate", value: 0.25, worst: "broken" });
});

test("nobody is called the worst where nothing failed", () => {
  expect(pillarFigure(pillarsOf(measured("sound", 20)), "errors")?.worst).toBeNull();
});

test.each(["latency", "errors", "throughput", "d1", "cache"] as const)("no data: %s", (name) => {
  expect(pillarFigure(NONE, name)).toBeNull();
});
