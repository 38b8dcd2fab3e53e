import { LRUCache } from "lru-cache";

/** What a value was loaded under, which tells what invalidates it. */
export interface CacheMark {
  /** The full key, `KIND:KEY`. */
  readonly key: string;
  readonly tags: readonly string[];
  /** The newest invalidation of the log when the load began. */
  readonly version: number;
  /** The newest invalidation made in this isolate when the load began, by its own count. */
  readonly localVersion: number;
  /** Up to which change of what is invalid it was found valid. */
  checkedRevision: number;
}

/** A value in the isolate. Times are epoch milliseconds. */
export interface CacheEntry extends CacheMark {
  readonly value: unknown;
  readonly storedAt: number;
  readonly freshUntil: number;
  /** From then on it is as if it were not there. */
  readonly staleUntil: number;
  /** Roughly what it takes. */
  readonly sizeBytes: number;
  /** Until then no reload is tried again after one that failed. */
  retryAt: number;
}

/**
 * An entry from later than that is no good: the clock went back, and nobody knows for how long it
 * has been kept. Clocks of two machines differ by less. Milliseconds.
 */
export const CLOCK_SLACK_MS = 5_000;

/** Of all that a cache may hold, one value may take so much. */
const LARGEST_SHARE = 1 / 4;

/**
 * The entries in the isolate: at most so many and so much, the one unused for longest goes first.
 * How long an entry is good is up to the entry, by the caller's clock: timers and clocks of its own
 * would be of no use in a Worker.
 */
export class L1Cache {
  /** Entries that had to make room. */
  evicted = 0;
  /** Values that were too large to be kept. */
  tooLarge = 0;
  readonly #entries: LRUCache<string, CacheEntry>;
  readonly #largestSizeBytes: number;

  /** @param maxEntries at least 1; there is room for so many from the beginning. */
  constructor(maxEntries: number, maxSizeBytes: number) {
    this.#largestSizeBytes = maxSizeBytes * LARGEST_SHARE;
    this.#entries = new LRUCache({
      max: maxEntries,
      maxSize: maxSizeBytes,
      sizeCalculation: ({ sizeBytes }) => sizeBytes,
      dispose: (_entry, _key, reason) => {
        if (reason === "evict") this.evicted += 1;
      },
    });
  }

  /** How many entries there are, those that are no longer good included. */
  get size(): number {
    return this.#entries.size;
  }

  get sizeBytes(): number {
    return this.#entries.calculatedSize;
  }

  /** The entry of a key, fresh or stale, which is then the one that was used last. */
  get(key: string, now: number): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (now < entry.staleUntil && now >= entry.storedAt - CLOCK_SLACK_MS) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /**
   * Keeps an entry in place of the one that its key has.
   * @returns false if it is too large.
   */
  set(entry: CacheEntry): boolean {
    if (entry.sizeBytes <= this.#largestSizeBytes) {
      this.#entries.set(entry.key, entry);
      return true;
    }
    this.#entries.delete(entry.key);
    this.tooLarge += 1;
    return false;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
