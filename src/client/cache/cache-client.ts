import type { Recorder } from "../recorder.ts";
import type { InvalidationFeed } from "./invalidation-feed.ts";

/** What a cache needs of the request's handle: `Tachograph` is one. */
export interface CacheClient extends Recorder {
  readonly cacheFeed: InvalidationFeed;
  /**
   * Lets work that nobody waits for go on after the answer. Never throws.
   * @param work never rejects
   */
  keepAlive(work: Promise<unknown>): void;
}
