import { expect, test } from "vitest";
import { Pause } from "../../../../src/client/cache/pause.ts";

test("a clock that goes back ends a pause, and the next one is as long as ever", () => {
  const pause = new Pause();
  pause.begin(1_000_000);
  expect([1_000_000, 1_004_999, 1_005_000, 999_999].map((now) => pause.isOn(now))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(pause.mayTry(0, 1_000)).toBe(true);
  // Somebody tries by now.
  expect([pause.mayTry(999, 1_000), pause.mayTry(1_000, 1_000)]).toEqual([false, true]);
  pause.begin(2_000);
  expect([pause.isOn(11_999), pause.isOn(12_000)]).toEqual([true, false]);
  pause.end();
  expect([pause.mayTry(12_000, 1_000), pause.mayTry(12_000, 1_000)]).toEqual([true, true]);
});
