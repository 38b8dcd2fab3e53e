import { cacheGrade, type Grade } from "../grades/grade.ts";
import { type CacheLookups, type CacheRates, cacheRates, joinRates } from "./cache-rates.ts";

/** One cache that had lookups. */
export interface GradedCache extends CacheRates {
  readonly target: string;
  readonly hitRate: number;
  readonly grade: Grade;
  /** Whether its lookups are part of the grade of all caches. */
  readonly isCounted: boolean;
}

/** The caches that are counted, together. */
export interface GradedCaches extends CacheRates {
  readonly hitRate: number;
  readonly grade: Grade;
  /** Every cache with lookups, also those that are not counted, in the order they were given in. */
  readonly caches: readonly GradedCache[];
}

/**
 * Grades the caches by the hit rate of all lookups. Where a cache has layers, only such caches are
 * counted: the lookups of the KV below one are its own, and would count twice.
 * @returns null without lookups.
 */
export function gradeCaches(all: readonly CacheLookups[]): GradedCaches | null {
  const known = all.flatMap((cache) => {
    const { hitRate, ...rates } = cacheRates(cache);
    return hitRate === null ? [] : [{ target: cache.target, ...rates, hitRate }];
  });
  const isAnyLayered = known.some(({ layers }) => layers.length > 0);
  const caches = known.map((cache) => ({
    ...cache,
    grade: cacheGrade(cache.hitRate),
    isCounted: cache.layers.length > 0 || !isAnyLayered,
  }));
  const { hitRate, ...rates } = joinRates(caches.filter(({ isCounted }) => isCounted));
  if (hitRate === null) return null;
  return { ...rates, hitRate, grade: cacheGrade(hitRate), caches };
}
