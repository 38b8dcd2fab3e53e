/** A loader took longer than the cache waits. It counts as a `timeout`, as its name tells. */
export class CacheTimeoutError extends Error {
  override name = "TimeoutError";
}
