import type { CacheLogAnswer, CacheScope } from "../../wire/cache-feed.ts";
import type { TachographBinding } from "../../wire/report.ts";
import type { ClientCounters } from "../client-counters.ts";
import type { ClientOptions } from "../client-options.ts";
import { withinDeadline } from "../within-deadline.ts";
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

/**
 * The tenant's invalidation log, over the service binding. It holds nothing of any request, so one
 * serves the whole isolate.
 */
export class TachographFeed implements InvalidationFeed {
  readonly #parts: TachographFeedParts;

  constructor(parts: TachographFeedParts) {
    this.#parts = parts;
  }

  get head(): number {
    return this.#parts.cacheHead.version;
  }

  read(since: number): Promise<CacheLogAnswer> {
    const { binding } = this.#parts;
    return this.#ask("cacheLog", since, () => binding.cacheLog?.(since));
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
    const { cacheFeedTimeoutMs, timer } = options;
    let answer: CacheLogAnswer | undefined;
    let detail = `no answer within ${cacheFeedTimeoutMs} ms`;
    const work = async (): Promise<void> => {
      try {
        const calling = call();
        if (calling === undefined) {
          detail = TOO_OLD;
          return;
        }
        answer = readCacheLogAnswer(await calling, since);
        if (answer?.ok === true) this.#parts.cacheHead.note(answer.head);
        detail = answer === undefined ? "the answer cannot be read" : detail;
      } catch (error) {
        detail = error instanceof Error ? error.message : String(error);
      }
    };
    try {
      await withinDeadline(work(), cacheFeedTimeoutMs, timer);
    } catch (error) {
      // Without a timer nobody waits for it.
      detail = error instanceof Error ? error.message : String(error);
    }
    const received = answer ?? { ok: false, reason: "unavailable", detail };
    if (!received.ok) counters.fail(`binding.${method}`, received.detail);
    return received;
  }
}
