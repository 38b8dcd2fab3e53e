import { LeaseLoop } from "../limits/lease-loop.ts";
import { LeaseHolder } from "../../src/limits/lease-holder.ts";
import { askShard } from "../../src/wire/permit-message.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import type { TimingShard } from "./limits-tachograph.ts";

interface HolderEnv {
  readonly TIMING_SHARD: DurableObjectNamespace<TimingShard>;
  readonly HOLDER: string;
}

/** What a holder did. */
export interface HolderResult {
  /** When each permit was used, epoch milliseconds. */
  readonly usedAt: readonly number[];
  readonly attempts: number;
  readonly asked: number;
}

const STEP_MS = 5;
/** What the bucket never has to be asked for again while a loop of takes is timed. */
const LEASED = 10_000_000;

/**
 * One isolate that holds leases: `GET /run?shard=…&target=…&perSecond=…&ms=…` lets events come at
 * random, so many a second; `/takes` and `/empty` time a take from a lease, or a loop without.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/run") return Response.json(await run(env, searchParams));
    const rounds = Number(searchParams.get("rounds"));
    return Response.json({ nsPerTake: timeTakes(rounds, pathname === "/takes") });
  },
} satisfies ExportedHandler<HolderEnv>;

async function run(env: HolderEnv, searchParams: URLSearchParams): Promise<HolderResult> {
  const stub = env.TIMING_SHARD.getByName(searchParams.get("shard") ?? "");
  const usedAt: number[] = [];
  const loop = new LeaseLoop({
    target: searchParams.get("target") ?? "",
    holder: env.HOLDER,
    ask: (request) => askShard(stub, request),
    onUse: (atMs) => usedAt.push(atMs),
    now: () => Date.now(),
  });
  const random = seededRandom(Number(env.HOLDER.replaceAll(/\D/gu, "")) + 1);
  const perMs = Number(searchParams.get("perSecond")) / 1_000;
  const gapMs = (): number => -Math.log(1 - random()) / perMs;
  const startedAt = Date.now();
  const until = startedAt + Number(searchParams.get("ms"));
  let nextAt = startedAt + gapMs();
  let attempts = 0;
  const underWay = new Set<Promise<void>>();
  while (Date.now() < until) {
    for (; nextAt <= Date.now(); nextAt += gapMs()) {
      attempts += 1;
      track(underWay, loop.attempt());
    }
    track(underWay, loop.flush());
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  await Promise.all(underWay);
  return { usedAt: usedAt.filter((at) => at < until), attempts, asked: loop.asked };
}

function track(underWay: Set<Promise<void>>, work: Promise<void>): void {
  underWay.add(work);
  void work.finally(() => underWay.delete(work));
}

/** Nanoseconds of a take from a lease that holds them all, the look at the clock included. */
function timeTakes(rounds: number, isTaking: boolean): number {
  const holder = new LeaseHolder({ target: "bench", holder: "takes", aheadMs: 2_000 });
  const askedAt = Date.now();
  const request = holder.request(0, askedAt);
  const lease = { kind: "granted", target: "bench", permits: LEASED, lifeMs: 60_000 } as const;
  holder.answered(request, lease, askedAt, askedAt);
  let kept = 0;
  const startedAt = performance.now();
  for (let i = 0; i < rounds; i++) {
    const nowMs = Date.now();
    if (!isTaking) kept += nowMs > 0 ? 1 : 0;
    else if (holder.take(1, nowMs).kind === "taken") kept += 1;
  }
  const elapsedMs = performance.now() - startedAt;
  if (kept !== rounds) throw new Error(`${kept} of ${rounds} permits were taken`);
  return (elapsedMs * 1e6) / rounds;
}
