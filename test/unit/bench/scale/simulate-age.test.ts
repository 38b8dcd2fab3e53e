import { describe, expect, it } from "vitest";
import { type AgeModel, simulateAge } from "../../../../bench/scale/simulate-age.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const MODEL: AgeModel = {
  isolates: 20,
  timingsPerSecond: 100,
  flushMs: 250,
  networkMs: 0.001,
  serviceMs: 0.001,
  lingerMs: 0,
  commitMs: 0,
  ticks: [{ intervalMs: 500, wallMs: 0 }],
};

function ages(change: Partial<AgeModel> = {}, seed = 5): ReturnType<typeof simulateAge> {
  return simulateAge({ ...MODEL, ...change }, 60_000, seededRandom(seed));
}

describe("simulateAge", () => {
  it("comes to the same for a seed, and to something else for another", () => {
    expect(ages()).toEqual(ages());
    expect(ages({}, 6)).not.toEqual(ages());
  });

  it("waits half a flush and half a tick where nothing else takes time, and never more than both", () => {
    const { p50Ms, p99Ms, isolateMs, ticksMs } = ages();
    expect(isolateMs).toBeGreaterThan(100);
    expect(isolateMs).toBeLessThan(150);
    expect(ticksMs).toBeGreaterThan(200);
    expect(ticksMs).toBeLessThan(300);
    expect(p50Ms).toBeGreaterThan(300);
    expect(p50Ms).toBeLessThan(450);
    expect(p99Ms).toBeLessThanOrEqual(751);
  });

  it("adds a tick for each tier", () => {
    const tick = { intervalMs: 500, wallMs: 100 };
    const one = ages({ ticks: [tick] });
    const three = ages({ ticks: [tick, tick, tick] });
    expect(three.ticksMs).toBeGreaterThan(one.ticksMs + 2 * 100);
    expect(three.ticksMs).toBeLessThan(one.ticksMs + 2 * 600);
  });

  it("shows less often where a tick takes longer than its interval", () => {
    expect(ages({ ticks: [{ intervalMs: 500, wallMs: 2_000 }] }).p50Ms).toBeGreaterThan(2_000);
  });

  it("waits for its group as long as the shard lingers, at most", () => {
    const { groupMs } = ages({ lingerMs: 40 });
    expect(groupMs).toBeGreaterThan(5);
    expect(groupMs).toBeLessThanOrEqual(40);
  });

  it("queues without end at a shard that cannot keep up", () => {
    // 20 isolates send some 77 reports a second, and each takes 20 ms.
    const short = simulateAge({ ...MODEL, serviceMs: 20 }, 20_000, seededRandom(5));
    const long = simulateAge({ ...MODEL, serviceMs: 20 }, 80_000, seededRandom(5));
    expect(long.wayMs).toBeGreaterThan(3 * short.wayMs);
  });
});
