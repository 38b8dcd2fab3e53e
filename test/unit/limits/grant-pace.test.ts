import { expect, test } from "vitest";
import { GrantPace } from "../../../src/limits/grant-pace.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

test("the pace is what was granted in this quarter of a second or the one before", () => {
  const pace = new GrantPace();
  pace.count(30, NOW);
  pace.count(10, NOW + 249);
  expect(pace.recent(NOW + 249)).toBe(40);
  pace.count(5, NOW + 250);
  expect(pace.recent(NOW + 499)).toBe(40);
  expect(pace.recent(NOW + 500)).toBe(5);
});

test("a pause forgets it, and so does a clock that was set back", () => {
  for (const laterMs of [500, 3_600_000, -3_600_000]) {
    const pace = new GrantPace();
    pace.count(40, NOW);
    expect(pace.recent(NOW + laterMs)).toBe(0);
  }
});

test("what is reserved follows the pace, up to 5 % of the capacity and what is there", () => {
  const pace = new GrantPace();
  pace.count(16, NOW);
  expect(pace.reserve({ capacity: 10_000, there: 10_000, leases: 0 }, NOW)).toBe(0);
  // With many leases a save is long, so that it is not made for every grant.
  expect(pace.reserve({ capacity: 10_000, there: 10_000, leases: 600 }, NOW)).toBe(16);
  pace.count(24, NOW);
  expect(pace.reserve({ capacity: 10_000, there: 10_000, leases: 0 }, NOW)).toBe(40);
  expect(pace.reserve({ capacity: 600, there: 600, leases: 0 }, NOW)).toBe(30);
  expect(pace.reserve({ capacity: 10_000, there: 3, leases: 0 }, NOW)).toBe(3);
  expect([
    pace.reserve({ capacity: 0, there: 0, leases: 0 }, NOW),
    pace.reserve({ capacity: 10, there: 10, leases: 0 }, NOW),
  ]).toEqual([0, 0]);
});
