import { tell } from "../lib/tell.ts";
import type { System } from "../lib/workerd.ts";

const TARGETS = ["meta", "google", "tiktok", "pinterest", "reddit"] as const;

/** What a note says of {@link startTraffic}. */
export const TRAFFIC = `${TARGETS.length * 10} reports/s of 20 timings to ${TARGETS.length} targets`;

/**
 * Reports to every target of tenant `crowd` all the time, so that every tick has something to say.
 * @param ms at most so long. @returns ends it.
 */
export function startTraffic(system: System, ms: number): AbortController {
  const stop = new AbortController();
  for (const target of TARGETS) {
    const query = `shard=crowd/${target}%230&callers=1&timings=20&pauseMs=100&ms=${ms}`;
    fetch(`${system.driver}/report?${query}`, { signal: stop.signal }).catch((cause: unknown) => {
      if (!stop.signal.aborted) tell(`traffic to ${target} ended: ${String(cause)}`);
    });
  }
  return stop;
}
