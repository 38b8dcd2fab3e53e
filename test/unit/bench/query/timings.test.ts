import { describe, expect, test } from "vitest";
import {
  dataEnd,
  makeTimings,
  questionsUntil,
  TARGETS,
  timingsWithin,
} from "../../../../bench/query/timings.ts";
import { MIN_IMPORT_AGE_MS } from "../../../../src/api/min-import-age.ts";
import { DAY_MS, HOUR_MS } from "../../../../src/merge/slot-time.ts";

const TO = Date.parse("2026-11-20T12:30:00Z");
const PER_TARGET = 4_000;

describe("makeTimings", () => {
  test("makes the same timings each time, other ones for each platform", () => {
    const once = makeTimings(TO, PER_TARGET);
    expect(makeTimings(TO, PER_TARGET)).toEqual(once);
    expect(once.map(({ target }) => target)).toEqual(TARGETS);
    const starts = once.map(({ durationsUs }) => durationsUs.slice(0, 20).join());
    expect(new Set(starts).size).toBe(TARGETS.length);
  });

  test("makes no two timings of a platform in one millisecond: a database would keep the last", () => {
    // As dense as it gets: the last minute of two million.
    for (const { ats } of makeTimings(TO, 2_000_000).slice(0, 1)) {
      let equal = 0;
      for (let i = 1; i < ats.length; i++) if ((ats[i] ?? 0) <= (ats[i - 1] ?? 0)) equal += 1;
      expect(equal).toBe(0);
    }
  });

  test("puts a quarter of them into the last day, a four-hundredth into the last minute", () => {
    const { minute, day, month } = questionsUntil(TO);
    for (const timings of makeTimings(TO, PER_TARGET)) {
      const countIn = (question: typeof day): number => timingsWithin(timings, question).ats.length;
      expect([minute, day, month].map(countIn)).toEqual([10, 1_000, PER_TARGET]);
    }
  });
});

test("timingsWithin takes what begins at from, and not what begins at to", () => {
  const timings = {
    target: "meta",
    ats: Float64Array.of(10, 20, 30, 40),
    durationsUs: Int32Array.of(1, 2, 3, 4),
  };
  const within = (from: number, to: number): number[] => [
    ...timingsWithin(timings, { from, to }).durationsUs,
  ];
  expect(within(20, 40)).toEqual([2, 3]);
  expect(within(21, 41)).toEqual([3, 4]);
  expect(within(0, 10)).toEqual([]);
  expect(within(0, 99)).toEqual([1, 2, 3, 4]);
});

describe("what is asked for", () => {
  test("ends at half past twelve, whenever it is asked, and is old enough to be imported", () => {
    for (let minute = 0; minute < 24 * 60; minute += 7) {
      const nowMs = TO + minute * 60_000;
      const to = dataEnd(nowMs);
      expect(to % DAY_MS).toBe(TO % DAY_MS);
      expect(nowMs - to).toBeGreaterThan(MIN_IMPORT_AGE_MS);
      expect(nowMs - to).toBeLessThan(DAY_MS + HOUR_MS);
    }
  });

  test("begins with a whole hour over a month, where minutes are no longer kept", () => {
    const { month } = questionsUntil(TO);
    expect(month.from % HOUR_MS).toBe(0);
    expect(TO - month.from).toBe(30 * DAY_MS - HOUR_MS / 2);
  });
});
