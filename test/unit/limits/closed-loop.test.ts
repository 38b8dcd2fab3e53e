import fc from "fast-check";
import { expect, test } from "vitest";
import {
  effectiveMs,
  heed,
  isClosed,
  type LoopState,
  MAX_CLOSED_MS,
  OPEN,
  rateAt,
  setBack,
  waitMs,
} from "../../../src/limits/closed-loop.ts";
import type { PlatformSignal } from "../../../src/wire/permits.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const seed = seedOf("closed loop", process.env["SEED"]);
const REFUSED: PlatformSignal = { status: 429, isLimited: true };

function refused(retryAfterMs: number): PlatformSignal {
  return { ...REFUSED, retryAfterMs };
}

function used(usedPercent: number): PlatformSignal {
  return { status: 200, isLimited: false, usedPercent };
}

const anySignal: fc.Arbitrary<PlatformSignal> = fc.oneof(
  fc.constant(REFUSED),
  fc.double({ min: -1e6, max: 1e9, noNaN: true }).map(refused),
  fc.double({ min: 0, max: 130, noNaN: true }).map(used),
);

/** What a history of signals leads to. */
const anyState: fc.Arbitrary<LoopState> = fc
  .array(fc.tuple(anySignal, fc.integer({ min: 0, max: 100_000 })), { minLength: 1, maxLength: 6 })
  .map((history) => {
    const ends = history.reduce((sum, [, passedMs]) => sum + passedMs, 0);
    let [state, nowMs] = [OPEN, NOW - ends];
    for (const [signal, passedMs] of history) {
      state = heed(state, signal, nowMs);
      nowMs += passedMs;
    }
    return state;
  });

test("a Retry-After closes for so long, and at least for a second: also of 0, and in the past", () => {
  expect(heed(OPEN, refused(30_000), NOW).fromMs).toBe(NOW + 30_000);
  for (const retryAfterMs of [0, -5_000, 0.5]) {
    const state = heed(OPEN, refused(retryAfterMs), NOW);
    expect(state.fromMs).toBe(NOW + 1_000);
    expect(state.reason).toMatch(/asked to wait for [01] s$/u);
  }
});

test("a Retry-After of a year is cut to a day, and the reason says so", () => {
  const state = heed(OPEN, refused(365 * 86_400_000), NOW);
  expect(state.fromMs).toBe(NOW + MAX_CLOSED_MS);
  expect(state.reason).toBe(
    "the platform answered 429 and asked to wait for 31536000 s, of which 86400 s are kept",
  );
});

test("refusals while it is closed are no further strikes, and only a later time extends it", () => {
  const closed = heed(OPEN, REFUSED, NOW);
  expect(closed).toMatchObject({ fromMs: NOW + 1_000, strikes: 1 });
  expect(heed(closed, REFUSED, NOW + 500)).toBe(closed);
  expect(heed(closed, refused(400), NOW + 500)).toBe(closed);
  expect(heed(closed, refused(9_000), NOW + 500)).toMatchObject({
    fromMs: NOW + 9_500,
    strikes: 1,
  });
});

test("without a time it closes for twice as long with each refusal, to five minutes", () => {
  let [state, nowMs] = [OPEN, NOW];
  const closedMs: number[] = [];
  for (let strike = 0; strike < 11; strike += 1) {
    state = heed(state, REFUSED, nowMs);
    closedMs.push(state.fromMs - nowMs);
    nowMs = state.fromMs + 1;
  }
  const doubled = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000);
  expect(closedMs).toEqual(doubled);
  expect(heed(state, REFUSED, state.toMs)).toMatchObject({ strikes: 1 });
});

test("refusals of long ago are not counted again after a usage that slowed", () => {
  let state = heed(OPEN, REFUSED, NOW);
  state = heed(state, REFUSED, state.fromMs + 1);
  const later = state.toMs + 3_600_000;
  const slowed = heed(state, used(90), later);
  expect(heed(slowed, REFUSED, later + 1).fromMs).toBe(later + 1 + 1_000);
});

test("a usage of 80 to 100 % slows, 100 % closes, and less does nothing", () => {
  expect(heed(OPEN, used(79.9), NOW)).toBe(OPEN);
  expect(rateAt(heed(OPEN, used(90), NOW), NOW)).toBeCloseTo(0.5, 9);
  expect(rateAt(heed(OPEN, used(99.9), NOW), NOW)).toBe(0.1);
  expect(isClosed(heed(OPEN, used(99.9), NOW), NOW)).toBe(false);
  expect(isClosed(heed(OPEN, used(100), NOW), NOW)).toBe(true);
  const slowed = heed(OPEN, used(95), NOW);
  expect(heed(slowed, used(85), NOW + 1)).toBe(slowed);
  expect(rateAt(slowed, NOW + 60_000)).toBe(1);
});

