import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Aggregate,
  EMPTY_AGGREGATE,
  isEmptyAggregate,
  mergeAggregates,
} from "../../../src/histogram/aggregate.ts";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { NO_MEASURES } from "../../../src/histogram/measure-totals.ts";
import { RollingWindow } from "../../../src/histogram/rolling-window.ts";

const SLOT_MS = 5_000;
const WINDOW_MS = 60_000;

interface Timing {
  readonly at: number;
  /** Null for a number without a timing. */
  readonly durationUs: number | null;
  readonly outcome: number;
}

type Step =
  | {
      readonly kind: "record";
      readonly ageMs: number;
      readonly durationUs: number | null;
      readonly outcome: number;
    }
  | { readonly kind: "wait"; readonly durationMs: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("record" as const),
    ageMs: fc.integer({ min: -30_000, max: 300_000 }),
    durationUs: fc.option(fc.integer({ min: 0, max: 600_000_000 }), { freq: 3 }),
    outcome: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({
    kind: fc.constant("wait" as const),
    // Back by minutes, on by hours: clocks do that.
    durationMs: fc.oneof(
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: -600_000, max: 7_200_000 }),
    ),
  }),
);

function aggregateOf(timings: readonly Timing[]): Aggregate {
  const builder = new AggregateBuilder();
  for (const { durationUs, outcome } of timings) {
    if (durationUs === null) builder.addMeasures(new Map([[0, { count: 1, parts: 3, at: 0 }]]));
    else builder.record(durationUs, outcome);
  }
  return builder.finish();
}

describe("RollingWindow", () => {
  it("holds exactly the timings of its slots, however it got there", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let nowMs = 1_800_000_000_000;
        const window = new RollingWindow(WINDOW_MS, SLOT_MS);
        const slots = new Map<number, Aggregate>();
        const all: Timing[] = [];
        window.advance(nowMs, (start) => slots.get(start));
        for (const next of steps) {
          if (next.kind === "wait") {
            nowMs += next.durationMs;
          } else {
            const timing = { ...next, at: nowMs - next.ageMs };
            const start = Math.floor(timing.at / SLOT_MS) * SLOT_MS;
            const gain = aggregateOf([timing]);
            slots.set(start, mergeAggregates(slots.get(start) ?? EMPTY_AGGREGATE, gain));
            window.add(start, gain);
            all.push(timing);
          }
          window.advance(nowMs, (start) => slots.get(start));
          const end = Math.floor(nowMs / SLOT_MS) * SLOT_MS + SLOT_MS;
          const expected = aggregateOf(all.filter(({ at }) => at >= end - WINDOW_MS && at < end));
          expect(window.counts.toSparse()).toEqual(expected.counts);
          expect(window.outcomes).toEqual(expected.outcomes);
          expect(window.sumUs).toBe(expected.sumUs);
          expect(window.measures).toEqual(expected.measures ?? NO_MEASURES);
          expect(window.isEmpty).toBe(isEmptyAggregate(expected));
          const { minUs, maxUs } = expected;
          expect(window.extremes()).toEqual(expected.count === 0 ? undefined : { minUs, maxUs });
        }
      }),
      { numRuns: 200 },
    );
  });

  it("counts anew when a slot that leaves can no longer be read", () => {
    const window = new RollingWindow(WINDOW_MS, SLOT_MS);
    const gain = aggregateOf([{ at: 0, durationUs: 7, outcome: 0 }]);
    window.advance(1_800_000_000_000, () => undefined);
    window.add(1_800_000_000_000, gain);
    expect(window.counts.total).toBe(1);
    window.advance(1_800_000_000_000 + WINDOW_MS - SLOT_MS, () => undefined);
    expect(window.counts.total).toBe(1);
    window.advance(1_800_000_000_000 + WINDOW_MS, () => undefined);
    expect(window.counts.total).toBe(0);
  });

  it("changes its version only when its content changes", () => {
    const window = new RollingWindow(WINDOW_MS, SLOT_MS);
    window.advance(1_800_000_000_000, () => undefined);
    const before = window.version;
    window.advance(1_800_000_000_000 + SLOT_MS, () => undefined);
    expect(window.version).toBe(before);
    window.add(1_800_000_000_000, aggregateOf([{ at: 0, durationUs: 7, outcome: 0 }]));
    expect(window.version).toBeGreaterThan(before);
  });
});
