import type { CacheScope } from "../../wire/cache-feed.ts";

/** What a query runner needs of a cache: a `CacheManager` is one. */
export interface ResultCache {
  /**
   * What keeps the results, if that outlives this object: the same for all that find each other's.
   * Default this object itself.
   */
  readonly place?: object;
  /**
   * What is cached under the key, or else what `loader` brings.
   * @throws what `loader` throws
   */
  get<Value>(
    kind: string,
    key: string,
    loader: () => Promise<Value>,
    options?: { readonly tags?: readonly string[]; readonly ttlMs?: number },
  ): Promise<Value>;
  /** Makes entries invalid, and those that are being loaded now. */
  invalidate(scopes: readonly CacheScope[]): Promise<unknown>;
}
