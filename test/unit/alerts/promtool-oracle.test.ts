import { beforeAll, describe, expect, test } from "vitest";
import { askPromtool, type Expectation, promtoolProblem } from "../../support/alerts/promtool.ts";
import { letters, RUN_VARIANTS, runTimeline } from "../../support/alerts/run-timeline.ts";
import { HOLD_TIMELINES, TIMELINES } from "../../support/alerts/timelines.ts";

const PROBLEM = promtoolProblem();
if (PROBLEM !== undefined) console.warn(`promtool oracle: skipped, since ${PROBLEM}`);

/** For a machine that is busy; promtool takes less than a second. */
const TIMEOUT_MS = 60_000;

const [PLAINLY] = RUN_VARIANTS;
if (PLAINLY === undefined) throw new Error("there is no way to run a timeline");

const EXPECTATIONS: readonly Expectation[] = TIMELINES.map((timeline) => ({
  timeline,
  steps: runTimeline(timeline, PLAINLY),
}));

const NAMED = EXPECTATIONS.map((expectation, index) => ({
  name: expectation.timeline.name,
  expectation,
  index,
}));

test("there are many timelines, each of its own name, and they see every change of state", () => {
  expect(TIMELINES.length).toBeGreaterThanOrEqual(50);
  expect(new Set(TIMELINES.map(({ name }) => name)).size).toBe(TIMELINES.length);
  const seen = EXPECTATIONS.flatMap(({ steps }) => letters(steps)).join(" ");
  for (const change of ["-p", "p-", "pF", "F-", "-F", "Fp"]) expect(seen).toContain(change);
});

describe("the alerts, their states and since when are those of Prometheus", () => {
  let verdicts: readonly string[] = [];

  beforeAll(() => {
    if (PROBLEM === undefined) verdicts = askPromtool(EXPECTATIONS);
  }, TIMEOUT_MS);

  test.skipIf(PROBLEM !== undefined).each(NAMED)("$name", ({ index }) => {
    expect(verdicts[index]).toBe("");
  });
});

test.skipIf(PROBLEM !== undefined)(
  "promtool finds one wrong state, and one wrong time",
  () => {
    const right = EXPECTATIONS.find(({ steps }) => letters(steps) === "pppF---");
    if (right === undefined) throw new Error("the timeline that is spoiled here is gone");
    const spoiled = (change: object): Expectation => ({
      ...right,
      steps: right.steps.map((step, at) =>
        at === 2 ? step.map((a) => ({ ...a, ...change })) : step,
      ),
    });
    const verdicts = askPromtool([
      right,
      spoiled({ state: "firing" }),
      spoiled({ sinceS: 60 }),
      { ...right, steps: right.steps.map((step, at) => (at === 3 ? [] : step)) },
      right,
    ]);
    expect(verdicts[0]).toBe("");
    expect(verdicts[1]).toMatch(/^expr: "ALERTS{.*time: 2m/);
    expect(verdicts[2]).toMatch(/^expr: "ALERTS_FOR_STATE{.*time: 2m/);
    expect(verdicts[3]).toMatch(/exp: nil/);
    expect(verdicts[4]).toBe("");
  },
  TIMEOUT_MS,
);

describe("neither an eviction between any two evaluations nor how data is missing matters", () => {
  test.each(NAMED)("$name", ({ expectation: { timeline, steps } }) => {
    for (const variant of RUN_VARIANTS) expect(runTimeline(timeline, variant)).toEqual(steps);
  });
});

/** Prometheus has nothing like it: the expectations are worked out by hand. */
describe("not shared with Prometheus: an alert that waits for data", () => {
  test.each(HOLD_TIMELINES)("$name", (timeline) => {
    for (const variant of RUN_VARIANTS) {
      const steps = runTimeline(timeline, variant, "hold", timeline.noDataHoldS);
      expect(letters(steps)).toBe(timeline.expected);
    }
  });
});
