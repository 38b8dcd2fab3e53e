import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { OrderedAggregate } from "../../../src/histogram/ordered-aggregate.ts";

const entry = fc.tuple(fc.integer({ min: 0, max: 600_000_000 }), fc.integer({ min: 1, max: 9 }));

describe("OrderedAggregate", () => {
  // Up to 400: the builder lists a few and counts more in pages.
  it("makes of ascending durations what a builder makes of them in any order", () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 400, size: "max" }),
        fc.nat({ max: 5 }),
        (list, outcome) => {
          const builder = new AggregateBuilder();
          for (const [durationUs, count] of list) builder.record(durationUs, outcome, count);
          const ordered = new OrderedAggregate(outcome);
          const sorted = list.toSorted(([left], [right]) => left - right);
          for (const [durationUs, count] of sorted) ordered.record(durationUs, count);
          expect(ordered.finish()).toEqual(builder.finish());
        },
      ),
    );
  });
});

describe("AggregateBuilder", () => {
  it("hands one aggregate on as it came, and goes on counting after it", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 200, size: "max" }), (list) => {
        const first = new AggregateBuilder();
        for (const [durationUs, count] of list) first.record(durationUs, 0, count);
        const aggregate = first.finish();
        const second = new AggregateBuilder();
        second.add(aggregate);
        expect(second.finish()).toBe(aggregate);
        second.record(5, 1);
        first.record(5, 1);
        expect(second.finish()).toEqual(first.finish());
        expect(aggregate.count).toBe(list.reduce((sum, [, count]) => sum + count, 0));
      }),
    );
  });
});
