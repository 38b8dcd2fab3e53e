import fc from "fast-check";
import { expect, test } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { ByteReader } from "../../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import type { Delta } from "../../../src/merge/delta.ts";
import {
  type ErrorStreak,
  joinStreaks,
  NO_STREAK,
  readStreak,
  streakOfDelta,
  writeStreak,
} from "../../../src/merge/error-streak.ts";
import { ErrorStreakBuilder } from "../../../src/merge/error-streak-builder.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { plainStreak, unordered } from "../../support/plain-runs.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("error streak", process.env["SEED"]);
const MAX = Number.MAX_SAFE_INTEGER;

/** More errors than chance has it, so that runs grow. */
const outcome = fc.oneof(fc.nat(OUTCOMES.length - 1), fc.constantFrom(1, 2));
const outcomes = fc.array(outcome, { maxLength: 12 });

const count = fc.oneof(fc.nat(4), fc.integer({ min: MAX - 4, max: MAX }));

const streak: fc.Arbitrary<ErrorStreak> = fc
  .record({ hasSuccess: fc.boolean(), prefix: count, suffix: count, more: count })
  .map(({ hasSuccess, prefix, suffix, more }) => {
    const longest = Math.max(prefix, suffix, more);
    if (hasSuccess) return { hasSuccess, prefix, suffix, longest };
    return { hasSuccess, prefix, suffix: prefix, longest: prefix };
  });

function streakOf(codes: readonly number[]): ErrorStreak {
  const builder = new ErrorStreakBuilder();
  builder.record(Uint8Array.from(codes), 0, codes.length);
  return builder.finish();
}

function bytesOf(one: ErrorStreak): Uint8Array {
  const writer = new ByteWriter(32);
  writeStreak(writer, one);
  return writer.finish();
}

function deltaOf(groups: readonly (readonly number[])[]): Delta {
  return groups.map((codes, i) => {
    const builder = new AggregateBuilder();
    for (const code of codes) builder.record(1_000, code);
    return { slotStart: i * 5_000, operation: "events", aggregate: builder.finish() };
  });
}

test("errors and timeouts count, what is served ends a run, and being put off does neither", () => {
  const named = (...names: string[]): ErrorStreak =>
    streakOf(names.map((name) => OUTCOMES.findIndex((known) => known === name)));
  expect(named()).toEqual(NO_STREAK);
  expect(named("error", "rate_limited", "timeout")).toMatchObject({ longest: 2, suffix: 2 });
  expect(named("rate_limited")).toEqual(NO_STREAK);
  for (const success of ["ok", "hit", "miss"]) {
    const expected = { hasSuccess: true, prefix: 2, suffix: 1, longest: 2 };
    expect(named("error", "error", success, "timeout")).toEqual(expected);
  }
});

test("a sequence cut into pieces, built or joined, is what the sequence is", () => {
  fc.assert(
    fc.property(fc.array(outcomes, { maxLength: 6 }), (pieces) => {
      const expected = plainStreak(pieces.flat());
      const builder = new ErrorStreakBuilder();
      for (const [i, piece] of pieces.entries()) {
        const padded = Uint8Array.of(0, ...piece, 1);
        if (i % 2 === 0) builder.add(streakOf(piece));
        else builder.record(padded, 1, piece.length + 1);
      }
      expect(builder.finish()).toEqual(expected);
      expect(pieces.map(streakOf).reduce(joinStreaks, NO_STREAK)).toEqual(expected);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test("joining is associative, has an identity, and its counts stop at the largest number", () => {
  fc.assert(
    fc.property(streak, streak, streak, (one, two, three) => {
      const left = joinStreaks(joinStreaks(one, two), three);
      expect(joinStreaks(one, joinStreaks(two, three))).toEqual(left);
      expect(joinStreaks(one, NO_STREAK)).toEqual(one);
      expect(joinStreaks(NO_STREAK, one)).toEqual(one);
      expect(left.longest).toBeLessThanOrEqual(MAX);
      expect(left.longest).toBeGreaterThanOrEqual(Math.max(left.prefix, left.suffix));
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test("of timings without an order it says what is certain, whatever the order was", () => {
  fc.assert(
    fc.property(fc.array(outcomes, { maxLength: 4 }), (groups) => {
      const found = streakOfDelta(deltaOf(groups));
      expect(found).toEqual(plainStreak(unordered(groups.flat())));
      expect(found.longest).toBeLessThanOrEqual(plainStreak(groups.flat()).longest);
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

test("what is written is read again", () => {
  fc.assert(
    fc.property(streak, (one) => {
      const reader = new ByteReader(bytesOf(one));
      expect(readStreak(reader)).toEqual(one);
      expect(reader.atEnd).toBe(true);
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

test("bytes that are no streak are refused", () => {
  const read = (...bytes: number[]) => readStreak(new ByteReader(Uint8Array.from(bytes)));
  expect(() => read(2, 1)).toThrow(/unknown form 2/);
  expect(() => read(1, 3, 1, 2)).toThrow(/longest run of 2, between 3 and 1/);
  expect(() => read(1, 0, 4, 3)).toThrow(/longest run of 3/);
  expect(() => read(1, 0, 4)).toThrow(/ends at byte 3/);
});
