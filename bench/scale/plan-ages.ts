import { seededRandom } from "../../test/support/seeded-random.ts";
import { randomGaps, simulateTraffic } from "../simulation/simulate-traffic.ts";
import { ASSUMPTIONS } from "./assumptions.ts";
import { PLATFORM_LIMITS } from "./platform-limits.ts";
import type { Plan } from "./tier-plan.ts";

/** How old a timing is when it is first shown: milliseconds. */
export interface Ages {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Isolates of a shard that are simulated; of more, each keeps the shard busy for several. */
const MAX_SIMULATED = { full: 100, quick: 20 } as const;
/** Of an isolate between two flushes: how old they are does not depend on how many there are. */
const MAX_REQUESTS_A_FLUSH = 4;
/** Until queues and phases are settled: an isolate that is new reports after 2 s, whatever the others do. */
const WARM_UP_MS = 6_000;
/** Ticks of which there are enough for a p99, and the least time. */
const TICKS = { full: 30, quick: 12 } as const;
const LEAST_MS = { full: 15_000, quick: 6_000 } as const;
const SEED = 8;

/** Simulates the busiest shard of a plan with those who report to it, and the coordinators above it. */
export async function agesOf(plan: Plan, size: "full" | "quick"): Promise<Ages> {
  const { deployment, shardIsolates, tiers } = plan;
  const { requestsPerSecond, isolates, flushMs, lingerMs, tickMs, roundTripMs } = deployment;
  const { networkMs, commitMs } = ASSUMPTIONS;
  const simulated = Math.min(shardIsolates, MAX_SIMULATED[size]);
  const rate = Math.min(requestsPerSecond / isolates, (MAX_REQUESTS_A_FLUSH * 1_000) / flushMs);
  const random = seededRandom(SEED);
  const [lowest, ...above] = tiers;
  return simulateTraffic(
    {
      targets: 1,
      isolates: Array.from({ length: simulated }, () => randomGaps(rate, random)),
      flushMs,
      lingerMs,
      tickMs,
      networkMs,
      serviceMs:
        (1_000 / PLATFORM_LIMITS.parsingRequestsPerSecond.value) * (shardIsolates / simulated),
      commitMs,
      roundTripMs,
      waves: lowest?.waves ?? 1,
      tickCpuMs: lowest?.cpuMs ?? 0,
      above: above.map(({ wallMs }) => ({ tickMs, wallMs })),
    },
    WARM_UP_MS + 2 * flushMs + above.length * tickMs,
    Math.max(LEAST_MS[size], TICKS[size] * tickMs),
    random,
  );
}
