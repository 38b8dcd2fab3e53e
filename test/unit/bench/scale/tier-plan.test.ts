import { describe, expect, it } from "vitest";
import { busiestShare } from "../../../../bench/scale/busiest-share.ts";
import { type Costs, seriesBytesAt, tickCostsAt } from "../../../../bench/scale/costs.ts";
import { type Deployment, type Plan, planOf } from "../../../../bench/scale/tier-plan.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const TICK = { shardMs: 0.1, entryMs: 0.1, seriesMs: 0.02, collectMs: 0.02, collectEntryMs: 0.01 };

const COSTS: Costs = {
  groupMs: 0.04,
  reportMs: 0.004,
  timingMs: 0.0001,
  ticks: [
    { ...TICK, timingsPerEntry: 10 },
    { ...TICK, entryMs: 0.5, timingsPerEntry: 1_000 },
  ],
  memory: [
    { perSecond: 10, beforeCheckpoint: 200_000, afterCheckpoint: 100_000 },
    { perSecond: 1_000, beforeCheckpoint: 800_000, afterCheckpoint: 700_000 },
  ],
};

const FLEET: Deployment = {
  requestsPerSecond: 1_000_000,
  platforms: 3,
  operations: 5,
  isolates: 10_000,
  flushMs: 250,
  lingerMs: 250,
  tickMs: 500,
  concurrency: 16,
  roundTripMs: 20,
  commitMs: 10,
  plannedReportsPerSecond: 350,
};

function plan(change: Partial<Deployment> = {}, maxTiers?: number): Plan {
  const random = seededRandom(1);
  return planOf(
    { ...FLEET, ...change },
    COSTS,
    maxTiers === undefined ? { random } : { random, maxTiers },
  );
}

function shareOf({ utilisations }: Plan, limit: string): number {
  return utilisations.find((one) => one.limit === limit)?.share ?? Number.NaN;
}

describe("planOf", () => {
  it("counts a report for each flush and the wait for the timing that begins it", () => {
    // 100 timings a second in each of 10,000 isolates: 10 ms until the first, then 250.
    expect(plan().reportsPerSecond).toBeCloseTo(10_000 / 0.26, 6);
    expect(plan().timingsPerReport).toBeCloseTo(26, 6);
    expect(plan().shardsPerTarget).toBe(Math.ceil(10_000 / 0.26 / 350));
  });

  it("sends a report that is full before its time", () => {
    const few = plan({ isolates: 10, flushMs: 60_000 });
    expect(few.timingsPerReport).toBeLessThanOrEqual(10_000);
    expect(few.reportsPerSecond).toBeGreaterThan(10 / 60);
  });

  it("is served by one coordinator where that is enough, and by more tiers where it is not", () => {
    expect(plan({ requestsPerSecond: 1_000, isolates: 100 }).tiers).toHaveLength(1);
    const { tiers, objects, shardsPerTarget } = plan();
    expect(tiers.length).toBeGreaterThan(1);
    for (const { cpuMs, wallMs } of tiers) {
      expect(cpuMs).toBeLessThanOrEqual(250);
      expect(wallMs).toBeLessThanOrEqual(500);
    }
    expect(tiers.at(-1)?.coordinators).toBe(1);
    const coordinators = tiers.reduce((sum, tier) => sum + tier.coordinators, 0);
    expect(objects).toBe(3 * shardsPerTarget + coordinators + 1);
  });

  it("waits in each wave for the shards' commits, and for none of those above them", () => {
    const waits = ({ tiers }: Plan): number[] => tiers.map(({ wallMs, cpuMs }) => wallMs - cpuMs);
    const few = plan({ requestsPerSecond: 1_000, isolates: 100 });
    expect(waits(few)).toEqual([expect.closeTo(20 + 10, 9)]);
    const two = plan();
    expect(two.tiers).toHaveLength(2);
    const [below = 0, top = 0] = two.tiers.map(({ waves }) => waves);
    expect(waits(two)).toEqual([expect.closeTo(below * 30, 9), expect.closeTo(top * 20, 9)]);
  });

  it("leaves no child without a coordinator", () => {
    for (const isolates of [2_000, 10_000, 30_000]) {
      const { tiers, shardsPerTarget } = plan({ isolates });
      let below = 3 * shardsPerTarget;
      for (const { coordinators, children } of tiers) {
        expect(coordinators * children).toBeGreaterThanOrEqual(below);
        below = coordinators;
      }
    }
  });

  it("says what breaks first when there may be one tier only", () => {
    const { tiers, utilisations } = plan({}, 1);
    expect(tiers).toHaveLength(1);
    expect(utilisations[0]?.limit).toBe("length of a tick, top");
    expect(utilisations[0]?.share).toBeGreaterThan(1);
  });

  it("cannot give a target more shards than there may be", () => {
    const many = plan({ isolates: 200_000 });
    expect(many.shardsPerTarget).toBe(256);
    expect(shareOf(many, "requests of a shard")).toBeGreaterThan(1);
  });

  it("holds every series at the top, however many tiers there are", () => {
    const one = plan({ operations: 50 }, 1);
    const more = plan({ operations: 50 });
    const memory = "memory of the coordinator";
    expect(shareOf(more, memory)).toBe(shareOf(one, memory));
  });
});

describe("what the model was given", () => {
  it("is read between two measurements, and beyond them as at their ends", () => {
    expect(tickCostsAt(COSTS.ticks, 100).entryMs).toBeCloseTo(0.3, 9);
    expect(tickCostsAt(COSTS.ticks, 1).entryMs).toBe(0.1);
    expect(tickCostsAt(COSTS.ticks, 1e6).entryMs).toBe(0.5);
    expect(seriesBytesAt(COSTS.memory, 100)).toBeCloseTo(500_000, 6);
    expect(seriesBytesAt(COSTS.memory.slice(0, 1), 77)).toBe(200_000);
  });
});

describe("busiestShare", () => {
  it("is 1 for a single shard, and more where few reporters are dealt to many", () => {
    expect(busiestShare(500, 1, seededRandom(2))).toBe(1);
    const dense = busiestShare(10_000, 10, seededRandom(2));
    const sparse = busiestShare(100, 10, seededRandom(2));
    expect(dense).toBeGreaterThan(1);
    expect(dense).toBeLessThan(1.15);
    expect(sparse).toBeGreaterThan(dense);
  });
});
