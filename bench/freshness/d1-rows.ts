import { startComparison } from "../lib/comparison-system.ts";
import type { Pace } from "./at-random.ts";
import type { PeerFreshness } from "./peer-freshness.ts";
import { measurePolled } from "./polled.ts";

/** A row per call in D1, asked for its percentiles. */
export async function measureD1Rows(pace: Pace): Promise<PeerFreshness> {
  const system = await startComparison();
  try {
    const { delaysMs } = await measurePolled(
      {
        async tell(at) {
          const timing = { target: "meta", operation: "events", durationMs: 20, outcome: "ok", at };
          const body = JSON.stringify({ timings: [timing] });
          const response = await fetch(`${system.naive}/d1`, { method: "POST", body });
          if (!response.ok) throw new Error(`a row was answered with ${response.status}`);
        },
        async count() {
          const query = `target=meta&from=0&to=${Number.MAX_SAFE_INTEGER}`;
          const response = await fetch(`${system.naive}/d1/percentiles?${query}`);
          if (!response.ok) throw new Error(`a query was answered with ${response.status}`);
          const { count } = await response.json<{ count: number }>();
          return count;
        },
      },
      pace,
    );
    return { delaysMs };
  } finally {
    await system.stop();
  }
}
