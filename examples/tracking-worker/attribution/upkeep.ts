// A real project imports from "tachograph/client".
import type { QueryCall } from "../../../src/client/index.ts";
import { MODELS } from "./attribute.ts";
import { RETENTION_MS } from "./journey-store.ts";
import type { QueryName } from "./queries.ts";
import type { Queries } from "./run-queries.ts";

/** A session ends after so long without an event. */
export const SESSION_IDLE_MS = 20 * 60_000;

/** Longer than any cache keeps a journey. */
const CACHED_MS = 86_400_000;

/** Most rows that one statement changes: a backlog is worked off run by run. */
const MAX_ROWS = 5_000;

/** What one upkeep did. */
export interface UpkeepReport {
  readonly leads: number;
  readonly sessions: number;
  /** Rows that were older than what is kept. */
  readonly deleted: number;
}

/**
 * Marks leads as processed, ends idle sessions, and deletes what is too old.
 *
 * @param now - Epoch milliseconds.
 */
export async function upkeep(queries: Queries, now: number): Promise<UpkeepReport> {
  const results = await queries.batch([
    ["process-leads", [now, MAX_ROWS]],
    ["end-sessions", [now - SESSION_IDLE_MS, MAX_ROWS]],
    ...deletions(now),
  ]);
  const [leads = 0, sessions = 0, ...deleted] = results.map(({ meta }) => meta.changes);
  return { leads, sessions, deleted: deleted.reduce((sum, rows) => sum + rows, 0) };
}

function deletions(now: number): QueryCall<QueryName>[] {
  const until = now - RETENTION_MS;
  return [
    ["prune-touchpoints", [until, MAX_ROWS]],
    ["prune-conversions", [until, MAX_ROWS]],
    ["prune-leads", [until, MAX_ROWS]],
    ["prune-sessions", [until, MAX_ROWS]],
    ["prune-deliveries", [until, MAX_ROWS]],
    ["prune-cached-journeys", [now - CACHED_MS, MAX_ROWS]],
    ...MODELS.map((model): QueryCall<QueryName> => ["prune-credits", [until, MAX_ROWS, model]]),
  ];
}
