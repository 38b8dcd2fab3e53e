// A real project imports from "tachograph/client".
import type { CacheManager, Invalidated } from "../../../src/client/index.ts";
import { boundChannels } from "./bound-channels.ts";
import { type History, splitHistory, type VisitorJourney } from "./history.ts";
import type { JourneyEvent, JourneyStore } from "./journey-store.ts";
import { learnChain, removalEffects } from "./markov-chain.ts";
import type { RemovalEffects } from "./models/data-driven.ts";

/** How long removal effects hold: what is learnt from thousands of journeys changes slowly. */
const EFFECTS_TTL_MS = 5 * 60_000;

/** The tag of all that is cached about a visitor. */
export function visitorTag(visitor: string): string {
  return `visitor:${visitor}`;
}

/** What journeys need of a cache. */
export type JourneyCache = Pick<CacheManager, "get" | "invalidate">;

/** Journeys, as the cache has them and the database knows them. */
export class Journeys {
  readonly #store: JourneyStore;
  readonly #cache: JourneyCache;

  constructor(store: JourneyStore, cache: JourneyCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /**
   * Stores an event of a journey, and has caches forget what they know of it. Few journeys are
   * cached, and only those cost a word to the caches. If the word does not reach them, the visitor's
   * next event gives it again.
   *
   * @param at - Epoch milliseconds.
   */
  async record(event: JourneyEvent, at: number): Promise<void> {
    const { isCached } = await this.#store.record(event, at);
    if (!isCached) return;
    const { isPublished } = await this.#forget(event.visitor);
    if (!isPublished) await this.#store.noteCached(event.visitor, at);
  }

  /** All journeys of a visitor, the oldest first. */
  async of(visitor: string, now: number): Promise<readonly VisitorJourney[]> {
    const load = (): Promise<History> => this.#store.loadHistory(visitor, now);
    const tags = [visitorTag(visitor)];
    const history = await this.#cache.get("user-journeys", visitor, load, { tags });
    return splitHistory(history).map((journey) => ({
      ...journey,
      touchpoints: boundChannels(journey.touchpoints),
    }));
  }

  /**
   * The journey that led to a conversion. An isolate hears of a new event a moment after it is
   * stored, so what is cached may lack the conversion; then it is loaded anew. Together with its
   * conversion a journey is complete.
   */
  async toConversion(
    visitor: string,
    conversion: string,
    now: number,
  ): Promise<VisitorJourney | undefined> {
    const isIt = (journey: VisitorJourney): boolean => journey.conversion?.id === conversion;
    const known = (await this.of(visitor, now)).find(isIt);
    if (known !== undefined) return known;
    await this.#forget(visitor);
    return (await this.of(visitor, now)).find(isIt);
  }

  /** What is lost without each channel, learnt from the newest journeys. */
  async effects(): Promise<RemovalEffects> {
    const learn = async (): Promise<[string, number][]> => [
      ...removalEffects(learnChain(await this.#store.observe())),
    ];
    const learnt = await this.#cache.get("attribution", "removal-effects", learn, {
      ttlMs: EFFECTS_TTL_MS,
    });
    return new Map(learnt);
  }

  #forget(visitor: string): Promise<Invalidated> {
    return this.#cache.invalidate([{ kind: "tag", tag: visitorTag(visitor) }]);
  }
}
