import { shardCount, type TachographConfig } from "../config.ts";
import { fnv1a } from "../fnv1a.ts";
import { formatShardName } from "../merge/shard-name.ts";

/**
 * The shard that takes a reporter's timings of a target. A reporter always comes to the same one,
 * because that is where its sequence is known.
 * @param random 0 to 1, for reports without a reporter: they may go anywhere.
 */
export function shardFor(
  config: TachographConfig,
  about: {
    readonly tenant: string;
    readonly target: string;
    readonly reporter: string | undefined;
  },
  random: number,
): string {
  const { tenant, target, reporter } = about;
  const number =
    reporter === undefined
      ? Math.floor(random * shardCount(config, target))
      : shardNumber(config, target, reporter);
  return formatShardName({ tenant, target, k: String(number) });
}

/** Which of a target's shards everything goes to that has this key, as a reporter's name. */
export function shardNumber(config: TachographConfig, target: string, key: string): number {
  return fnv1a(key) % shardCount(config, target);
}
