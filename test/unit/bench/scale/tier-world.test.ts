import { describe, expect, it } from "vitest";
import { TierWorld, type TierWorldOptions } from "../../../../bench/scale/tier-world.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

async function run(options: Omit<TierWorldOptions, "random" | "targets">): Promise<TierWorld> {
  const world = new TierWorld({ ...options, targets: 2, random: seededRandom(11) });
  for (let i = 0; i < 12; i++) await world.step(60);
  await world.settle();
  return world;
}

describe("coordinators that ask coordinators", () => {
  const size = { shardsPerTarget: 9, operations: 3, lossShare: 0 };

  it("show what one histogram of everything has, whatever the tiers between", async () => {
    for (const tiers of [[], [3], [1], [5, 2], [4, 3, 1]]) {
      const world = await run({ ...size, tiers });
      expect(world.timings).toBe(12 * 60 * 18);
      expect(await world.differences(), `tiers ${JSON.stringify(tiers)}`).toEqual([]);
    }
  });

  it("lose nothing and count nothing twice when answers are lost on the way", async () => {
    for (const tiers of [[], [3], [5, 2]]) {
      const world = await run({ ...size, tiers, lossShare: 0.3 });
      expect(await world.differences(), `tiers ${JSON.stringify(tiers)}`).toEqual([]);
    }
  });

  it("are told apart from the truth as long as something is missing", async () => {
    const world = new TierWorld({
      ...size,
      targets: 2,
      tiers: [3],
      random: seededRandom(11),
      lossShare: 1,
    });
    await world.step(60);
    const differences = await world.differences();
    expect(differences.map(({ series }) => series)).toContain("target-0 *");
    expect(differences.map(({ series }) => series)).toContain("the books");
  });
});
