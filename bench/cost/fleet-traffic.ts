import { config } from "../../src/configured.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { ASSUMPTIONS } from "../scale/assumptions.ts";
import { randomGaps, simulateTraffic, type Traffic } from "../simulation/simulate-traffic.ts";
import { type Deployment, shardsPerTarget } from "./deployments.ts";

/** Isolates of one shard that are simulated: beyond so many, more of them only share the same rows. */
const MAX_SIMULATED = 50;
/** Requests between two flushes that are simulated: beyond so many, there always is something to tell. */
const MAX_REQUESTS_A_FLUSH = 6;
/** Until then shards know how much is reported to them, and are held open if it is much. */
const WARM_UP_MS = 15_000;
/** An isolate that is new reports after 2 s, whatever the others do: nearly all are not, then. */
const WARM_UP_REQUESTS = 10;
/** Enough for a p99. */
const LEAST_REQUESTS = 2_000;
const LEAST_MS = 20_000;
const TICKS = 12;
const SEED = 8;

/** What a whole fleet does in a second, from the simulation of the isolates of one shard of each target. */
export async function fleetTraffic(deployment: Deployment): Promise<Traffic> {
  const { isolates, requestsPerSecond, targets, flushMs, lingerMs, tickMs } = deployment;
  const { networkMs, commitMs, roundTripMs } = ASSUMPTIONS;
  const groups = shardsPerTarget(deployment);
  const simulated = Math.min(Math.ceil(isolates / groups), MAX_SIMULATED);
  const rate = Math.min(requestsPerSecond / isolates, (MAX_REQUESTS_A_FLUSH * 1_000) / flushMs);
  const random = seededRandom(SEED);
  const traffic = await simulateTraffic(
    {
      targets,
      isolates: Array.from({ length: simulated }, () => randomGaps(rate, random)),
      flushMs,
      lingerMs,
      tickMs,
      networkMs,
      commitMs,
      roundTripMs,
      waves: Math.ceil((targets * groups) / config.collect.concurrency),
    },
    Math.max(WARM_UP_MS + 2 * flushMs, (WARM_UP_REQUESTS / rate) * 1_000),
    Math.max(LEAST_MS, TICKS * tickMs, (LEAST_REQUESTS / (rate * simulated)) * 1_000),
    random,
  );
  const scale = isolates / simulated;
  return {
    ...traffic,
    flushesPerSecond: traffic.flushesPerSecond * scale,
    reportsPerSecond: traffic.reportsPerSecond * scale,
    shardRequestsPerSecond: traffic.shardRequestsPerSecond * scale,
    commitsPerSecond: traffic.commitsPerSecond * groups,
  };
}
