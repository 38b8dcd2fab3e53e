/** How long the entries of a kind last. Milliseconds, each 0 to `MAX_TTL_MS`. */
export interface CacheKind {
  /** How long a value is fresh. At least 1. */
  readonly ttlMs: number;
  /**
   * How much longer it is answered while it is loaded anew in the background. Default
   * {@link STALE_SHARE} of `ttlMs`.
   */
  readonly staleMs?: number;
  /**
   * How long it is believed that there is nothing, after the loader gave null or undefined, at most
   * as long as `ttlMs`. 0: not at all. Default that of the cache.
   */
  readonly negativeTtlMs?: number;
}

/** So much of the time that a value is fresh it may be answered afterwards, unless told otherwise. */
export const STALE_SHARE = 1 / 6;

const MINUTE_MS = 60_000;

/** Kinds that every cache knows; options add to them and change them. */
export const DEFAULT_KINDS: Readonly<Record<string, CacheKind>> = {
  attribution: { ttlMs: 60 * MINUTE_MS },
  "channel-metrics": { ttlMs: 30 * MINUTE_MS },
  "user-journeys": { ttlMs: 5 * MINUTE_MS },
  // What was forbidden a moment ago must not be allowed for the sake of speed.
  "security-config": { ttlMs: 15 * MINUTE_MS, staleMs: 0 },
  lookups: { ttlMs: 10 * MINUTE_MS },
};
