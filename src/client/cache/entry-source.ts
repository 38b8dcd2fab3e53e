import { classifyError } from "../classify.ts";
import { beforeDeadline } from "../before-deadline.ts";
import type { CacheClient } from "./cache-client.ts";
import type { CacheState } from "./cache-state.ts";
import { CacheTimeoutError } from "./cache-timeout-error.ts";
import type { Envelope } from "./envelope.ts";
import { CLOCK_SLACK_MS, type CacheEntry, type CacheMark } from "./l1-cache.ts";
import type { Lookup, LookupAnswer } from "./lookup.ts";
import { MAX_PARTS, weigh, type Weight } from "./weigh.ts";

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
      this.#state.watch.resend(this.#client);
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
      const weight = weigh(value);
      if (weight.bound !== undefined) {
        counters.loadErrors += 1;
        return { layer: "failed", error: new TypeError(boundText(key, weight.bound)) };
      }
      this.#keep(lookup, mark, value, weight);
    } catch (error) {
      // Whatever a strange value does when it is looked at: it is the caller's.
      this.#client.noteFailure("cache", error);
    }
    return { layer: "l3", value };
  }

  async #called(lookup: Lookup): Promise<unknown> {
    const { key } = lookup;
    const { loaderTimeoutMs, timer } = this.#state.options;
    const loading = (async () => this.#begun(lookup))();
    const done = await beforeDeadline(loading, loaderTimeoutMs, timer);
    if (done !== undefined) return done.value;
    throw new CacheTimeoutError(
      `the loader of ${JSON.stringify(key)} did not end within ${loaderTimeoutMs} ms: ` +
        "give it a deadline of its own, or the cache a longer loaderTimeoutMs",
    );
  }

  /** So a lookup sees whether it is this very loader that makes it. */
  #begun({ key, loader }: Lookup): unknown {
    const outer = this.#state.loadingKey;
    this.#state.loadingKey = key;
    try {
      return loader();
    } finally {
      this.#state.loadingKey = outer;
    }
  }

  async #stored(lookup: Lookup): Promise<CacheEntry | undefined> {
    const { watch, counters } = this.#state;
    // Of what KV has, an isolate can tell nothing before it knows what is invalid.
    const isBehind = watch.isCold || watch.hasNews(this.#client.cacheFeed.head);
    const catchingUp = isBehind ? watch.catchUp(this.#client, this) : undefined;
    const [envelope] = await Promise.all([this.#readL2(lookup.key), catchingUp]);
    if (envelope === undefined) return undefined;
    const now = this.#client.now();
    if (now < envelope.storedAt - CLOCK_SLACK_MS) return undefined;
    const freshUntil = Math.min(envelope.freshUntil, now + lookup.policy.ttlMs);
    const isThere = envelope.value !== undefined && envelope.value !== null;
    const staleUntil = freshUntil + (isThere ? lookup.policy.staleMs : 0);
    if (now >= staleUntil) return undefined;
    const mark = await watch.admit(envelope, this.#client, this);
    if (mark === undefined) return undefined;
    const verdict = watch.check(mark, this.#client.cacheFeed.head);
    if (verdict === "unverified") counters.unverified += 1;
    const { sizeBytes } = weigh(envelope.value);
    const { value } = envelope;
    const times = { storedAt: now, freshUntil, staleUntil, retryAt: 0 };
    const entry = { ...mark, value, sizeBytes, ...times };
    this.#putL1(entry, true);
    return entry;
  }

  async #readL2(key: string): Promise<Envelope | undefined> {
    const startedAt = this.#client.stopwatch();
    try {
      return await this.#state.l2.read(key, () => this.#client.now());
    } catch (error) {
      this.#l2Failed(startedAt, error);
      return undefined;
    }
  }

  #keep(lookup: Lookup, mark: CacheMark, value: unknown, weight: Weight): void {
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
    const { sizeBytes, isJson } = weight;
    const isForKv = isJson || value === undefined;
    if (isForKv) {
      const { key, tags, version } = mark;
      const envelope = { key, tags, version, storedAt: now, freshUntil, value };
      this.#client.keepAlive(this.#writeL2(envelope, staleUntil - now));
    } else {
      counters.l1Only += 1;
    }
    const times = { storedAt: now, freshUntil, staleUntil, retryAt: 0 };
    this.#putL1({ ...mark, value, sizeBytes, ...times }, isForKv);
  }

  #putL1(entry: CacheEntry, isForKv: boolean): void {
    if (this.#state.l1.set(entry)) return;
    const { key, sizeBytes } = entry;
    const [kind = key] = key.split(":", 1);
    if (!this.#state.isNewlyTooLarge(kind)) return;
    this.#client.noteFailure("cache", tooLargeText(kind, sizeBytes, isForKv));
  }

  /** Never rejects. */
  async #writeL2(envelope: Envelope, lifetimeMs: number): Promise<void> {
    const startedAt = this.#client.stopwatch();
    try {
      const clock = (): number => this.#client.now();
      const written = await this.#state.l2.write(envelope, lifetimeMs, clock);
      if (written === "too-long") this.#state.counters.l1Only += 1;
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

function boundText(key: string, bound: string): string {
  return (
    `the loader of ${JSON.stringify(key)} gave a ${bound}, which only the request that made it can ` +
    "use: await its text or its JSON in the loader, and give that"
  );
}

function tooLargeText(kind: string, sizeBytes: number, isForKv: boolean): string {
  const size = Number.isFinite(sizeBytes) ? `about ${sizeBytes} bytes` : `over ${MAX_PARTS} parts`;
  const where = isForKv ? "KV alone has them" : "they are loaded each time";
  return (
    `values of the kind ${kind} are too large for the isolate (${size}), so ${where}: ` +
    "cache less of them, as pages, or raise maxSizeBytes"
  );
}
