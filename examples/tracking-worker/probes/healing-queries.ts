// A real project imports from "tachograph/client".
import { defineQueries, type QueryCatalogue } from "../../../src/client/index.ts";

/** What mends the data, by the names that the timings have. Each changes at most so many rows. */
export const HEALING_QUERIES = defineQueries({
  /** At most `?3` from before `?2`, at `?1`, where a real Worker would put them into its queue again. */
  "heal-lost-leads": {
    sql: `UPDATE leads SET processed_at = ?1 WHERE id IN
            (SELECT id FROM leads WHERE processed_at IS NULL AND created_at < ?2
             ORDER BY created_at LIMIT ?3)`,
  },
  /** At most `?2`, without an event since `?1`. */
  "heal-stuck-sessions": {
    sql: `UPDATE sessions SET state = 'ended' WHERE id IN
            (SELECT id FROM sessions WHERE state = 'active' AND touched_at < ?1
             ORDER BY touched_at LIMIT ?2)`,
  },
});

/** The name of one of {@link HEALING_QUERIES}. */
export type HealingQueryName =
  typeof HEALING_QUERIES extends QueryCatalogue<infer Name> ? Name : never;
