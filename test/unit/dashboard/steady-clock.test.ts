import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SteadyClock } from "../../../dashboard/src/stream/steady-clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_000_000_000);
});
afterEach(() => void vi.useRealTimers());

/** What the clock went on by while that happened. */
function passed(clock: SteadyClock, happen: () => void): number {
  const before = clock.now();
  happen();
  return clock.now() - before;
}

it("goes on with time", () => {
  const clock = new SteadyClock();
  expect(passed(clock, () => vi.advanceTimersByTime(1_500))).toBe(1_500);
  expect(clock.jumps).toBe(0);
});

it("goes on while the device sleeps, and counts that", () => {
  const clock = new SteadyClock();
  vi.advanceTimersByTime(1_000);
  expect(passed(clock, () => vi.setSystemTime(Date.now() + 3_600_000))).toBe(3_600_000);
  expect(clock.jumps).toBe(1);
  expect(passed(clock, () => vi.advanceTimersByTime(500))).toBe(500);
  expect(clock.jumps).toBe(1);
});

it("does not mind a clock that is set back, or put right by a little", () => {
  const clock = new SteadyClock();
  expect(passed(clock, () => vi.setSystemTime(Date.now() - 3_600_000))).toBe(0);
  for (let times = 0; times < 10; times += 1) {
    expect(passed(clock, () => vi.setSystemTime(Date.now() + 1_900))).toBe(0);
  }
  expect(clock.jumps).toBe(0);
});
