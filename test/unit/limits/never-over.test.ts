import { expect, test } from "vitest";
import { LimitWorld } from "../../support/limits/limit-world.ts";
import { Random } from "../../support/random.ts";
import { seedOf } from "../../support/seeded.ts";

const STEPS_PER_WORLD = 4_000;
const WORLDS = Number(process.env["RUNS"] ?? 250);

/** Small buckets and large ones, slow and fast: a few permits too many show in the small ones. */
const RULES = [
  { capacity: 10, refillPerMinute: 1 },
  { capacity: 200, refillPerMinute: 10 },
  { capacity: 40, refillPerMinute: 600 },
  { capacity: 600, refillPerMinute: 6_000 },
  { capacity: 3, refillPerMinute: 0 },
  { capacity: 1, refillPerMinute: 60 },
] as const;

test("a million random steps: in no stretch of time is more used than the limit", () => {
  const seed = seedOf("never over", process.env["SEED"]);
  let uses = 0;
  for (let world = 0; world < WORLDS; world += 1) {
    uses += live(seed, world);
  }
  // A world in which nothing is used proves nothing.
  expect(uses).toBeGreaterThan(WORLDS * 10);
}, 60_000);

function live(seed: number, world: number): number {
  const random = new Random(seed + world);
  const mayBe = (chance: number): boolean => random.next() < chance;
  const limits = new LimitWorld(random, random.pick(RULES), {
    clockSteps: mayBe(0.3),
    overrides: mayBe(0.3),
    fullDisks: mayBe(0.3),
    crashes: mayBe(0.7),
    signals: mayBe(0.5),
    line: mayBe(0.6),
  });
  for (let step = 0; step < STEPS_PER_WORLD; step += 1) {
    try {
      limits.step();
    } catch (error) {
      const where = `SEED=${seed + world} RUNS=1, step ${step}`;
      throw new Error(`${where}: ${String(error)}`, { cause: error });
    }
  }
  return limits.uses;
}
