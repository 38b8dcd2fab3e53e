import type { PermitAnswer } from "../../src/wire/permits.ts";
import type { HttpPoster } from "../lib/http-poster.ts";
import type { Take } from "./contender.ts";
import { LeaseLoop } from "./lease-loop.ts";
import type { LimitsSystem } from "./limits-system.ts";
import type { Participant } from "./storm.ts";
import type { UseLog } from "./use-log.ts";
import { shardOf } from "./workerd-contenders.ts";

/** Holders of leases from Tachograph's bucket. They outlive it, and log what they use when they do. */
export function leaseHolders(
  count: number,
  system: LimitsSystem,
  poster: HttpPoster,
  target: string,
  log: UseLog,
): Participant[] {
  const url = `${system.gateway}/permit?shard=${encodeURIComponent(shardOf(target))}`;
  return Array.from(
    { length: count },
    (_, i) =>
      new LeaseLoop({
        target,
        holder: `holder-${i}`,
        ask: async (request) =>
          JSON.parse(await poster.post(url, JSON.stringify(request))) as PermitAnswer,
        onUse: (atMs) => log.record(atMs),
        now: () => Date.now(),
      }),
  );
}

/** Those who take permit by permit. One counts as used when it is granted, by the limiter's word. */
export function takers(count: number, take: Take, log: UseLog): Participant[] {
  return Array.from({ length: count }, () => {
    let unanswered = 0;
    return {
      get unanswered() {
        return unanswered;
      },
      async attempt() {
        try {
          const { granted, at } = await take();
          if (granted) log.record(at);
        } catch {
          // The limit is being restarted; whatever it granted is not used. The loss is counted.
          unanswered += 1;
        }
      },
      flush: () => Promise.resolve(),
      fromLease: 0,
    };
  });
}
