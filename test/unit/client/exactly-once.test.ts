import fc from "fast-check";
import { expect, test } from "vitest";

import type { Tachograph } from "../../../src/client/index.ts";
import { harness, imbalance } from "./harness.ts";
import type { Harness } from "./harness.ts";
import type { Fate } from "./model-server.ts";

const TARGETS = ["meta", "google", "tiktok"] as const;
const OPTIONS = {
  flushAtTimings: 5,
  maxBufferedTimings: 40,
  maxReportAgeMs: 20_000,
};

type Step =
  | { readonly do: "record"; readonly target: number; readonly count: number }
  | { readonly do: "record_bad" }
  | { readonly do: "advance"; readonly durationMs: number }
  | { readonly do: "flush"; readonly withinMs: number | undefined }
  | { readonly do: "kill"; readonly timers: number };

const delayMs = fc.integer({ min: 0, max: 15_000 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("record" as const),
      target: fc.nat(TARGETS.length - 1),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("record_bad" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      durationMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ max: 40_000, min: 0 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("flush" as const),
      withinMs: fc.constantFrom(undefined, 500),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("kill" as const), timers: fc.nat(255) }),
  },
);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("ok" as const, "lose_request", "lose_answer", "arrive_twice"),
  }),
  fc.record({
    kind: fc.constantFrom("throw" as const, "throw_after", "unavailable", "invalid", "invalid_one"),
  }),
  fc.record({
    kind: fc.constantFrom("request_late" as const, "answer_late" as const),
    delayMs,
  }),
  fc.record({
    kind: fc.constant("garbage" as const),
    answer: fc.constantFrom(undefined, null, {}, "no", { ok: true }, { ok: true, results: [null] }),
  }),
);

let nextId = 1;

/** Records a timing whose duration is unique, so that the server knows it again. */
function recordUnique(tacho: Tachograph, target: string): void {
  tacho.record(target, `op${nextId % 3}`, nextId / 1_000);
  nextId += 1;
}

async function run(world: Harness, action: Step): Promise<void> {
  const tacho = world.request();
  switch (action.do) {
    case "record":
      for (let i = 0; i < action.count; i += 1) recordUnique(tacho, TARGETS[action.target] ?? "");
      break;
    case "record_bad":
      tacho.record("Not A Name", "events", 1);
      tacho.record("meta", "", 1);
      tacho.record("meta", "events", Number.NaN);
      break;
    case "advance":
      await world.time.advance(action.durationMs);
      break;
    case "flush":
      void tacho.flush(action.withinMs);
      break;
    case "kill":
      world.time.kill((index) => ((action.timers >> (index % 8)) & 1) === 1);
  }
  await world.time.settle();
}

function check(world: Harness): void {
  const stats = world.request().stats();
  expect(imbalance(stats), "recorded = acknowledged + buffered + givenUp + refused").toBe(0);
  expect(stats.buffered).toBeLessThanOrEqual(OPTIONS.maxBufferedTimings);
  expect(stats.buffered).toBeGreaterThanOrEqual(0);
  expect(stats.fateUnknown).toBeLessThanOrEqual(stats.givenUp);
  expect(Math.max(0, ...world.server.counted.values()), "counted at most once").toBeLessThan(2);
  expect(world.server.changed, "a repeated report is what it was").toBeUndefined();
  // What is acknowledged is counted, and what is given up may be only where its fate is unknown.
  expect(world.server.countedTimings).toBeGreaterThanOrEqual(stats.acknowledged);
  expect(world.server.countedTimings).toBeLessThanOrEqual(
    stats.acknowledged + stats.buffered + stats.fateUnknown,
  );
}

/** The network is well again, one more request comes along for every target, and time passes. */
async function heal(world: Harness): Promise<void> {
  world.server.fates = [];
  for (let round = 0; round < 3; round += 1) {
    for (const target of TARGETS) recordUnique(world.request(), target);
    await world.time.advance(35_000);
  }
}

test("any interleaving of faults counts every timing at most once and balances the books", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(fate, { maxLength: 20 }),
      async (steps, fates) => {
        const world = harness(OPTIONS);
        world.server.fates = [...fates];
        for (const action of steps) {
          await run(world, action);
          check(world);
        }
        await heal(world);
        check(world);
        const stats = world.request().stats();
        expect(stats.buffered, "nothing is stuck once the network is well").toBe(0);
        expect(world.server.givenUp, "what was given up is told").toBeGreaterThanOrEqual(
          stats.givenUp,
        );
        if (stats.fateUnknown === 0) expect(world.server.givenUp).toBe(stats.givenUp);
      },
    ),
    { numRuns: 500 },
  );
});

test("without faults everything is acknowledged, and the durations arrive as they were", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(TARGETS.length - 1), { maxLength: 30 }), async (targets) => {
      const world = harness(OPTIONS);
      const first = nextId;
      for (const target of targets) {
        recordUnique(world.request(), TARGETS[target] ?? "");
        await world.time.advance(7);
      }
      await world.time.advance(2_000);
      const stats = world.request().stats();
      expect(stats.acknowledged).toBe(targets.length);
      expect([...world.server.counted.keys()].toSorted((one, other) => one - other)).toEqual(
        targets.map((_, index) => first + index),
      );
    }),
    { numRuns: 50 },
  );
});
