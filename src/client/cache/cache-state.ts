import { cacheCounters, type CacheStats } from "./cache-counters.ts";
import type { CacheOptions } from "./cache-options.ts";
import { InvalidationWatch } from "./invalidation-watch.ts";
import { KindPolicies } from "./kind-policies.ts";
import { type CacheMark, L1Cache } from "./l1-cache.ts";
import { type CacheNamespace, L2Cache } from "./l2-cache.ts";
import type { LookupAnswer } from "./lookup.ts";
import { SingleFlight } from "./single-flight.ts";

/** Everything that one isolate keeps for one cache: plain data that outlives any request. */
export class CacheState {
  readonly options: CacheOptions;
  readonly counters = cacheCounters();
  readonly policies: KindPolicies;
  readonly l1: L1Cache;
  readonly l2: L2Cache;
  readonly watch: InvalidationWatch;
  readonly flights: SingleFlight<CacheMark, LookupAnswer>;

  constructor(kv: CacheNamespace, options: CacheOptions) {
    this.options = options;
    this.policies = new KindPolicies(options);
    this.l1 = new L1Cache(options.maxEntries, options.maxSizeBytes);
    this.l2 = new L2Cache(kv, options.name, options.kvTimeoutMs, options.timer);
    this.watch = new InvalidationWatch(options, this.counters);
    this.flights = new SingleFlight(options.timer);
  }

  /** When a lookup that begins now is over in any case, epoch milliseconds. */
  endOf(now: number): number {
    const { loaderTimeoutMs, kvTimeoutMs, logTimeoutMs } = this.options;
    // The log may be read twice: once beside KV, once because of what KV has.
    return now + loaderTimeoutMs + kvTimeoutMs + 4 * logTimeoutMs + 1_000;
  }

  stats(): CacheStats {
    const { l1, watch } = this;
    return {
      ...this.counters,
      evicted: l1.evicted,
      tooLarge: l1.tooLarge,
      entries: l1.size,
      sizeBytes: l1.sizeBytes,
      unpublished: watch.unpublished,
    };
  }
}
