import { lastMeasured } from "../merge/measure-stats.ts";
import type { WindowName } from "../merge/series-state.ts";
import { type CacheSeries, lookupsIn } from "./cache-rates.ts";
import { gradeCaches, type GradedCaches } from "./grade-caches.ts";
import type { CachePillar, CacheView } from "./pillar-views.ts";
import { pillarWindow } from "./pillar-window.ts";
import { trendOf } from "./trend.ts";

/** Most caches that the pillar shows. */
const MAX_CACHES = 10;

/** A hit rate that moves by a twentieth moves: at 95 % that doubles the misses. */
const RATE_BAND = 0.05;

/** Grades the caches by the hit rate of all lookups that {@link gradeCaches} counts. */
export function cachePillar(caches: readonly CacheSeries[]): CachePillar | null {
  const wholes = caches.map(({ whole }) => whole);
  const window = pillarWindow(wholes, ({ hit, miss }) => hit + miss);
  if (window === null) return null;
  const graded = gradedIn(caches, window);
  if (graded === null) return null;
  const { lookups, hits, misses, hitRate, layers, grade } = graded;
  const keysOf = new Map(
    wholes.map(({ target, windows }) => [target, lastMeasured(windows["1h"].measures, "keys")]),
  );
  const views = graded.caches.map((cache): CacheView => ({
    ...cache,
    keys: keysOf.get(cache.target) ?? null,
  }));
  const counted = views.filter(({ isCounted }) => isCounted);
  const names = new Set(counted.map(({ target }) => target));
  const same = caches.filter(({ whole }) => names.has(whole.target));
  return {
    ...grade,
    window,
    lookups,
    hits,
    misses,
    hitRate,
    keys: keysTogether(counted),
    layers,
    caches: views.toSorted((left, right) => left.hitRate - right.hitRate).slice(0, MAX_CACHES),
    trend: trendOf(
      gradedIn(same, "5m")?.hitRate ?? null,
      gradedIn(same, "1h")?.hitRate ?? null,
      RATE_BAND,
    ),
  };
}

function gradedIn(caches: readonly CacheSeries[], window: WindowName): GradedCaches | null {
  return gradeCaches(caches.map((cache) => lookupsIn(cache, window)));
}

/** Null if none of them told. */
function keysTogether(caches: readonly CacheView[]): number | null {
  const known = caches.flatMap(({ keys }) => keys ?? []);
  return known.length === 0 ? null : known.reduce((sum, keys) => sum + keys, 0);
}
