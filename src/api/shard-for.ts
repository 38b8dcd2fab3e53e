import { shardCount, type TachographConfig } from "../config.ts";
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
  const count = shardCount(config, about.target);
  const number =
    about.reporter === undefined ? Math.floor(random * count) : fnv1a(about.reporter) % count;
  return formatShardName({ tenant: about.tenant, target: about.target, k: String(number) });
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo): spreads short names evenly. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
