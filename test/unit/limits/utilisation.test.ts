import { expect, test } from "vitest";
import { simulateUtilisation } from "../../support/limits/utilisation.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("utilisation", process.env["SEED"]);

test.each([
  [600, 600],
  [200, 10],
  [10, 1],
  [1_000, 100],
  [5_000, 5_000],
])(
  "of %i permits and %i a minute 16 skewed isolates use 99 %% of what an ideal bucket gives",
  (capacity, refillPerMinute) => {
    const { used, ideal } = simulateUtilisation({ capacity, refillPerMinute }, seed);
    expect(ideal).toBeGreaterThanOrEqual(capacity);
    expect(used / ideal).toBeGreaterThanOrEqual(0.99);
    expect(used).toBeLessThanOrEqual(capacity + refillPerMinute);
  },
);
