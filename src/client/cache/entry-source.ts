import { classifyError } from "../classify.ts";
import { beforeDeadline } from "./before-deadline.ts";
import type { CacheClient } from "./cache-client.ts";
import type { CacheState } from "./cache-state.ts";
import { CacheTimeoutError } from "./cache-timeout-error.ts";
import type { Envelope } from "./envelope.ts";
import type { CacheEntry, CacheMark } from "./l1-cache.ts";
import type { Lookup, LookupAnswer } from "./lookup.ts";
import { weigh } from "./weigh.ts";

/** Where entries come from when the isolate has none, on behalf of one request: KV, the loader. */
export class EntrySource {
  readonly #state: CacheState;
  readonly #client: CacheClient;

  constructor(state: CacheState, client: CacheClient) {
    this.#state = state;
    this.#client = client;
  }

  /** Asks KV, and the loader if KV has nothing. Never rejects. */
  async find(lookup: Lookup): Promise<LookupAnswer> {
    try {
      const entry = await this.#stored(lookup);
      if (entry !== undefined) return { layer: "l2", value: entry.value, entry };
    } catch (error) {
      this.#client.noteFailure("cache", error);
    }
    return this.load(lookup);
  }

  /** Asks the loader, and keeps what it gives. Never rejects. */
  async load(lookup: Lookup): Promise<LookupAnswer> {
    const { counters, watch } = this.#state;
    const { key, tags } = lookup;
    // Before the load: what is made invalid while it goes on is newer than what it read.
    const mark = watch.mark(key, tags, this.#client.cacheFeed.head);
    counters.loads += 1;
    let value: unknown;
    try {
      value = await this.#called(lookup);
    } catch (error) {
      counters.loadErrors += 1;
      return { layer: "failed", error };
    }
    try {
      this.#keep(lookup, mark, value);
    } catch (error) {
      // Whatever a strange value does when it is looked at: it is the caller's.
      this.#client.noteFailure("cache", error);
    }
    return { layer: "l3", value };
  }

  async #called({ key, loader }: Lookup): Promise<unknown> {
    const { loaderTimeoutMs, timer } = this.#state.options;
    const done = await beforeDeadline((async () => loader())(), loaderTimeoutMs, timer);
    if (done !== undefined) return done.value;
    throw new CacheTimeoutError(
      `the loader of ${JSON.stringify(key)} did not end within ${loaderTimeoutMs} ms: ` +
        "give it a deadline of its own, or the cache a longer loaderTimeoutMs",
    );
  }

  async #stored(lookup: Lookup): Promise<CacheEntry | undefined> {
    const { watch, counters } = this.#state;
    // Of what KV has, an isolate can tell nothing before it knows what is invalid.
    const isBehind = watch.isCold || watch.hasNews(this.#client.cacheFeed.head);
    const catchingUp = isBehind ? watch.catchUp(this.#client, this) : undefined;
    const [envelope] = await Promise.all([this.#readL2(lookup.key), catchingUp]);
    if (envelope === undefined) return undefined;
    const now = this.#client.now();
    const freshUntil = Math.min(envelope.freshUntil, now + lookup.policy.ttlMs);
    const isThere = envelope.value !== undefined && envelope.value !== null;
    const staleUntil = freshUntil + (isThere ? lookup.policy.staleMs : 0);
    if (now >= staleUntil) return undefined;
    const mark = await watch.admit(envelope, this.#client, this);
    if (mark === undefined) {
      counters.invalidated += 1;
      return undefined;
    }
    const verdict = watch.check(mark, this.#client.cacheFeed.head);
    if (verdict === "unverified") counters.unverified += 1;
    const { sizeBytes } = weigh(envelope.value);
    const { value } = envelope;
    const entry = { ...mark, value, freshUntil, staleUntil, sizeBytes, retryAt: 0 };
    this.#state.l1.set(entry);
    return entry;
  }

  async #readL2(key: string): Promise<Envelope | undefined> {
    const startedAt = this.#client.stopwatch();
    try {
      return await this.#state.l2.read(key);
    } catch (error) {
      this.#l2Failed(startedAt, error);
      return undefined;
    }
  }

  #keep(lookup: Lookup, mark: CacheMark, value: unknown): void {
    const { watch, counters } = this.#state;
    const { policy } = lookup;
    if (watch.check(mark, this.#client.cacheFeed.head) === "invalid") {
      counters.overtaken += 1;
      return;
    }
    const isThere = value !== undefined && value !== null;
    const ttlMs = isThere ? policy.ttlMs : policy.negativeTtlMs;
    if (ttlMs === 0) {
      this.#state.l1.delete(lookup.key);
      return;
    }
    const now = this.#client.now();
    const freshUntil = now + ttlMs;
    const staleUntil = freshUntil + (isThere ? policy.staleMs : 0);
    const { sizeBytes, isJson } = weigh(value);
    const entry = { ...mark, value, freshUntil, staleUntil, sizeBytes, retryAt: 0 };
    if (isJson || value === undefined) {
      const { key, tags, version } = mark;
      const envelope = { key, tags, version, storedAt: now, freshUntil, value };
      this.#client.keepAlive(this.#writeL2(envelope, staleUntil - now));
    } else {
      counters.l1Only += 1;
    }
    this.#state.l1.set(entry);
  }

  /** Never rejects. */
  async #writeL2(envelope: Envelope, lifetimeMs: number): Promise<void> {
    const startedAt = this.#client.stopwatch();
    try {
      const isWritten = await this.#state.l2.write(envelope, lifetimeMs);
      if (!isWritten) this.#state.counters.l1Only += 1;
    } catch (error) {
      this.#l2Failed(startedAt, error);
    }
  }

  #l2Failed(startedAt: number, error: unknown): void {
    const { counters, options } = this.#state;
    counters.l2Errors += 1;
    const durationMs = this.#client.elapsedMs(startedAt);
    this.#client.record(options.name, "l2-error", durationMs, classifyError(error));
    this.#client.noteFailure("cache l2", error);
  }
}
