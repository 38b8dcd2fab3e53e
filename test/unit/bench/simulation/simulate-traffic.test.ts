import { describe, expect, it } from "vitest";
import {
  randomGaps,
  simulateTraffic,
  type Traffic,
  type TrafficModel,
} from "../../../../bench/simulation/simulate-traffic.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

interface Change extends Partial<Omit<TrafficModel, "isolates">> {
  readonly isolates?: number;
  readonly perSecond?: number;
}

function traffic({ isolates = 10, perSecond = 20, ...change }: Change = {}): Promise<Traffic> {
  const random = seededRandom(5);
  const model: TrafficModel = {
    targets: 2,
    isolates: Array.from({ length: isolates }, () => randomGaps(perSecond, random)),
    flushMs: 250,
    lingerMs: 250,
    tickMs: 500,
    networkMs: 10,
    commitMs: 5,
    roundTripMs: 10,
    waves: 1,
    ...change,
  };
  return simulateTraffic(model, 15_000, 20_000, random);
}

describe("simulateTraffic", () => {
  it("comes to the same for a seed", async () => {
    expect(await traffic()).toEqual(await traffic());
  });

  it("flushes once in a flush and what it takes to be answered, however many requests there are", async () => {
    const { flushesPerSecond } = await traffic();
    expect(flushesPerSecond).toBeLessThanOrEqual(10 / 0.25);
    // At worst a report waits for its linger, too.
    expect(flushesPerSecond).toBeGreaterThan(10 / 0.6);
    const busier = await traffic({ perSecond: 40 });
    expect(Math.abs(busier.flushesPerSecond / flushesPerSecond - 1)).toBeLessThan(0.1);
  });

  it("opens a session every 20 s where reports are steady, and reports singly where they are rare", async () => {
    const steady = await traffic();
    // The first report of a session goes alone: only its answer says whether a shard is to be held.
    expect(steady.shardRequestsPerSecond).toBeLessThanOrEqual((10 * 2 * 2 * 1.5) / 20);
    const rare = await traffic({ perSecond: 0.05, isolates: 40 });
    expect(rare.shardRequestsPerSecond).toBeLessThan(2.2 * rare.flushesPerSecond);
    expect(rare.shardRequestsPerSecond).toBeGreaterThan(1.4 * rare.flushesPerSecond);
  });

  it("holds no shard open that is told little, however steadily", async () => {
    const few = await traffic({ isolates: 2 });
    expect(few.shardRequestsPerSecond).toBeCloseTo(2 * few.flushesPerSecond, 5);
  });

  it("has a log row for each collect, and for each linger that is over in between", async () => {
    const both = await traffic({ isolates: 30 });
    expect(both.commitsPerSecond).toBeLessThanOrEqual(2 * 4 + 0.5);
    expect(both.commitsPerSecond).toBeGreaterThan(2 * 3);
    const hasty = await traffic({ isolates: 30, lingerMs: 25 });
    expect(hasty.commitsPerSecond).toBeGreaterThan(2 * both.commitsPerSecond);
  });

  it("has a collect take along what waits, however long it would linger", async () => {
    // So seldom that there always is somebody of the last second who is not in the group.
    const { p99Ms } = await traffic({ isolates: 60, perSecond: 0.8, lingerMs: 60_000 });
    // The first report of an isolate waits for 2 s.
    expect(p99Ms).toBeLessThan(2_000 + 500 + 100);
  });

  it("shows a timing no later than a flush, its answer, its way and a tick take, and half of it often", async () => {
    const { p50Ms, p99Ms } = await traffic();
    expect(p50Ms).toBeGreaterThan(250);
    expect(p50Ms).toBeLessThan(600);
    expect(p99Ms).toBeLessThan(250 + 250 + 500 + 100);
    expect(p99Ms).toBeGreaterThan(p50Ms);
    const slower = await traffic({ tickMs: 2_000 });
    expect(slower.p99Ms).toBeGreaterThan(p99Ms + 1_000);
    const waves = await traffic({ waves: 10 });
    expect(waves.p50Ms).toBeGreaterThan(p50Ms + 40);
  });

  it("counts a report of each target for each flush", async () => {
    const { flushesPerSecond, reportsPerSecond } = await traffic({ targets: 3 });
    // Hardly a flush is without one of the targets that every request calls.
    expect(Math.abs(reportsPerSecond / flushesPerSecond - 3)).toBeLessThan(0.02);
  });

  it("adds between nothing and a tick for each tier above, and what its tick takes", async () => {
    const one = await traffic();
    const tier = { tickMs: 500, wallMs: 100 };
    const three = await traffic({ above: [tier, tier] });
    expect(three.p50Ms).toBeGreaterThan(one.p50Ms + 2 * 100);
    expect(three.p50Ms).toBeLessThan(one.p50Ms + 2 * 600);
    expect(three.p99Ms).toBeLessThan(one.p99Ms + 2 * 601);
    // Half a tick to wait, and half of the next one's length before it asks: 300 ms each on average.
    expect(three.p50Ms - one.p50Ms).toBeGreaterThan(2 * 200);
    expect(three.p50Ms - one.p50Ms).toBeLessThan(2 * 400);
  });

  it("shows less often where a tick takes longer than its interval, in each tier", async () => {
    const long = await traffic({ tickCpuMs: 2_000 });
    expect(long.p50Ms).toBeGreaterThan(2_000);
    const above = await traffic({ above: [{ tickMs: 500, wallMs: 2_000 }] });
    expect(above.p50Ms).toBeGreaterThan(2_000);
  });

  it("queues at a shard whose reports take it longer than they come apart", async () => {
    // Ticks that are near each other, so that they do not hide it.
    const idle = await traffic({ targets: 1, tickMs: 40 });
    const some = await traffic({ targets: 1, tickMs: 40, serviceMs: 20 });
    expect(some.p50Ms).toBeGreaterThan(idle.p50Ms);
    expect(some.p50Ms).toBeLessThan(idle.p50Ms + 100);
    // 10 isolates would send some 25 a second, and it takes 10: each waits for all others.
    const full = await traffic({ targets: 1, tickMs: 40, serviceMs: 100 });
    expect(full.flushesPerSecond).toBeLessThanOrEqual(10.1);
    expect(full.p50Ms).toBeGreaterThan(idle.p50Ms + 500);
  });
});
