import type { LimitRule } from "../../src/limits/limit-rule.ts";
import type { HttpPoster } from "../lib/http-poster.ts";
import type { Decision } from "../workers/limits-tachograph.ts";
import type { Contender } from "./contender.ts";
import { type LimitsSystem, setLimit } from "./limits-system.ts";

/** The shard that has a target's limit. */
export function shardOf(target: string): string {
  return `default/${target}#0`;
}

/** Permits that are taken one by one from Tachograph's bucket, as over HTTP. */
export function tachographContender(system: LimitsSystem, poster: HttpPoster): Contender {
  return {
    name: "Tachograph",
    host: system,
    note: "Tachograph: a take over HTTP through a Worker to the bucket, its grants covered by what is stored before they are answered",
    async limit(bucket, rule) {
      await setLimit(system, shardOf(bucket), rule);
      const url = `${system.gateway}/take?shard=${encodeURIComponent(shardOf(bucket))}`;
      return async () => JSON.parse(await poster.post(url, "")) as Decision;
    },
  };
}

/** The two designs that people write first, on the same runtime and over the same way. */
export function firstDesigns(system: LimitsSystem, poster: HttpPoster): Contender[] {
  const take = (way: string, bucket: string, { capacity, refillPerMinute }: LimitRule) => {
    const query = `bucket=${bucket}&capacity=${capacity}&refill=${refillPerMinute}`;
    const url = `${system.gateway}/${way}?${query}`;
    return async () => JSON.parse(await poster.post(url, "")) as Decision;
  };
  return [
    {
      name: "Token bucket in KV",
      host: system,
      note: "KV: read, decide, write; a stand-in at its best, consistent at once, in a process that is not killed, without a limit of writes. The real one answers reads from a cache in each place and takes one write a second of a key",
      limit: (bucket, rule) => Promise.resolve(take("kv", bucket, rule)),
    },
    {
      name: "Bucket in a Durable Object's memory",
      host: system,
      note: "Durable Object's memory: tokens are a field, as in the documented example, full whenever the object is constructed: every crash, eviction or deployment gives a bucket away",
      limit: (bucket, rule) => Promise.resolve(take("memory", bucket, rule)),
    },
  ];
}
