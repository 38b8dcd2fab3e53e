import { cacheGrade } from "../grades/grade.ts";
import { lastMeasured } from "../merge/measure-stats.ts";
import type { WindowName } from "../merge/series-state.ts";
import { type CacheRates, cacheRates, type CacheSeries, joinRates } from "./cache-rates.ts";
import type { CachePillar, CacheView } from "./pillar-views.ts";
import { pillarWindow } from "./pillar-window.ts";
import { lastTogether } from "./series-measures.ts";
import { trendOf } from "./trend.ts";

/** Most caches that the pillar shows. */
const MAX_CACHES = 10;

/** A hit rate that moves by a twentieth moves: at 95 % that doubles the misses. */
const RATE_BAND = 0.05;

/**
 * Grades the caches by the hit rate of all lookups. Where a cache has layers, only such caches are
 * counted: the lookups of the KV below one are its own, and would count twice.
 * @param caches by name.
 */
export function cachePillar(caches: readonly CacheSeries[]): CachePillar | null {
  const wholes = caches.map(({ whole }) => whole);
  const window = pillarWindow(wholes, ({ hit, miss }) => hit + miss);
  if (window === null) return null;
  const counted = countedCaches(caches, window);
  const { lookups, hits, misses, hitRate, layers } = ratesTogether(counted, window);
  if (hitRate === null) return null;
  const measures = counted.map(({ whole }) => whole.windows["1h"].measures);
  return {
    ...cacheGrade(hitRate),
    window,
    lookups,
    hits,
    misses,
    hitRate,
    keys: lastTogether(measures, "keys"),
    layers,
    caches: caches
      .flatMap((cache) => cacheView(cache, window) ?? [])
      .toSorted((left, right) => left.hitRate - right.hitRate)
      .slice(0, MAX_CACHES),
    trend: trendOf(
      ratesTogether(counted, "5m").hitRate,
      ratesTogether(counted, "1h").hitRate,
      RATE_BAND,
    ),
  };
}

/** Those with layers if there are any, else all. */
function countedCaches(caches: readonly CacheSeries[], window: WindowName): readonly CacheSeries[] {
  const layered = caches.filter((cache) => cacheRates(cache, window).layers.length > 0);
  return layered.length > 0 ? layered : caches;
}

function ratesTogether(caches: readonly CacheSeries[], window: WindowName): CacheRates {
  return joinRates(caches.map((cache) => cacheRates(cache, window)));
}

function cacheView(cache: CacheSeries, window: WindowName): CacheView | null {
  const { hitRate, ...rates } = cacheRates(cache, window);
  if (hitRate === null) return null;
  const { target, windows } = cache.whole;
  const keys = lastMeasured(windows["1h"].measures, "keys");
  return { target, ...rates, hitRate, grade: cacheGrade(hitRate), keys };
}