test("it opens from a tenth of its rate to all of it, in as long as it was closed", () => {
  const state = heed(OPEN, refused(30_000), NOW);
  expect([0, 29_999].map((ms) => rateAt(state, NOW + ms))).toEqual([0, 0]);
  expect(rateAt(state, NOW + 30_000)).toBeCloseTo(0.1, 9);
  expect(rateAt(state, NOW + 45_000)).toBeCloseTo(0.55, 9);
  expect(rateAt(state, NOW + 60_000)).toBe(1);
});

test("every state is whole milliseconds, whatever a platform asks for", () => {
  fc.assert(
    fc.property(anyState, ({ fromMs, toMs, strikes }) => {
      expect([fromMs, toMs, strikes].every((part) => Number.isSafeInteger(part))).toBe(true);
      expect(toMs).toBeGreaterThanOrEqual(fromMs);
    }),
    { seed },
  );
  expect(heed(OPEN, refused(6_000.25), NOW)).toMatchObject({
    fromMs: NOW + 6_001,
    toMs: NOW + 12_002,
  });
});

test("the effective time is the integral of the rate", () => {
  const span = fc.tuple(
    fc.integer({ min: -100_000, max: 900_000 }),
    fc.integer({ max: 400_000, min: 1 }),
  );
  fc.assert(
    fc.property(anyState, span, (state, [startMs, lengthMs]) => {
      const fromMs = NOW + startMs;
      const pieces = 4_000;
      let sum = 0;
      for (let piece = 0; piece < pieces; piece += 1) {
        sum += rateAt(state, fromMs + ((piece + 0.5) * lengthMs) / pieces);
      }
      // The midpoint rule is exact on lines; it errs in the pieces with a kink or a step.
      const integral = (sum * lengthMs) / pieces;
      const error = Math.abs(effectiveMs(state, fromMs, fromMs + lengthMs) - integral);
      expect(error).toBeLessThanOrEqual((2 * lengthMs) / pieces);
    }),
    { seed, numRuns: 200 },
  );
});

test("stretches that follow each other add up", () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(anyState, cuts, (state, lengths) => {
      let [sum, atMs] = [0, NOW];
      for (const lengthMs of lengths) {
        sum += effectiveMs(state, atMs, atMs + lengthMs);
        atMs += lengthMs;
      }
      expect(sum).toBeCloseTo(effectiveMs(state, NOW, atMs), 3);
    }),
    { seed },
  );
});

test("the wait is the inverse of the effective time", () => {
  const needed = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(anyState, fc.integer({ min: -50_000, max: 700_000 }), needed, (state, at, ms) => {
      const nowMs = NOW + at;
      const wait = waitMs(state, nowMs, ms);
      expect(effectiveMs(state, nowMs, nowMs + wait)).toBeCloseTo(ms, 2);
    }),
    { seed },
  );
});

test("nothing needed waits for the end of a closure, and for nothing else", () => {
  const closed = heed(OPEN, refused(7_000), NOW);
  expect(waitMs(closed, NOW + 2_000, 0)).toBe(5_000);
  expect(waitMs(closed, NOW + 7_000, 0)).toBe(0);
  expect(waitMs(heed(OPEN, used(95), NOW), NOW, 0)).toBe(0);
  expect(waitMs(OPEN, NOW, 12)).toBe(12);
});

test("a clock that goes back for a moment does not open what is closed for a day", () => {
  const closed = heed(OPEN, refused(MAX_CLOSED_MS), NOW);
  expect([isClosed(closed, NOW - 5), rateAt(closed, NOW - 5)]).toEqual([true, 0]);
});

test("a clock that is set back leaves what is left of a closure and its ramp", () => {
  const closed = heed(OPEN, refused(7_000), NOW);
  const back = setBack(closed, 3_600_000);
  expect(isClosed(back, NOW - 3_600_000 + 6_999)).toBe(true);
  expect(isClosed(back, NOW - 3_600_000 + 7_000)).toBe(false);
  expect(back.toMs - back.fromMs).toBe(closed.toMs - closed.fromMs);
  expect(setBack(OPEN, 1_000)).toEqual(OPEN);
});
