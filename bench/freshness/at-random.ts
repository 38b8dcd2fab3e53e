import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../test/support/seeded-random.ts";

/** So many a second on average, for so long. */
export interface Pace {
  readonly perSecond: number;
  readonly durationMs: number;
}

/**
 * Begins calls at random, so that they fall anywhere between two flushes and two ticks.
 * @param call resolves to when it ended.
 * @returns when each ended: epoch milliseconds.
 */
export async function callAtRandom(
  call: () => Promise<number>,
  { perSecond, durationMs }: Pace,
  seed: number,
): Promise<number[]> {
  const random = seededRandom(seed);
  const calls: Promise<number>[] = [];
  const until = Date.now() + durationMs;
  while (Date.now() < until) {
    calls.push(call());
    await sleep((-Math.log(1 - random()) * 1_000) / perSecond);
  }
  return Promise.all(calls);
}
