import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MinuteCounts } from "../../../src/merge/minute-counts.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../../src/merge/slot-time.ts";
import { throughputMeans } from "../../../src/pillars/throughput-means.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("throughput means", process.env["SEED"]);
const RUNS = Number(process.env["RUNS"] ?? 200);
const BEGIN = Date.UTC(2026, 10, 20, 9);
const TARGETS = ["worker", "meta", "google"] as const;

interface Gain {
  readonly target: string;
  readonly at: number;
  readonly count: number;
}

/** The mean as it is defined, over a plain list: whole minutes that have ended, counted one by one. */
function plainMean(
  gains: readonly Gain[],
  targets: readonly string[],
  windowMs: number,
  nowMs: number,
): number | null {
  const own = gains.filter(({ target }) => targets.includes(target));
  const end = startOf(nowMs, MINUTE_MS);
  // The list is in the order of merging: what a target is known since is what came first.
  const firstAt = Math.min(
    ...targets.map((target) => own.find((gain) => gain.target === target)?.at ?? Infinity),
  );
  if (firstAt > end - windowMs) return null;
  let sum = 0;
  for (const { at, count } of own) if (at >= end - windowMs && at < end) sum += count;
  return sum / (windowMs / MINUTE_MS);
}

const step = fc.record({
  passMs: fc.oneof(
    fc.integer({ min: 0, max: 90_000 }),
    fc.integer({ min: 0, max: 5 * HOUR_MS }),
    fc.constantFrom(MINUTE_MS, HOUR_MS, DAY_MS - MINUTE_MS, DAY_MS),
  ),
  target: fc.constantFrom(...TARGETS),
  // A timing may be five minutes old, and half a minute ahead of the clock.
  ageMs: fc.integer({ min: -30_000, max: 5 * MINUTE_MS }),
  count: fc.integer({ min: 1, max: 1_000 }),
  isLookedAt: fc.boolean(),
});

test("6 and 24 hours are what a plain list says, minute for minute", () => {
  const subsets = fc.subarray([...TARGETS], { minLength: 1 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), subsets, (steps, targets) => {
      const counts = new MinuteCounts([], [], BEGIN);
      const gains: Gain[] = [];
      let nowMs = BEGIN;
      for (const { passMs, target, ageMs, count, isLookedAt } of steps) {
        nowMs += passMs;
        counts.advance(nowMs);
        const at = startOf(nowMs - ageMs, 5_000);
        counts.add(target, at, { count, failed: 0 });
        gains.push({ target, at, count });
        // Looked at now and then only, so that sums move on by more than one minute at once.
        if (!isLookedAt) continue;
        const means = throughputMeans(targets, counts);
        expect(means.mean6hPerMinute).toBe(plainMean(gains, targets, 6 * HOUR_MS, nowMs));
        expect(means.mean24hPerMinute).toBe(plainMean(gains, targets, DAY_MS, nowMs));
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test("the current minute does not count, the one of 24 hours ago does", () => {
  const counts = new MinuteCounts([], [], BEGIN);
  counts.add("worker", BEGIN, { count: 1_440, failed: 0 });
  counts.advance(BEGIN + DAY_MS - 1);
  expect(throughputMeans(["worker"], counts)).toMatchObject({ mean24hPerMinute: null });
  counts.advance(BEGIN + DAY_MS);
  counts.add("worker", BEGIN + DAY_MS, { count: 1_000_000, failed: 0 });
  expect(throughputMeans(["worker"], counts)).toMatchObject({
    mean6hPerMinute: 0,
    mean24hPerMinute: 1,
    ratio: 0,
    grade: { grade: "DECREASING" },
  });
  counts.advance(BEGIN + DAY_MS + MINUTE_MS);
  expect(throughputMeans(["worker"], counts).mean24hPerMinute).toBe(1_000_000 / 1_440);
});

test("a day without a timing is nothing to hold the present against", () => {
  const counts = new MinuteCounts([], [{ target: "worker", at: BEGIN - 2 * DAY_MS }], BEGIN);
  counts.add("worker", BEGIN, { count: 5, failed: 0 });
  expect(throughputMeans(["worker"], counts)).toMatchObject({
    mean24hPerMinute: 0,
    ratio: null,
    grade: { grade: "UNKNOWN", score: null },
  });
});
