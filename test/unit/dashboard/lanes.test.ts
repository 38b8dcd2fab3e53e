import fc from "fast-check";
import { expect, test } from "vitest";
import { SEVERITIES } from "../../../src/alerts/rule.ts";
import {
  type Lane,
  lanesOfHistory,
  lanesOfTransitions,
} from "../../../dashboard/src/cards/alerts/past/lanes.ts";
import { seedOf } from "../../support/seeded.ts";
import { anAlert } from "./support/an-alert.ts";

const seed = seedOf("lanes", process.env["SEED"]);
const span = { from: 100, to: 200 };
const rule = { name: "slow", severity: "HIGH" } as const;

function checkLane({ bands, firingMs }: Lane): void {
  let end = span.from;
  let sum = 0;
  for (const { from, to, state } of bands) {
    expect(from).toBeGreaterThanOrEqual(end);
    expect(to).toBeGreaterThan(from);
    end = to;
    if (state === "firing") sum += to - from;
  }
  expect(end).toBeLessThanOrEqual(span.to);
  expect(firingMs).toBe(sum);
}

test("an alert is a band from when it fired to its end, or to the end of what is shown", () => {
  const alerts = [
    anAlert({ id: "a", firedAt: 50, resolvedAt: 120 }),
    anAlert({ id: "b", firedAt: 150, resolvedAt: null }),
    anAlert({ id: "c", target: "google", severity: "CRITICAL", firedAt: 130, resolvedAt: 140 }),
    anAlert({ id: "d", target: "tiktok", firedAt: 10, resolvedAt: 90 }),
    anAlert({ id: "e", target: "reddit", firedAt: null }),
  ];
  const lanes = lanesOfHistory(alerts, span);
  expect(lanes.map(({ target, firings, firingMs }) => [target, firings, firingMs])).toEqual([
    ["google", 1, 10],
    ["meta", 2, 70],
  ]);
  expect(lanes[1]?.bands).toEqual([
    { from: 100, to: 120, state: "firing" },
    { from: 150, to: 200, state: "firing" },
  ]);
});

test("lanes of whatever history lie within what is shown, and say how long it fired", () => {
  const anyAlert = fc
    .record({
      target: fc.constantFrom("meta", "google"),
      severity: fc.constantFrom(...SEVERITIES),
      firedAt: fc.integer({ min: 0, max: 300 }),
      lastedMs: fc.option(fc.integer({ min: 0, max: 150 })),
    })
    .map(({ lastedMs, ...part }) =>
      anAlert({ ...part, resolvedAt: lastedMs === null ? null : part.firedAt + lastedMs }),
    );
  fc.assert(
    fc.property(fc.array(anyAlert), (alerts) => {
      const lanes = lanesOfHistory(alerts, span);
      for (const lane of lanes) checkLane(lane);
      for (const target of ["meta", "google"]) {
        const fired = alerts.filter((alert) => alert.target === target);
        // Counted millisecond by millisecond.
        let firingMs = 0;
        for (let at = span.from; at < span.to; at += 1) {
          const isOn = fired.some(
            ({ firedAt, resolvedAt }) => (firedAt ?? 0) <= at && at < (resolvedAt ?? Infinity),
          );
          if (isOn) firingMs += 1;
        }
        const lane = lanes.find((candidate) => candidate.target === target);
        expect(lane?.firingMs ?? 0).toBe(firingMs);
      }
    }),
    { seed },
  );
});

test("what a rule would have done becomes bands, each until the next change", () => {
  const change = (
    at: number,
    state: "pending" | "firing" | "nodata" | "resolved" | "inactive",
  ) => ({
    at,
    target: "meta",
    operation: "*",
    state,
    value: null,
  });
  const transitions = [
    change(100, "pending"),
    change(110, "inactive"),
    change(120, "pending"),
    change(125, "firing"),
    change(150, "nodata"),
    change(160, "firing"),
    change(170, "resolved"),
    change(190, "pending"),
  ];
  const [lane] = lanesOfTransitions(transitions, rule, span);
  expect(lane?.bands).toEqual([
    { from: 100, to: 110, state: "pending" },
    { from: 120, to: 125, state: "pending" },
    { from: 125, to: 150, state: "firing" },
    { from: 150, to: 160, state: "nodata" },
    { from: 160, to: 170, state: "firing" },
    { from: 190, to: 200, state: "pending" },
  ]);
  // What comes back from missing data is the same incident.
  expect(lane).toMatchObject({ rule: "slow", severity: "HIGH", firings: 1, firingMs: 35 });
});

test("lanes of whatever changes are apart by series, and what fired longest is first", () => {
  const anyChanges = fc
    .array(
      fc.record({
        at: fc.integer({ min: span.from, max: span.to }),
        target: fc.constantFrom("meta", "google"),
        operation: fc.constantFrom("*", "send"),
        state: fc.constantFrom("pending", "firing", "nodata", "resolved", "inactive"),
        value: fc.constant(null),
      }),
    )
    .map((changes) => changes.toSorted((left, right) => left.at - right.at));
  fc.assert(
    fc.property(anyChanges, (changes) => {
      const lanes = lanesOfTransitions(changes, rule, span);
      for (const lane of lanes) checkLane(lane);
      const series = new Set(changes.map(({ target, operation }) => `${target} ${operation}`));
      expect(new Set(lanes.map(({ target, operation }) => `${target} ${operation}`))).toEqual(
        series,
      );
      const longest = lanes.map(({ firingMs }) => firingMs);
      expect(longest).toEqual(longest.toSorted((left, right) => right - left));
    }),
    { seed },
  );
});
