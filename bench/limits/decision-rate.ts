import type { Take } from "./contender.ts";

/** How many ask at the same time, each one after the other. */
export const CALLERS = 32;

/** @returns decisions per second. */
export async function decisionRate(take: Take, durationMs: number): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + durationMs;
  let decisions = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < until) {
      await take();
      decisions += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, loop));
  return (decisions / (performance.now() - startedAt)) * 1_000;
}
