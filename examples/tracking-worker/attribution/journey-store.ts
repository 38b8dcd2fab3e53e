// A real project imports from "tachograph/client".
import type { QueryCall } from "../../../src/client/index.ts";
import type { TrackedEvent } from "../tracked-event.ts";
import type { History, StoredConversion } from "./history.ts";
import type { ObservedPath } from "./markov-chain.ts";
import { observedPaths, type ObservedConversion, type ObservedTouch } from "./observed-paths.ts";
import type { QueryName } from "./queries.ts";
import type { Queries } from "./run-queries.ts";

/** How long a visitor is remembered: what leads to a conversion is younger than that. */
export const RETENTION_MS = 90 * 86_400_000;
/** Most of one visitor's touchpoints that are read, the newest. */
export const MAX_TOUCHPOINTS = 10_000;
/** Most of one visitor's conversions that are read, the newest. */
const MAX_CONVERSIONS = 1_000;
/** Touchpoints that the data-driven model learns from, the newest. */
const MAX_OBSERVED = 10_000;

/** An event that belongs to somebody's journey. */
export type JourneyEvent = Pick<TrackedEvent, "event" | "id" | "value" | "channel"> & {
  readonly visitor: string;
};

interface TouchRow {
  readonly channel: string;
  readonly at: number;
  readonly is_lead: number;
}

/** Journeys in D1: what visitors did, and what came of it. */
export class JourneyStore {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /**
   * Stores an event, in one transaction: its touchpoint, what came of it, and that the visitor is
   * there. To store it again changes nothing but the session.
   *
   * @param at - Epoch milliseconds.
   * @returns whether the journey is in a cache, which is told here once.
   */
  async record(event: JourneyEvent, at: number): Promise<{ readonly isCached: boolean }> {
    const results = await this.#queries.batch([
      ...facts(event, at),
      ["touch-session", [event.visitor, at]],
      ["take-cached-journey", [event.visitor]],
    ]);
    return { isCached: (results.at(-1)?.results.length ?? 0) > 0 };
  }

  /** Notes that a visitor's journey is in some cache: the next event of his is told so. */
  async noteCached(visitor: string, at: number): Promise<void> {
    await this.#queries.run("note-cached-journey", [visitor, at]);
  }

  /**
   * What is known of a visitor, to be put into a cache: the next event of his is told so.
   *
   * @param now - Epoch milliseconds.
   */
  async loadHistory(visitor: string, now: number): Promise<History> {
    const since = now - RETENTION_MS;
    const results = await this.#queries.batch<TouchRow | StoredConversion>([
      ["note-cached-journey", [visitor, now]],
      ["read-touchpoints", [visitor, since, MAX_TOUCHPOINTS]],
      ["read-conversions", [visitor, since, MAX_CONVERSIONS]],
    ]);
    const rows = results.flatMap((result) => result.results).toReversed();
    return {
      touchpoints: rows.flatMap((row) => {
        return "channel" in row
          ? [{ channel: row.channel, at: row.at, isLead: row.is_lead === 1 }]
          : [];
      }),
      conversions: rows.flatMap((row) => ("value" in row ? [row] : [])),
    };
  }

  /** The newest journeys of all visitors, as far as the newest touchpoints tell. */
  async observe(): Promise<readonly ObservedPath[]> {
    const touches = await this.#queries.all<ObservedTouch>("observe-touchpoints", [MAX_OBSERVED]);
    const oldest = touches.at(-1)?.at ?? 0;
    const conversions = await this.#queries.all<ObservedConversion>("observe-conversions", [
      oldest,
      MAX_OBSERVED,
    ]);
    return observedPaths(touches.toReversed(), conversions.toReversed());
  }
}

/** What is to be written about an event, beside that the visitor is there. */
function facts(event: JourneyEvent, at: number): QueryCall<QueryName>[] {
  const { id, visitor, channel } = event;
  const calls: QueryCall<QueryName>[] = [];
  if (channel !== undefined) {
    const isLead = event.event === "Lead" ? 1 : 0;
    calls.push(["add-touchpoint", [id, visitor, at, channel, isLead]]);
  }
  if (event.event === "Lead") calls.push(["add-lead", [id, visitor, at]]);
  if (event.event === "Purchase")
    calls.push(["add-conversion", [id, visitor, at, event.value ?? 0]]);
  return calls;
}
