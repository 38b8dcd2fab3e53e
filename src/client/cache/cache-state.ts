import { cacheCounters, type CacheStats } from "./cache-counters.ts";
import type { CacheOptions } from "./cache-options.ts";
import { InvalidationWatch } from "./invalidation-watch.ts";
import { KindPolicies } from "./kind-policies.ts";
import { type CacheMark, L1Cache } from "./l1-cache.ts";
import { type CacheNamespace, L2Cache } from "./l2-cache.ts";
import type { LookupAnswer } from "./lookup.ts";
import { SingleFlight } from "./single-flight.ts";

/** Of so many kinds it is said that their values are too large. */
const MAX_NOTED_KINDS = 100;

/** Everything that one isolate keeps for one cache: plain data that outlives any request. */
export class CacheState {
  readonly options: CacheOptions;
  readonly counters = cacheCounters();
  readonly policies: KindPolicies;
  readonly l1: L1Cache;
  readonly l2: L2Cache;
  readonly watch: InvalidationWatch;
  readonly flights: SingleFlight<CacheMark, LookupAnswer>;
  /** The key whose loader is being called, until the call returns its promise. */
  loadingKey: string | undefined;
  readonly #tooLargeKinds = new Set<string>();

  constructor(kv: CacheNamespace, options: CacheOptions) {
    this.options = options;
    this.policies = new KindPolicies(options);
    this.l1 = new L1Cache(options.maxEntries, options.maxSizeBytes);
    this.l2 = new L2Cache(kv, options.name, options.kvTimeoutMs, options.timer);
    this.watch = new InvalidationWatch(options, this.counters);
    this.flights = new SingleFlight(options.timer);
  }

  /** Whether values of a kind that are too large were not spoken of yet. Then they are. */
  isNewlyTooLarge(kind: string): boolean {
    if (this.#tooLargeKinds.has(kind) || this.#tooLargeKinds.size >= MAX_NOTED_KINDS) return false;
    this.#tooLargeKinds.add(kind);
    return true;
  }

  /** When a lookup that begins now is over in any case, epoch milliseconds. */
  endOf(now: number): number {
    const { loaderTimeoutMs, kvTimeoutMs, logTimeoutMs } = this.options;
    // The log may be read twice: once beside KV, once because of what KV has.
    return now + loaderTimeoutMs + kvTimeoutMs + 4 * logTimeoutMs + 1_000;
  }

  stats(): CacheStats {
    const { l1, l2, watch } = this;
    return {
      ...this.counters,
      l2PassedOver: l2.passedOver,
      evicted: l1.evicted,
      tooLarge: l1.tooLarge,
      entries: l1.size,
      sizeBytes: l1.sizeBytes,
      unpublished: watch.unpublished,
    };
  }
}
