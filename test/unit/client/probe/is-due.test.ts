import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDue } from "../../../../src/client/probe/is-due.ts";
import { seedOf } from "../../../support/seeded.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Date.UTC(2026, 10, 21);
const seed = seedOf("is due", process.env["SEED"]);
const numRuns = Number(process.env["RUNS"] ?? 200);

const everyMs = fc.integer({ min: 1, max: 60 }).map((minutes) => minutes * MINUTE);
const minutes = fc.integer({ min: 0, max: 1_440 });
/** By how much each run of a cron is late, or null for one that is left out. */
const runs = fc.array(fc.option(fc.integer({ min: 0, max: MINUTE - 1 }), { freq: 4 }), {
  minLength: 1,
  maxLength: 240,
});

function intervalOf(at: number, every: number): number {
  return Math.floor(at / every);
}

describe("a probe is due", () => {
  it("once in each interval that begins, however late each run of the cron is within its minute", () => {
    fc.assert(
      fc.property(everyMs, minutes, runs, (every, offset, delays) => {
        const start = MIDNIGHT + offset * MINUTE;
        const ran = new Map<number, number>();
        for (const [minute, delay] of delays.entries()) {
          const at = start + minute * MINUTE + (delay ?? 0);
          if (delay === null || !isDue(every, at)) continue;
          ran.set(intervalOf(at, every), (ran.get(intervalOf(at, every)) ?? 0) + 1);
        }
        for (const [minute, delay] of delays.entries()) {
          const at = start + minute * MINUTE;
          if (at % every !== 0) continue;
          // One whose first run is left out is left to the next interval.
          expect(ran.get(intervalOf(at, every))).toBe(delay === null ? undefined : 1);
          ran.delete(intervalOf(at, every));
        }
        expect([...ran]).toEqual([]);
      }),
      { seed, numRuns },
    );
  });

  it("by the time for which the cron was planned, however late it is", () => {
    const planned = Array.from({ length: 60 }, (_, minute) => MIDNIGHT + minute * MINUTE);
    expect(planned.filter((at) => isDue(15 * MINUTE, at))).toEqual(
      [0, 15, 30, 45].map((minute) => MIDNIGHT + minute * MINUTE),
    );
  });

  it("as often as the cron runs, where that is more seldom", () => {
    const everyTen = Array.from({ length: 12 }, (_, run) => MIDNIGHT + run * 10 * MINUTE);
    expect(everyTen.filter((at) => isDue(10 * MINUTE, at))).toEqual(everyTen);
    expect(everyTen.filter((at) => isDue(MINUTE, at))).toEqual(everyTen);
    expect(everyTen.filter((at) => isDue(HOUR, at))).toEqual([MIDNIGHT, MIDNIGHT + HOUR]);
  });

  it("never by a clock that is none", () => {
    expect(isDue(MINUTE, Number.NaN)).toBe(false);
  });
});
