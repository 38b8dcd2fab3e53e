import { expect, it } from "vitest";
import { MadeUpTimings } from "../../../../src/cli/load/made-up-timings.ts";

const OPTIONS = { targets: ["meta", "google"], operation: "call", errorRate: 0.1, seed: 42 };

it("makes the same timings of the same seed, however they are taken", () => {
  const [one, other] = [new MadeUpTimings(OPTIONS), new MadeUpTimings(OPTIONS)];
  expect([...one.take(3), ...one.take(7)]).toEqual(other.take(10));
  expect(new MadeUpTimings({ ...OPTIONS, seed: 43 }).take(10)).not.toEqual(
    new MadeUpTimings(OPTIONS).take(10),
  );
});

it("spreads them log-normally around 180 ms, over all targets, with the share of errors", () => {
  const timings = new MadeUpTimings(OPTIONS).take(50_000);
  const durations = timings.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  const at = (share: number): number => durations[Math.floor(share * durations.length)] ?? NaN;
  expect(at(0.5)).toBeGreaterThan(175);
  expect(at(0.5)).toBeLessThan(185);
  // exp(0.6 × 2.326): the 99th percentile of this spread is 4.04 times the median.
  expect(at(0.99) / at(0.5)).toBeGreaterThan(3.8);
  expect(at(0.99) / at(0.5)).toBeLessThan(4.3);
  const errors = timings.filter(({ outcome }) => outcome === "error").length;
  expect(Math.abs(errors / timings.length - 0.1)).toBeLessThan(0.01);
  const meta = timings.filter(({ target }) => target === "meta").length;
  expect(Math.abs(meta / timings.length - 0.5)).toBeLessThan(0.02);
  // Whole microseconds, as they are kept.
  expect(durations.every((ms) => Math.abs(ms * 1_000 - Math.round(ms * 1_000)) < 1e-6)).toBe(true);
});
