// A real project imports from "tachograph/client".
import { defineQueries, type QueryCatalogue } from "../../../src/client/index.ts";

/** The tag of all that is made of credits. */
export const CREDITS_TAG = "credits";

/**
 * Every statement of attribution, by the name that its timings have. `prune-…` all take `?1`, the
 * time before which a row is too old, and `?2`, how many rows to delete at most. They find them in
 * the order of an index, so that what is kept is not read.
 */
export const QUERIES = defineQueries({
  /** `?1` event, `?2` visitor, `?3` at, `?4` channel, `?5` 1 for a lead. */
  "add-touchpoint": {
    sql: `INSERT INTO touchpoints (event_id, visitor, at, channel, is_lead)
          VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (event_id) DO NOTHING`,
  },
  /** `?1` event, `?2` visitor, `?3` at. */
  "add-lead": {
    sql: `INSERT INTO leads (id, visitor, created_at) VALUES (?1, ?2, ?3)
          ON CONFLICT (id) DO NOTHING`,
  },
  /** `?1` event, `?2` visitor, `?3` at, `?4` value. */
  "add-conversion": {
    sql: `INSERT INTO conversions (id, visitor, at, value) VALUES (?1, ?2, ?3, ?4)
          ON CONFLICT (id) DO NOTHING`,
  },
  /** The visitor `?1` is there at `?2`, whatever has arrived first. */
  "touch-session": {
    sql: `INSERT INTO sessions (visitor, state, started_at, touched_at)
          VALUES (?1, 'active', ?2, ?2) ON CONFLICT (visitor) WHERE state = 'active'
          DO UPDATE SET touched_at = max(touched_at, excluded.touched_at)`,
  },
  /** A row if the journey of `?1` is in a cache; the next time there is none. */
  "take-cached-journey": {
    sql: "DELETE FROM cached_journeys WHERE visitor = ?1 RETURNING visitor",
  },
  /** The journey of `?1` goes into a cache at `?2`. */
  "note-cached-journey": {
    sql: `INSERT INTO cached_journeys (visitor, cached_at) VALUES (?1, ?2)
          ON CONFLICT (visitor) DO UPDATE SET cached_at = excluded.cached_at`,
  },
  /** At most `?3` of the visitor `?1` since `?2`, the newest first. */
  "read-touchpoints": {
    sql: `SELECT channel, at, is_lead FROM touchpoints WHERE visitor = ?1 AND at >= ?2
          ORDER BY at DESC, id DESC LIMIT ?3`,
  },
  "read-conversions": {
    sql: `SELECT id, at, value FROM conversions WHERE visitor = ?1 AND at >= ?2
          ORDER BY at DESC, id DESC LIMIT ?3`,
  },
  /** The newest `?1` of all visitors. */
  "observe-touchpoints": {
    sql: "SELECT visitor, channel, at FROM touchpoints ORDER BY id DESC LIMIT ?1",
  },
  /** The newest `?2` of all visitors, since `?1`. */
  "observe-conversions": {
    sql: "SELECT visitor, at FROM conversions WHERE at >= ?1 ORDER BY at DESC LIMIT ?2",
  },

  /** At most `?4` without credits, from before `?1`, the oldest first, after (`?2`, `?3`). */
  "due-conversions": {
    sql: `SELECT id, visitor, at, value FROM conversions
          WHERE attributed_at IS NULL AND at < ?1 AND (at, id) > (?2, ?3)
          ORDER BY at, id LIMIT ?4`,
  },
  /** The conversions of the JSON list `?2` have their credits, at `?1`. */
  "mark-attributed": {
    sql: `UPDATE conversions SET attributed_at = ?1
          WHERE id IN (SELECT value FROM json_each(?2))`,
  },
  /** Under the model `?1`, from `?2` to before `?3`: the `?4` channels with the most credit. */
  "credits-by-channel": {
    sql: `SELECT channel, sum(millionths) AS millionths, sum(millionths * value) AS weighted,
                 sum(sum(millionths)) OVER () AS total
          FROM credits WHERE model = ?1 AND converted_at >= ?2 AND converted_at < ?3
          GROUP BY channel HAVING sum(millionths) > 0 ORDER BY 2 DESC, channel LIMIT ?4`,
    cache: { kind: "attribution", tags: [CREDITS_TAG] },
  },

  /** Adds the JSON list `?2` of `[platform, delivered, failed]` to the minute `?1`. */
  "count-deliveries": {
    sql: `INSERT INTO deliveries (minute, platform, delivered, failed)
          SELECT ?1, value->>0, value->>1, value->>2 FROM json_each(?2) WHERE true
          ON CONFLICT (minute, platform) DO UPDATE SET
            delivered = delivered + excluded.delivered, failed = failed + excluded.failed`,
  },

  /** At most `?2`, at `?1`, where a real Worker would call somebody. */
  "process-leads": {
    sql: `UPDATE leads SET processed_at = ?1 WHERE id IN
            (SELECT id FROM leads WHERE processed_at IS NULL ORDER BY created_at LIMIT ?2)`,
  },
  /** At most `?2`, without an event since `?1`. */
  "end-sessions": {
    sql: `UPDATE sessions SET state = 'ended' WHERE id IN
            (SELECT id FROM sessions WHERE state = 'active' AND touched_at < ?1
             ORDER BY touched_at LIMIT ?2)`,
  },
  /** The first that is kept is found at once: ids rise with time. */
  "prune-touchpoints": {
    sql: `DELETE FROM touchpoints WHERE id IN (SELECT id FROM touchpoints WHERE id <
            coalesce((SELECT min(id) FROM touchpoints WHERE at >= ?1), 9000000000000000000)
          LIMIT ?2)`,
  },
  "prune-conversions": {
    sql: `DELETE FROM conversions WHERE id IN
            (SELECT id FROM conversions WHERE attributed_at < ?1 LIMIT ?2)`,
  },
  "prune-leads": {
    sql: `DELETE FROM leads WHERE id IN (SELECT id FROM leads WHERE processed_at < ?1 LIMIT ?2)`,
  },
  "prune-sessions": {
    sql: `DELETE FROM sessions WHERE id IN
            (SELECT id FROM sessions WHERE state = 'ended' AND touched_at < ?1 LIMIT ?2)`,
  },
  "prune-deliveries": {
    sql: `DELETE FROM deliveries WHERE (minute, platform) IN
            (SELECT minute, platform FROM deliveries WHERE minute < ?1 LIMIT ?2)`,
  },
  "prune-cached-journeys": {
    sql: `DELETE FROM cached_journeys WHERE visitor IN
            (SELECT visitor FROM cached_journeys WHERE cached_at < ?1 LIMIT ?2)`,
  },
  /** Those of the model `?3`. No answer is made invalid: none goes back so far by itself. */
  "prune-credits": {
    sql: `DELETE FROM credits WHERE (visitor, conversion, model, channel) IN
            (SELECT visitor, conversion, model, channel FROM credits
             WHERE model = ?3 AND converted_at < ?1 LIMIT ?2)`,
  },
});

/** The name of one of {@link QUERIES}. */
export type QueryName = typeof QUERIES extends QueryCatalogue<infer Name> ? Name : never;
