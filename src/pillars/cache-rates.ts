import type { WindowName } from "../merge/series-state.ts";
import type { WindowStats } from "../merge/window-stats.ts";
import type { SeriesView } from "./series-view.ts";

/** The layers of a cache, as its operations are named, in the order in which they are asked. */
export const CACHE_LAYERS = ["l1", "l2", "l3"] as const;

/** What reached one layer. */
export interface CacheLayer {
  readonly layer: (typeof CACHE_LAYERS)[number];
  /** Lookups that came to this layer, as no layer before it had the answer. */
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  readonly hitRate: number;
}

/** How lookups went. Loads that failed are in none of it: they are errors. */
export interface CacheRates {
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  /** Null without lookups. */
  readonly hitRate: number | null;
  /** Those that were heard of; empty for a cache without layers. */
  readonly layers: readonly CacheLayer[];
}

/** Hits and misses as they were recorded over some stretch of time. */
export type LookupCounts = Pick<WindowStats, "hit" | "miss">;

/** What was recorded of one cache over some stretch of time: a window, a day. */
export interface CacheLookups {
  readonly target: string;
  readonly whole: LookupCounts;
  readonly operations: readonly { readonly operation: string; readonly counts: LookupCounts }[];
}

/** One cache, with its operations. */
export interface CacheSeries {
  readonly whole: SeriesView;
  readonly operations: readonly SeriesView[];
}

/** What was recorded of a cache within a window. */
export function lookupsIn({ whole, operations }: CacheSeries, window: WindowName): CacheLookups {
  return {
    target: whole.target,
    whole: whole.windows[window],
    operations: operations.map(({ operation, windows }) => ({
      operation,
      counts: windows[window],
    })),
  };
}

/**
 * How the lookups of a cache went. With layers, a lookup is recorded once, under the
 * layer that answered it: `l1` hit, `l2` hit, or `l3` miss where the source was asked. So what
 * reaches a layer is what it answers and what reaches the next one. A reporter that records a miss
 * at each layer that a lookup passes gives the same figures, since such a miss is one of those that
 * reach the next layer.
 */
export function cacheRates({ whole, operations }: CacheLookups): CacheRates {
  const layers: CacheLayer[] = [];
  let beyond = 0;
  for (const layer of CACHE_LAYERS.toReversed()) {
    const counts = operations.find(({ operation }) => operation === layer)?.counts;
    if (counts === undefined) continue;
    const misses = Math.max(counts.miss, beyond);
    const lookups = counts.hit + misses;
    if (lookups === 0) continue;
    layers.unshift({ layer, lookups, hits: counts.hit, misses, hitRate: counts.hit / lookups });
    beyond = lookups;
  }
  const { hit, miss } = whole;
  const hits = layers.length === 0 ? hit : layers.reduce((sum, layer) => sum + layer.hits, 0);
  const lookups = layers.length === 0 ? hit + miss : beyond;
  return { ...ratesOf(lookups, hits), layers };
}

/** Several caches as one: their lookups together, layer by layer. */
export function joinRates(all: readonly CacheRates[]): CacheRates {
  const layers = CACHE_LAYERS.flatMap((layer) => {
    const same = all.flatMap((rates) => rates.layers.filter((one) => one.layer === layer));
    const { lookups, hits, misses, hitRate } = together(same);
    return hitRate === null ? [] : [{ layer, lookups, hits, misses, hitRate }];
  });
  return { ...together(all), layers };
}

function together(
  all: readonly Pick<CacheRates, "lookups" | "hits">[],
): Omit<CacheRates, "layers"> {
  let [lookups, hits] = [0, 0];
  for (const one of all) {
    lookups += one.lookups;
    hits += one.hits;
  }
  return ratesOf(lookups, hits);
}

function ratesOf(lookups: number, hits: number): Omit<CacheRates, "layers"> {
  const hitRate = lookups === 0 ? null : hits / lookups;
  return { lookups, hits, misses: lookups - hits, hitRate };
}
