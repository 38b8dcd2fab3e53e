import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { coverRange, isIn } from "../../../src/merge/history.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../../src/merge/slot-time.ts";
import { type StretchTotals, stretchTotals } from "../../../src/merge/stretch-totals.ts";
import { seedOf } from "../../support/seeded.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 12, 10, 0);
const TARGETS = ["meta", "google"];

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

type Step =
  | { readonly kind: "report" | "silence"; readonly reporter: number; readonly outcome: number }
  | { readonly kind: "pass"; readonly durationMs: number }
  | { readonly kind: "evict" | "outage" | "recovery" };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("report" as const, "report" as const, "report" as const, "silence"),
      reporter: fc.nat(3),
      outcome: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      durationMs: fc.constantFrom(2_000, MINUTE_MS, HOUR_MS),
    }),
  },
  fc.record({ kind: fc.constantFrom("evict" as const, "outage" as const, "recovery" as const) }),
);

async function take(world: TenantWorld, step: Step): Promise<void> {
  if (step.kind === "report" || step.kind === "silence") {
    const reporter = world.reporters[step.reporter];
    if (reporter === undefined) throw new Error(`there is no reporter ${step.reporter}`);
    const timings = [0, 1].map((i) => ({
      operation: "events",
      at: world.nowMs - i * MINUTE_MS,
      durationUs: 5_000 + i,
      outcome: step.outcome,
    }));
    const { shard } = reporter;
    if (step.kind === "silence") {
      shard.faults = Array.from({ length: 20_000 }, () => "no_answer" as const);
    }
    world.report(reporter, timings);
    if (step.kind === "report") return world.coordinator.tick();
    // Until the minute is no longer here: what comes then is a part beside it.
    await world.pass(100 * MINUTE_MS);
    shard.faults = [];
    await world.coordinator.tick();
  } else if (step.kind === "pass") {
    await world.pass(step.durationMs);
  } else if (step.kind === "evict") {
    world.evictCoordinator();
    world.arm();
  } else {
    const length = step.kind === "outage" ? 20_000 : 0;
    world.sink.fail(Array.from({ length }, () => "refuse" as const));
  }
}

function inOrder(rows: readonly StretchTotals[]): StretchTotals[] {
  const key = ({ target, stepMs, at, part }: StretchTotals): string =>
    `${target}/${stepMs}/${at}/${part}`;
  return rows.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}

test("the unsettled totals of all targets are those of the rows that history reads of each", async () => {
  let parts = 0;
  let rows = 0;
  const steps = fc.array(STEP, { maxLength: 12, size: "max" });
  const property = fc.asyncProperty(steps, async (all) => {
    const world = new TenantWorld(START);
    for (const step of all) await take(world, step);
    const minuteEnd = world.nowMs + MINUTE_MS;
    const dayEnd = startOf(world.nowMs, DAY_MS) + DAY_MS;
    const ranges = [
      [minuteEnd - 5 * MINUTE_MS, minuteEnd],
      [minuteEnd - 3 * HOUR_MS, dayEnd],
      [startOf(START, DAY_MS) - DAY_MS, dayEnd],
    ] as const;
    for (const [from, to] of ranges) {
      for (const step of [MINUTE_MS, HOUR_MS, "all"] as const) {
        const segments = coverRange(from, to, step);
        const expected = TARGETS.flatMap((target) =>
          world.coordinator
            .unsettled({ target, operation: "*" }, from, to)
            .filter((row) => isIn(segments, row))
            .map(stretchTotals),
        );
        const found = world.coordinator.unsettledTotals(segments);
        expect(inOrder(found)).toEqual(inOrder(expected));
        const ofGoogle = world.coordinator.unsettledTotals(segments, ["google", "reddit"]);
        expect(inOrder(ofGoogle)).toEqual(
          inOrder(expected.filter(({ target }) => target === "google")),
        );
        rows += found.length;
        parts += found.filter(({ part }) => part > 0).length;
      }
    }
  });
  await fc.assert(property, { seed: seedOf("unsettled", process.env["SEED"]), numRuns: 50 });
  // What D1 waits for, and what came too late for what it has.
  expect(rows).toBeGreaterThan(100);
  expect(parts).toBeGreaterThan(0);
});
