import { expect, test } from "vitest";
import type { SystemFigures } from "../../../../bench/query/ask-all.ts";
import { queryRows } from "../../../../bench/query/query-rows.ts";
import { questionsUntil, TARGETS } from "../../../../bench/query/timings.ts";
import { nearestRank } from "../../../../bench/query/truth.ts";

const { day, month } = questionsUntil(Date.parse("2026-11-20T12:30:00Z"));

/** Asked about a day of one platform, a month of one and a month of all. */
function figuresOf(name: string, roundsMs: readonly number[], error = 0): SystemFigures {
  const plans = [
    { question: day, targets: TARGETS.slice(0, 1), rounds: roundsMs.length },
    { question: month, targets: TARGETS.slice(0, 1), rounds: roundsMs.length },
    { question: month, targets: TARGETS, rounds: roundsMs.length },
  ];
  return {
    system: {
      name,
      holds: "",
      rule: nearestRank,
      load: () => Promise.resolve(),
      ask: () => Promise.resolve({ percentilesUs: new Map() }),
    },
    answers: plans.map((plan) => ({ plan, firstMs: 1, roundsMs, error, rowsRead: undefined })),
    loadSeconds: 1,
  };
}

function rowsOf(influxMs: readonly number[], isLook = false, error = 0): string[] {
  const systems = [
    figuresOf("Tachograph", [1, 2, 4], error),
    figuresOf("VictoriaMetrics", [1, 1, 1]),
    figuresOf("InfluxDB", influxMs),
  ];
  return queryRows({ systems, missing: [], failed: [], timings: 10, isLook }).map(
    ({ what, goal, measured, verdict }) => `${what} | ${goal} | ${measured} | ${verdict}`,
  );
}

test("a ratio is of each round, and a goal is only that of InfluxDB over a month", () => {
  expect(rowsOf([100, 100, 100])).toEqual([
    "24 h of one platform, time by ours: VictoriaMetrics | – | 0.5 × | info",
    "30 d of one platform, time by ours: VictoriaMetrics | – | 0.5 × | info",
    "24 h of one platform, time by ours: InfluxDB | – | 50 × | info",
    "30 d of one platform, time by ours: InfluxDB | ≥ 50 × | 50 × | pass",
    "30 d of 5 platforms, time by ours: InfluxDB | – | 50 × | info",
    "p50–p99.9 of every answer against the sorted timings: worst relative error | ≤ 0.1 % | 0 % | pass",
  ]);
});

test("too slow a month and too large an error are missed, but a look misses no ratio", () => {
  const missed = rowsOf([100, 98, 98], false, 0.002).filter((row) => row.endsWith("MISS"));
  expect(missed).toHaveLength(2);
  expect(rowsOf([100, 98, 98], true).filter((row) => row.endsWith("MISS"))).toEqual([]);
});

test("a peer that is missing is skipped with its reason", () => {
  const missing = [{ name: "InfluxDB", missing: "influxd is not installed" }];
  const systems = [figuresOf("Tachograph", [1, 2, 4])];
  const failed = [{ name: "D1", why: "broke off: it was too much" }];
  const rows = queryRows({ systems, missing, failed, timings: 10, isLook: false });
  expect(rows.map(({ verdict, note }) => [verdict, note])).toEqual([
    ["skipped", "influxd is not installed"],
    ["failed", "broke off: it was too much"],
    ["pass", "one and five platforms, 1 min, 24 h and 30 d"],
  ]);
});

test("without our own figures nothing is compared, and it is told why", () => {
  const failed = [{ name: "Tachograph", why: "broke off: it answered 500" }];
  const systems = [figuresOf("InfluxDB", [1, 2, 4])];
  const rows = queryRows({ systems, missing: [], failed, timings: 10, isLook: false });
  expect(rows.map(({ verdict, note }) => [verdict, note])).toEqual([
    ["failed", "broke off: it answered 500"],
  ]);
});
