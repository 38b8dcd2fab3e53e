// A real project imports from "tachograph/client".
import { defineQueries, type QueryCatalogue } from "../../../src/client/index.ts";

/** The tag of what is made of the list of paused platforms. */
const PAUSED_TAG = "paused-platforms";

/** What is asked of `paused_platforms`, by the names that the timings have. */
export const PAUSE_QUERIES = defineQueries({
  /** Every event asks this, so it is answered from the cache. */
  "read-paused": {
    sql: "SELECT platform FROM paused_platforms ORDER BY platform",
    cache: { kind: "lookups", tags: [PAUSED_TAG] },
  },
  /** The platform `?1`, at `?2`. */
  "pause-platform": {
    sql: `INSERT INTO paused_platforms (platform, paused_at) VALUES (?1, ?2)
          ON CONFLICT (platform) DO NOTHING`,
    invalidates: [PAUSED_TAG],
  },
  "resume-platform": {
    sql: "DELETE FROM paused_platforms WHERE platform = ?1",
    invalidates: [PAUSED_TAG],
  },
});

/** The name of one of {@link PAUSE_QUERIES}. */
export type PauseQueryName = typeof PAUSE_QUERIES extends QueryCatalogue<infer Name> ? Name : never;
