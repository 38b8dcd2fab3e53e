import { describe, expect, it } from "vitest";
import { fitCosts } from "../../../../bench/scale/fit-costs.ts";

describe("fitCosts", () => {
  const causes = [
    [4, 4, 8],
    [16, 16, 32],
    [8, 48, 56],
    [24, 120, 12],
    [64, 4, 20],
  ];

  it("finds the costs that observations were made of", () => {
    const costs = [0.2, 0.05, 0.01];
    const observations = causes.map((row) => ({
      causes: row,
      cost: row.reduce((sum, times, i) => sum + times * (costs[i] ?? 0), 0),
    }));
    for (const [i, cost] of fitCosts(observations).entries()) {
      expect(cost).toBeCloseTo(costs[i] ?? Number.NaN, 9);
    }
  });

  it("gives nothing a cost below zero, and the rest what is left", () => {
    // The third cause would have to pay back what the first two cost too much.
    const observations = causes.map(([shards = 0, entries = 0, series = 0]) => ({
      causes: [shards, entries, series],
      cost: shards + entries - 0.1 * series,
    }));
    const fitted = fitCosts(observations);
    expect(Math.min(...fitted)).toBe(0);
    expect(fitted[2]).toBe(0);
    expect(fitted[0]).toBeGreaterThan(0.5);
    expect(fitted[1]).toBeGreaterThan(0.5);
  });

  it("weighs a small observation as much as a large one", () => {
    const observations = [
      { causes: [1], cost: 1 },
      { causes: [1_000], cost: 3_000 },
    ];
    // By absolute errors it would be 3.
    expect(fitCosts(observations)[0]).toBeCloseTo((1 + 1 / 3) / (1 + 1 / 9), 9);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses an observation that cost %s instead of letting it drop the others",
    (cost) => {
      const observations = [
        { causes: [1, 2], cost: 3 },
        { causes: [2, 1], cost },
      ];
      expect(() => fitCosts(observations)).toThrow(/2, 1 cost .* measure more/);
    },
  );

  it("refuses what cannot be told apart by too few observations", () => {
    expect(() => fitCosts([{ causes: [1, 2], cost: 3 }])).toThrow(RangeError);
  });
});
