import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { UNWATCHED_TENANTS } from "../lib/workerd-config.ts";
import type { System } from "../lib/workerd.ts";
import { callAtRandom } from "./at-random.ts";
import { countIn } from "./count-in.ts";
import { trackedCall } from "./tracked-call.ts";

const TARGET = "meta";
const CALLS_PER_SECOND = 5;
/** Until the first reports have made every tenant's objects. */
const SETTLE_MS = 3_000;
/** Until tenants are in the middle of their flushes and ticks. */
const LEAD_MS = 3_000;

/** Of how many tenants each is looked at once, and over how long. */
export interface Looks {
  readonly tenants: number;
  readonly spreadMs: number;
}

/**
 * What somebody lacks who looks where nobody watched: tenants with traffic, each looked at once by
 * `GET /v1/live`, at random. The answer brings a tick about, and has all that was reported by then;
 * reporters that nobody hurries do so every 2 s.
 * @returns of each look how old the oldest call is that it lacks, when it is there; 0 if it has all.
 */
export async function measureFirstLooks(
  system: System,
  { tenants, spreadMs }: Looks,
): Promise<number[]> {
  const random = seededRandom(23);
  const unwatched = UNWATCHED_TENANTS.slice(0, tenants).map((tenant) => {
    const endedAt: number[] = [];
    const call = async (): Promise<number> => {
      const at = await trackedCall(system, TARGET, tenant);
      endedAt.push(at);
      return at;
    };
    return { tenant, endedAt, call, lookAfterMs: LEAD_MS + random() * spreadMs };
  });
  await Promise.all(unwatched.map(({ call }) => call()));
  await sleep(SETTLE_MS);
  const looks = unwatched.map(async ({ tenant, endedAt, call, lookAfterMs }, i) => {
    const pace = { perSecond: CALLS_PER_SECOND, durationMs: lookAfterMs };
    const calls = callAtRandom(call, pace, i);
    await sleep(lookAfterMs);
    const { count, at } = await look(system, tenant);
    await calls;
    return oldestMissing(endedAt, count, at);
  });
  return Promise.all(looks);
}

async function look(system: System, tenant: string): Promise<{ count: number; at: number }> {
  const response = await fetch(`${system.tachograph}/v1/live?windows=5m`, {
    headers: { authorization: `Bearer bench-${tenant}` },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`/v1/live answered ${response.status}: ${text}`);
  return { count: countIn(text, TARGET) ?? 0, at: Date.now() };
}

function oldestMissing(endedAt: readonly number[], count: number, at: number): number {
  const ends = endedAt.filter((end) => end <= at).toSorted((left, right) => left - right);
  return at - (ends[count] ?? at);
}
