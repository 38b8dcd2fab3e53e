import { WHOLE_TARGET } from "../names.ts";
import type { CacheLookups, LookupCounts } from "../pillars/cache-rates.ts";
import { type GradedCache, gradeCaches } from "../pillars/grade-caches.ts";
import type { CacheRow, CacheSummary } from "./report.ts";
import type { ReportInput } from "./report-input.ts";
import type { SeriesSpan } from "./report-source.ts";
import { spanStats } from "./span-stats.ts";

/** The caches of a period, counted and graded as in a snapshot; null without lookups. */
export function summarizeCache(input: ReportInput): CacheSummary | null {
  const caches = cachesOf(input);
  const graded = gradeCaches(caches);
  if (graded === null) return null;
  const lookupsOf = new Map(caches.map((cache) => [cache.target, cache]));
  const { caches: shown, ...together } = graded;
  return {
    ...together,
    rows: shown.flatMap((cache) => [
      wholeRow(cache),
      ...partRows(cache, lookupsOf.get(cache.target)?.operations ?? []),
    ]),
  };
}

function cachesOf({ targets, operations }: ReportInput): CacheLookups[] {
  const byTarget = Map.groupBy(operations, ({ target }) => target);
  return targets
    .filter(({ kind }) => kind === "cache")
    .map(({ target, now }) => {
      const own = byTarget.get(target) ?? [];
      return {
        target,
        whole: countsOf(now),
        operations: own.map((one) => ({ operation: one.operation, counts: countsOf(one.now) })),
      };
    });
}

function countsOf(span: SeriesSpan): LookupCounts {
  return spanStats(span) ?? { hit: 0, miss: 0 };
}

function wholeRow({ target, hits, misses, hitRate, grade, isCounted }: GradedCache): CacheRow {
  return { target, operation: WHOLE_TARGET, hits, misses, hitRate, grade, isCounted };
}

/** The layers of a cache, each with what reached it; the operations of one without layers. */
function partRows(
  { target, layers, isCounted }: GradedCache,
  operations: CacheLookups["operations"],
): CacheRow[] {
  const of = { target, grade: null, isCounted };
  if (layers.length > 0)
    return layers.map(({ layer, hits, misses, hitRate }) => ({
      ...of,
      operation: layer,
      hits,
      misses,
      hitRate,
    }));
  return operations.flatMap(({ operation, counts: { hit: hits, miss: misses } }) =>
    hits + misses === 0
      ? []
      : [{ ...of, operation, hits, misses, hitRate: hits / (hits + misses) }],
  );
}
