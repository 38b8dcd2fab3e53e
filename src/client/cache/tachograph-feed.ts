import type { CacheLogAnswer, CacheScope } from "../../wire/cache-feed.ts";
import type { TachographBinding } from "../../wire/report.ts";
import { beforeDeadline } from "../before-deadline.ts";
import type { ClientCounters } from "../client-counters.ts";
import type { ClientOptions } from "../client-options.ts";
import type { CacheHead } from "./cache-head.ts";
import type { InvalidationFeed } from "./invalidation-feed.ts";
import { readCacheLogAnswer } from "./read-cache-log.ts";

/** What the feed works with; it owns none of it. */
export interface TachographFeedParts {
  readonly binding: TachographBinding;
  readonly options: ClientOptions;
  readonly counters: ClientCounters;
  /** Also told by the answers to reports. */
  readonly cacheHead: CacheHead;
}

const TOO_OLD =
  "this Tachograph has no invalidation log for caches: deploy a newer version of it first";

/** A Tachograph that is too old is asked again after so long: each attempt is an error in its log. */
const TOO_OLD_PAUSE_MS = 5 * 60_000;

/**
 * The tenant's invalidation log, over the service binding. It holds nothing of any request, so one
 * serves the whole isolate.
 */
export class TachographFeed implements InvalidationFeed {
  readonly #parts: TachographFeedParts;
  #tooOldUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: TachographFeedParts) {
    this.#parts = parts;
  }

  get head(): number {
    return this.#parts.cacheHead.version;
  }

  read(since: number, cache?: string): Promise<CacheLogAnswer> {
    const { binding } = this.#parts;
    return this.#ask("cacheLog", since, () => binding.cacheLog?.(since, cache));
  }

  invalidate(cache: string, scopes: readonly CacheScope[], since: number): Promise<CacheLogAnswer> {
    const { binding } = this.#parts;
    return this.#ask("invalidateCache", since, () =>
      binding.invalidateCache?.(cache, scopes, since),
    );
  }

  /** @param call - undefined if the binding has no such method. */
  async #ask(
    method: string,
    since: number,
    call: () => Promise<CacheLogAnswer> | undefined,
  ): Promise<CacheLogAnswer> {
    const { counters, options } = this.#parts;
    const { cacheFeedTimeoutMs, timer, clock } = options;
    if (clock() < this.#tooOldUntil) return this.#unavailable(method, TOO_OLD);
    let answer: CacheLogAnswer | undefined;
    let detail = `no answer within ${cacheFeedTimeoutMs} ms`;
    const work = async (): Promise<void> => {
      try {
        const said = await (call() ?? Promise.reject(new TypeError(NO_METHOD)));
        answer = readCacheLogAnswer(said, since);
        if (answer?.ok === true) this.#parts.cacheHead.note(answer.head);
        detail = answer === undefined ? "the answer cannot be read" : detail;
      } catch (error) {
        detail = error instanceof Error ? error.message : String(error);
        if (!detail.includes(NO_METHOD)) return;
        detail = TOO_OLD;
        this.#tooOldUntil = clock() + TOO_OLD_PAUSE_MS;
      }
    };
    try {
      await beforeDeadline(work(), cacheFeedTimeoutMs, timer);
    } catch (error) {
      // Without a timer nobody waits for it.
      detail = error instanceof Error ? error.message : String(error);
    }
    if (answer === undefined) return this.#unavailable(method, detail);
    if (!answer.ok) counters.fail(`binding.${method}`, answer.detail);
    return answer;
  }

  #unavailable(method: string, detail: string): CacheLogAnswer {
    this.#parts.counters.fail(`binding.${method}`, detail);
    return { ok: false, reason: "unavailable", detail };
  }
}

/**
 * What the runtime says of a method that the other Worker does not have: the stub of a service
 * binding has every name, so only the call tells.
 */
const NO_METHOD = "RPC receiver does not implement";
