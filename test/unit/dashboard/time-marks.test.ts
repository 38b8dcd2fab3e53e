import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClockOffset, timeMarks } from "../../../dashboard/src/charts/time-marks.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("marks of time", process.env["SEED"]);

/** How far the clocks of a place are ahead of UTC. */
function offsetOf(timeZone: string): ClockOffset {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const shown = new Map(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const [year, month, day, hour, minute, second] = (
      ["year", "month", "day", "hour", "minute", "second"] as const
    ).map((part) => shown.get(part) ?? Number.NaN);
    const wallAt = Date.UTC(
      year ?? Number.NaN,
      (month ?? Number.NaN) - 1,
      day,
      hour,
      minute,
      second,
    );
    return wallAt - Math.floor(at / 1000) * 1000;
  };
}

const BERLIN = offsetOf("Europe/Berlin");

/** Put forward at 2, at 0 and by half an hour; never; and 45 minutes beside the hour. */
const anyOffset = fc
  .constantFrom(
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "UTC",
  )
  .map(offsetOf);

describe("timeMarks", () => {
  it("are at full steps of the clock on the wall, in order, and no more than have room", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1.7e12, max: 1.9e12 }),
        fc.integer({ min: MINUTE_MS, max: 90 * DAY_MS }),
        fc.integer({ min: 2, max: 20 }),
        anyOffset,
        (from, spanMs, maxCount, offsetMsAt) => {
          const to = from + spanMs;
          const { stepMs, marks } = timeMarks({ from, to, offsetMsAt }, maxCount);
          expect(marks.length).toBeLessThanOrEqual(maxCount);
          expect(marks).toEqual([...new Set(marks)].toSorted((left, right) => left - right));
          for (const at of marks) {
            expect(at).toBeGreaterThanOrEqual(from);
            expect(at).toBeLessThanOrEqual(to);
            const wallAt = at + offsetMsAt(at);
            if (stepMs < DAY_MS) expect(wallAt % stepMs).toBe(0);
            else {
              // Where midnight is passed over, a day begins at one.
              expect(wallAt % stepMs).toBeLessThanOrEqual(HOUR_MS);
              expect(Math.floor((at - HOUR_MS - 1 + offsetMsAt(at - HOUR_MS - 1)) / DAY_MS)).toBe(
                Math.floor(wallAt / DAY_MS) - 1,
              );
            }
          }
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it("begin each day at its midnight, also behind a change of the clock", () => {
    const from = Date.UTC(2026, 2, 26, 12);
    const axis = { from, to: from + 7 * DAY_MS, offsetMsAt: BERLIN };
    const { stepMs, marks } = timeMarks(axis, 8);
    expect(stepMs).toBe(DAY_MS);
    // Berlin is put forward on the 29th of March.
    expect(marks).toEqual(
      [27, 28, 29, 30, 31, 32, 33].map((day) => Date.UTC(2026, 2, day, day <= 29 ? -1 : -2)),
    );
  });

  it("begin a day at one where midnight is passed over", () => {
    // Havana is put forward from midnight to one on the 8th of March.
    const from = Date.UTC(2026, 2, 6, 12);
    const axis = { from, to: from + 4 * DAY_MS, offsetMsAt: offsetOf("America/Havana") };
    expect(timeMarks(axis, 6).marks).toEqual([
      Date.UTC(2026, 2, 7, 5),
      Date.UTC(2026, 2, 8, 5),
      Date.UTC(2026, 2, 9, 4),
      Date.UTC(2026, 2, 10, 4),
    ]);
  });

  it("are where the clock shows a full step on the day on which it is put back", () => {
    const from = Date.UTC(2026, 9, 24, 22);
    const { stepMs, marks } = timeMarks({ from, to: from + 25 * HOUR_MS, offsetMsAt: BERLIN }, 6);
    expect(stepMs).toBe(6 * HOUR_MS);
    expect(marks.map((at) => (at - from) / HOUR_MS)).toEqual([0, 7, 13, 19, 25]);
  });
});
