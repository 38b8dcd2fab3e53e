import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueEvents } from "../../../scripts/lib/due-events.ts";

const PLAN = { ratePerSecond: 10, maxInFlight: 4 };

describe("dueEvents", () => {
  it("keeps the rate", () => {
    expect(dueEvents(PLAN, { scheduled: 0, inFlight: 0 }, 99)).toEqual({ send: 0, skip: 0 });
    expect(dueEvents(PLAN, { scheduled: 0, inFlight: 0 }, 100)).toEqual({ send: 1, skip: 0 });
    expect(dueEvents(PLAN, { scheduled: 10, inFlight: 0 }, 1_000)).toEqual({ send: 0, skip: 0 });
  });

  it("skips what does not fit in flight, and what a pause left behind", () => {
    expect(dueEvents(PLAN, { scheduled: 0, inFlight: 3 }, 300)).toEqual({ send: 1, skip: 2 });
    expect(dueEvents(PLAN, { scheduled: 0, inFlight: 4 }, 300)).toEqual({ send: 0, skip: 3 });
    const plenty = { ratePerSecond: 10, maxInFlight: 1_000 };
    expect(dueEvents(plenty, { scheduled: 0, inFlight: 0 }, 60_000)).toEqual({
      send: 5,
      skip: 595,
    });
  });

  it("schedules exactly rate x time, whatever the rhythm it is asked in", () => {
    const rhythm = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), rhythm, (ratePerSecond, gapsMs) => {
        let elapsedMs = 0;
        let scheduled = 0;
        for (const gapMs of gapsMs) {
          elapsedMs += gapMs;
          const progress = { scheduled, inFlight: 0 };
          const due = dueEvents({ ratePerSecond, maxInFlight: 50 }, progress, elapsedMs);
          expect(due.send).toBeLessThanOrEqual(Math.min(50, Math.max(1, ratePerSecond)));
          scheduled += due.send + due.skip;
          expect(scheduled).toBe(Math.floor((ratePerSecond * elapsedMs) / 1_000));
        }
      }),
    );
  });
});
