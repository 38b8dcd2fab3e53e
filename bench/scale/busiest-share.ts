import { fnv1a } from "../../src/fnv1a.ts";

/** More names than this change nothing that can be seen. */
const MAX_NAMES = 200_000;

/**
 * How much more than its part the busiest shard of a target has, where reporters with random names
 * are dealt to shards by the product's own hash: 1 if all have the same.
 */
export function busiestShare(isolates: number, shards: number, random: () => number): number {
  const counts = new Float64Array(shards);
  const names = Math.min(isolates, MAX_NAMES);
  for (let i = 0; i < names; i++) {
    const name = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join(
      "-",
    );
    const shard = fnv1a(name) % shards;
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  return Math.max(...counts) / (names / shards);
}
