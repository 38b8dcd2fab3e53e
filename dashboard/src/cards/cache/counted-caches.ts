import type { CachePillar } from "../../../../src/pillars/pillar-views.ts";

/** How many caches the pillar lists at most. */
const MAX_LISTED = 10;

/**
 * The caches whose lookups are part of the pillar's hit rate, by name; undefined if there may be
 * more than the pillar lists, or none: then it is all caches together.
 */
export function countedCaches(
  pillar: {
    readonly caches: readonly Pick<CachePillar["caches"][number], "target" | "isCounted">[];
  } | null,
): string[] | undefined {
  if (pillar === null || pillar.caches.length >= MAX_LISTED) return undefined;
  const names = pillar.caches.flatMap(({ target, isCounted }) => (isCounted ? target : []));
  return names.length === 0 ? undefined : names.toSorted();
}
