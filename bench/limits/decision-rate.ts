import type { Take } from "./contender.ts";

/** How many ask at the same time, each one after the other. */
export const CALLERS = 32;

/** What a stretch of asking came to. */
export interface DecisionRate {
  readonly perSecond: number;
  /** Processors that this process used meanwhile: at 1, it asks no faster. */
  readonly clientCpus: number;
}

/** Has all callers ask for so long. */
export async function decisionRate(take: Take, durationMs: number): Promise<DecisionRate> {
  const own = process.cpuUsage();
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
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(own);
  return {
    perSecond: (decisions / elapsedMs) * 1_000,
    clientCpus: (user + system) / 1_000 / elapsedMs,
  };
}
