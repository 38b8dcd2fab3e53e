import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { billOf } from "../../../../bench/cost/bill.ts";
import {
  type Deployment,
  deploymentAt,
  shardsPerTarget,
  WATCHED,
} from "../../../../bench/cost/deployments.ts";
import {
  alarmsPerSecond,
  type Coefficients,
  tachographUsage,
} from "../../../../bench/cost/usage-model.ts";

const COUNTED: Coefficients = {
  rowsPerCommit: 1,
  minuteRowsPerSeries: 3,
  minuteRowsPerShard: 2,
  minuteRowsOfTenant: 5,
  minuteD1RowsPerSeries: 1,
  readsPerRow: 4,
  d1ReadsPerRow: 2,
  requestCpuMs: 0.01,
  flushCpuMs: 0.1,
  flushCpuMsPerTarget: 0.05,
  historyBytesPerSeries: (perSecond) => 50e6 + perSecond,
};

const DEPLOYMENT: Deployment = {
  requestsPerSecond: 1_000,
  targets: 3,
  operations: 5,
  isolates: 50,
  flushMs: 250,
  lingerMs: 250,
  tickMs: 500,
};

const TRAFFIC = { flushesPerSecond: 150, shardRequestsPerSecond: 7.5, commitsPerSecond: 12 };

describe("tachographUsage", () => {
  it("comes to what is computed by hand", () => {
    const usage = tachographUsage(DEPLOYMENT, TRAFFIC, COUNTED);
    // 3 shards asked twice a second, and an alarm every 10 s.
    expect(usage.objectRequests).toBeCloseTo(7.5 + 6 + 0.1, 10);
    expect(usage.objectGbSeconds).toBeCloseTo(4 * 0.128, 10);
    // A minute: 18 series and 3 shards; each series' row, and one of the tenant, are deleted later.
    const minute = 3 * 18 + 2 * 3 + 5 + 18 + 1;
    const rows = 12 + 0.1 + minute / 60;
    expect(usage.objectRowsWritten).toBeCloseTo(rows, 10);
    expect(usage.objectRowsRead).toBeCloseTo(4 * rows, 10);
    expect(usage.d1RowsWritten).toBeCloseTo((2 * 18) / 60, 10);
    expect(usage.d1RowsRead).toBeCloseTo((4 * 18) / 60, 10);
    expect(usage.d1StoredGb).toBeCloseTo((18 * (50e6 + 200)) / 1e9, 10);
    expect(usage.workerCpuMs).toBeCloseTo(1_000 * 0.01 + 150 * (0.1 + 3 * 0.05), 10);
  });

  it("is never negative, and costs more with more of anything that happens", () => {
    const rate = fc.double({ min: 0, max: 1e5, noNaN: true });
    const property = fc.property(
      fc.record({ flushesPerSecond: rate, shardRequestsPerSecond: rate, commitsPerSecond: rate }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 5_000 }),
      (traffic, targets, operations, isolates) => {
        const deployment = { ...DEPLOYMENT, targets, operations, isolates };
        const costOf = (change: Partial<typeof traffic>, more: Partial<Deployment> = {}): number =>
          billOf(tachographUsage({ ...deployment, ...more }, { ...traffic, ...change }, COUNTED))
            .dollars;
        const cost = costOf({});
        for (const used of Object.values(tachographUsage(deployment, traffic, COUNTED))) {
          expect(used).toBeGreaterThanOrEqual(0);
        }
        for (const [name, value] of Object.entries(traffic)) {
          expect(costOf({ [name]: value + 1 })).toBeGreaterThan(cost);
        }
        expect(costOf({}, { operations: operations + 1 })).toBeGreaterThan(cost);
        expect(costOf({}, { targets: targets + 1 })).toBeGreaterThan(cost);
        expect(costOf({}, { tickMs: 400 })).toBeGreaterThan(cost);
        expect(costOf({}, { isolates: isolates * 2 })).toBeGreaterThanOrEqual(cost);
      },
    );
    fc.assert(property);
  });
});

describe("alarmsPerSecond", () => {
  it("has one for each tick where ticks are far apart, and one every 10 s where timers tick", () => {
    expect(alarmsPerSecond(20_000)).toBeCloseTo(0.05, 10);
    expect(alarmsPerSecond(500)).toBeCloseTo(0.1, 10);
  });
});

describe("shardsPerTarget", () => {
  it("is one for a small fleet, and as many as reports at 350 a second ask for", () => {
    expect(shardsPerTarget(deploymentAt(10, WATCHED))).toBe(1);
    expect(shardsPerTarget(DEPLOYMENT)).toBe(1);
    // An isolate reports again 80 ms and a flush later: 1,000 × 1,000 / 330 = 3,030 a second.
    const large = { ...DEPLOYMENT, requestsPerSecond: 100_000, isolates: 1_000 };
    expect(shardsPerTarget(large)).toBe(9);
    // One request a minute of each: no more reports than requests.
    expect(shardsPerTarget({ ...large, requestsPerSecond: 17 })).toBe(1);
  });
});
