import { cacheGrade, type Grade } from "../../grades/grade.ts";
import { lastMeasured } from "../../merge/measure-stats.ts";
import type { WindowName } from "../../merge/series-state.ts";
import type { LiveSnapshot } from "../../stream/live-snapshot.ts";
import {
  type CacheRates,
  cacheRates,
  type CacheSeries,
  lookupsIn,
} from "../../pillars/cache-rates.ts";
import { gradeCaches } from "../../pillars/grade-caches.ts";
import { type SnapshotAge, snapshotAge } from "./performance-stats.ts";
import type { CachePillar } from "../../pillars/pillar-views.ts";
import { cachesOf } from "../../pillars/sorted-series.ts";

/** What `GET /api/performance/cache-stats` answers. */
export interface CacheStats extends SnapshotAge {
  /** The whole of it, as the pillar has it; null without lookups within the hour. */
  readonly pillar: CachePillar | null;
  /** Every cache that was used within the hour, by name. */
  readonly caches: readonly CacheTargetStats[];
}

export interface CacheTargetStats {
  readonly target: string;
  /** Whether the pillar has its lookups: not those of a KV below a cache with layers. */
  readonly isCounted: boolean;
  /** Entries, as they were last told within the hour; null if they were not. */
  readonly keys: number | null;
  readonly windows: Readonly<Record<WindowName, CacheWindowStats>>;
}

export interface CacheWindowStats extends CacheRates {
  /** Calls of any operation that failed: errors and timeouts. */
  readonly failed: number;
  /** Null without lookups. */
  readonly grade: Grade | null;
}

/** Every cache by window and layer. */
export function cacheStats(tenant: string, snapshot: LiveSnapshot): CacheStats {
  const { cache: pillar } = snapshot.pillars;
  const series = cachesOf(snapshot.series);
  const counted = countedIn(series, pillar);
  const caches = series.map((cache) => targetStats(cache, counted.has(cache.whole.target)));
  return { ...snapshotAge(tenant, snapshot), pillar, caches };
}

/** The names of those that a pillar counts, of which it shows only some. */
function countedIn(
  series: readonly CacheSeries[],
  pillar: CachePillar | null,
): ReadonlySet<string> {
  const lookups = pillar === null ? [] : series.map((cache) => lookupsIn(cache, pillar.window));
  const caches = gradeCaches(lookups)?.caches ?? [];
  return new Set(caches.filter(({ isCounted }) => isCounted).map(({ target }) => target));
}

function targetStats(cache: CacheSeries, isCounted: boolean): CacheTargetStats {
  const { target, windows } = cache.whole;
  return {
    target,
    isCounted,
    keys: lastMeasured(windows["1h"].measures, "keys"),
    windows: {
      "1m": windowStats(cache, "1m"),
      "5m": windowStats(cache, "5m"),
      "1h": windowStats(cache, "1h"),
    },
  };
}

function windowStats(cache: CacheSeries, window: WindowName): CacheWindowStats {
  const rates = cacheRates(lookupsIn(cache, window));
  const { error, timeout } = cache.whole.windows[window];
  const grade = rates.hitRate === null ? null : cacheGrade(rates.hitRate);
  return { ...rates, failed: error + timeout, grade };
}
