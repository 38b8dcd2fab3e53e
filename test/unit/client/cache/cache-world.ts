import type { CacheClient } from "../../../../src/client/cache/cache-client.ts";
import { type CacheManager, cacheManager } from "../../../../src/client/cache/cache-manager.ts";
import type { CacheOptions } from "../../../../src/client/cache/cache-options.ts";
import type { InvalidationFeed } from "../../../../src/client/cache/invalidation-feed.ts";
import type { CacheNamespace } from "../../../../src/client/cache/l2-cache.ts";
import type { InvalidationBounds } from "../../../../src/coordinator/invalidation-log.ts";
import type {
  CacheInvalidation,
  CacheLogAnswer,
  CacheScope,
} from "../../../../src/wire/cache-feed.ts";
import { MemoryInvalidationLog } from "../../../support/memory-invalidation-log.ts";
import { MemoryRecorder } from "../../../support/memory-recorder.ts";
import { VirtualTime } from "../virtual-time.ts";

/** Whether something answers, fails, never answers, or does what it should and never says so. */
export type Health = "well" | "fails" | "hangs" | "mute";

async function healthy<Value>(health: Health, answer: () => Value): Promise<Value> {
  await Promise.resolve();
  if (health === "hangs") return new Promise(() => {});
  if (health === "fails") throw new Error("KV is down");
  const value = answer();
  return health === "mute" ? new Promise(() => {}) : value;
}

/** The tenant's log, of which only so many entries are kept. Its versions count from 1. */
export class ModelLog {
  readonly #bounds: Partial<InvalidationBounds>;
  #log: MemoryInvalidationLog;

  constructor(maxEntries = 1_000) {
    this.#bounds = { maxEntries };
    this.#log = new MemoryInvalidationLog(undefined, this.#bounds);
  }

  get head(): number {
    return this.#log.head;
  }

  get entries(): readonly CacheInvalidation[] {
    return this.#log.after(0).entries;
  }

  add(cache: string, scope: CacheScope): void {
    this.#log.append(cache, [scope], 0);
  }

  after(since: number, cache?: string): CacheLogAnswer {
    return { ok: true, ...this.#log.after(since, cache) };
  }

  /** Its storage is lost: another begins, later. */
  beginAnew(head = this.head + 1_000): void {
    this.#log = new MemoryInvalidationLog({ head, dropped: head, entries: [] }, this.#bounds);
  }
}

/** One KV for all isolates, which forgets what is expired. */
export class ModelKv {
  health: Health = "well";
  readonly puts: { key: string; expirationTtl: number }[] = [];
  readonly gets: string[] = [];
  readonly values = new Map<string, { text: string; until: number }>();
  /** What it answers with while it lags behind what was put. */
  past: ReadonlyMap<string, { text: string; until: number }> | undefined;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get(key: string): Promise<string | null> {
    this.gets.push(key);
    return healthy(this.health, () => {
      const held = (this.past ?? this.values).get(key);
      return held === undefined || held.until <= this.#time.now ? null : held.text;
    });
  }

  put(key: string, text: string, { expirationTtl }: { expirationTtl: number }): Promise<void> {
    this.puts.push({ key, expirationTtl });
    return healthy(this.health, () => {
      this.values.set(key, { text, until: this.#time.now + expirationTtl * 1_000 });
    });
  }
}

/** One isolate: what it has heard, what it recorded, and requests to its cache. */
export class Isolate {
  readonly recorder: MemoryRecorder;
  readonly feed: InvalidationFeed & { head: number };
  health: Health = "well";
  reads = 0;
  /** The scopes of each invalidation that it tried to publish. */
  readonly sent: (readonly CacheScope[])[] = [];
  readonly kept: Promise<unknown>[] = [];
  readonly #namespace: CacheNamespace;
  readonly #client: CacheClient;
  readonly #options: Partial<CacheOptions>;

  constructor(world: CacheWorld, options: Partial<CacheOptions>) {
    const { time, log, kv } = world;
    this.#options = { timer: time.timer, ...options };
    // Each isolate has a namespace object of its own.
    this.#namespace = {
      get: (key) => kv.get(key),
      put: (key, value, about) => kv.put(key, value, about),
    };
    const recorder = new MemoryRecorder();
    Object.defineProperty(recorder, "at", { get: () => time.now });
    this.recorder = recorder;
    const answered = async (answer: () => CacheLogAnswer): Promise<CacheLogAnswer> => {
      await Promise.resolve();
      if (this.health === "hangs") return new Promise(() => {});
      if (this.health === "fails") {
        return { ok: false, reason: "unavailable", detail: "the feed is down" };
      }
      const value = answer();
      return this.health === "mute" ? new Promise(() => {}) : value;
    };
    this.feed = {
      head: 0,
      read: (since, cache) => {
        this.reads += 1;
        return answered(() => log.after(since, cache));
      },
      invalidate: (cache, scopes, since) => {
        this.sent.push(scopes);
        return answered(() => {
          for (const scope of scopes) log.add(cache, scope);
          return log.after(since, cache);
        });
      },
    };
    this.#client = Object.assign(recorder, {
      cacheFeed: this.feed,
      keepAlive: (work: Promise<unknown>) => void this.kept.push(work),
    });
  }

  /** A new request's handle. */
  request(): CacheManager {
    return cacheManager(this.#client, this.#namespace, this.#options);
  }

  /** As the answer to a report does. */
  hear(head: number): void {
    this.feed.head = Math.max(this.feed.head, head);
  }
}

/** Isolates with one KV, one log and one time. */
export class CacheWorld {
  readonly time = new VirtualTime();
  readonly kv = new ModelKv(this.time);
  readonly log: ModelLog;

  constructor(keptInvalidations?: number) {
    this.log = new ModelLog(keptInvalidations);
  }

  isolate(options: Partial<CacheOptions> = {}): Isolate {
    return new Isolate(this, options);
  }

  /** What comes of a promise while time passes, at most so much. */
  async over<Value>(promise: Promise<Value>, durationMs = 60_000): Promise<Value> {
    const about = { isOver: false };
    const watched = (async () => {
      try {
        return await promise;
      } finally {
        about.isOver = true;
      }
    })();
    // Whoever asks for it below sees how it ended.
    watched.catch(() => {});
    const until = this.time.now + durationMs;
    await this.time.settle();
    while (!about.isOver && this.time.now < until) await this.time.advance(1);
    if (!about.isOver) throw new Error(`it was not over within ${durationMs} ms`);
    return watched;
  }
}

/** A loader that counts its calls, and ends when it is told to. */
export class HandLoader {
  calls = 0;
  #ends: { resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = [];

  readonly load = (): Promise<unknown> => {
    this.calls += 1;
    return new Promise((resolve, reject) => {
      this.#ends.push({ resolve, reject });
    });
  };

  end(value: unknown): void {
    for (const { resolve } of this.#ends.splice(0)) resolve(value);
  }

  fail(error: unknown): void {
    for (const { reject } of this.#ends.splice(0)) reject(error);
  }
}
