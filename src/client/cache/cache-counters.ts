/** What became of the lookups of a cache in this isolate. */
export interface CacheStats {
  /** Lookups that the isolate answered. */
  readonly l1Hits: number;
  /** Lookups that KV answered. */
  readonly l2Hits: number;
  /** Lookups that waited for a loader. */
  readonly misses: number;
  /** Hits that were stale, and made a reload begin or met one. */
  readonly staleHits: number;
  /** Times that a loader was called, for lookups and for reloads. */
  readonly loads: number;
  /** Loads that failed or took too long. */
  readonly loadErrors: number;
  /** Reloads in the background that failed. */
  readonly refreshErrors: number;
  /** Lookups that had the result of another's work, so that neither KV nor a loader was asked. */
  readonly shared: number;
  /** Times that whoever did the work for others died. */
  readonly lost: number;
  /** Loads that ended after what they loaded was made invalid: nothing was kept. */
  readonly overtaken: number;
  /** Entries that were found invalid. */
  readonly invalidated: number;
  /**
   * Entries that count as invalid because they are from before the log reaches back: more became
   * invalid in their lifetime than it keeps, or it began anew. They may have been good.
   */
  readonly forgotten: number;
  /** Hits that may be invalid: there is news, and the log could not be read. */
  readonly unverified: number;
  /** Times that KV failed, or held something that is no entry. */
  readonly l2Errors: number;
  /** Times that KV was not asked, because it did not answer in time a moment before. */
  readonly l2PassedOver: number;
  /** Values that JSON does not carry, or too long for KV: they stay in the isolate. */
  readonly l1Only: number;
  readonly logReads: number;
  readonly logFailures: number;
  /** Entries that made room for others. */
  readonly evicted: number;
  /** Values that are too large for the isolate. */
  readonly tooLarge: number;
  /** Entries in the isolate now. */
  readonly entries: number;
  /** What they take, as estimated. */
  readonly sizeBytes: number;
  /** Invalidations of this isolate that could not be published, or are not yet: they are sent again. */
  readonly unpublished: number;
}

/** What the layers keep count of by themselves. */
type OfLayers = "l2PassedOver" | "evicted" | "tooLarge" | "entries" | "sizeBytes" | "unpublished";

/** The other counts, to be counted up. */
export type CacheCounters = { -readonly [Name in Exclude<keyof CacheStats, OfLayers>]: number };

/** Counters at 0. */
export function cacheCounters(): CacheCounters {
  return {
    l1Hits: 0,
    l2Hits: 0,
    misses: 0,
    staleHits: 0,
    loads: 0,
    loadErrors: 0,
    refreshErrors: 0,
    shared: 0,
    lost: 0,
    overtaken: 0,
    invalidated: 0,
    forgotten: 0,
    unverified: 0,
    l2Errors: 0,
    l1Only: 0,
    logReads: 0,
    logFailures: 0,
  };
}
