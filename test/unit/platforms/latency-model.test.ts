import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  LATENCY_CAP_MS,
  type LatencyProfile,
  latencyMs,
} from "../../../examples/platforms/latency-model.ts";
import { normalQuantile } from "../../../examples/platforms/normal-quantile.ts";
import { DEFAULT_SETTINGS } from "../../../examples/platforms/settings.ts";

const META = { medianMs: 80, p99Ms: 350 };

const profile = fc
  .tuple(fc.double({ min: 1, max: 5_000, noNaN: true }), fc.double({ min: 1, max: 6, noNaN: true }))
  .map(([medianMs, factor]) => ({ medianMs, p99Ms: medianMs * factor }));

const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("normalQuantile", () => {
  it("agrees with the tables", () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 7);
    expect(normalQuantile(0.99)).toBeCloseTo(2.3263478740408408, 7);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 7);
  });

  it.each([0, 1, -0.1, Number.NaN])("refuses %s", (probability) => {
    expect(() => normalQuantile(probability)).toThrow(RangeError);
  });
});

describe("latencyMs", () => {
  it("goes through the median and p99", () => {
    expect(latencyMs(META, 0.5)).toBeCloseTo(80, 6);
    expect(latencyMs(META, 0.99)).toBeCloseTo(350, 6);
  });

  it("joins body and tail without a step", () => {
    expect(latencyMs(META, 0.99 - 1e-9)).toBeCloseTo(latencyMs(META, 0.99), 3);
  });

  it("has a heavier tail than the log-normal body would have", () => {
    const lognormal = 80 * (350 / 80) ** (normalQuantile(0.9999) / normalQuantile(0.99));
    expect(latencyMs(META, 0.999)).toBeCloseTo(350 * 10 ** 0.4, 3);
    expect(latencyMs(META, 0.9999)).toBeGreaterThan(1.5 * lognormal);
  });

  it("never falls as the drawn share grows, and stays within its bounds", () => {
    fc.assert(
      fc.property(profile, uniform, uniform, (of, a, b) => {
        const low = latencyMs(of, Math.min(a, b));
        const high = latencyMs(of, Math.max(a, b));
        expect(low).toBeGreaterThan(0);
        expect(high).toBeLessThanOrEqual(LATENCY_CAP_MS);
        expect(low).toBeLessThanOrEqual(high * (1 + 1e-9));
      }),
    );
  });
});

/** The share of answers that take no longer than `ms`, by bisection of what draws them. */
function shareWithin(ms: number, of: LatencyProfile): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (latencyMs(of, middle) <= ms) low = middle;
    else high = middle;
  }
  return low;
}

describe("the platforms of the demonstration", () => {
  it("let 95 of 100 events that wait for all five be done before anybody is alarmed", () => {
    const within = (ms: number) =>
      Object.values(DEFAULT_SETTINGS).reduce((share, of) => share * shareWithin(ms, of), 1);
    // The rule worker-latency-degraded begins at 500 ms; the rest is for the Worker's own work.
    expect(within(370)).toBeGreaterThan(0.95);
    expect(within(360)).toBeLessThan(0.95);
  });
});
