// A real project imports from "tachograph/client".
import { defineProbes } from "../../../src/client/index.ts";
import { MODELS } from "../attribution/attribute.ts";
import type { Env } from "../env.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A lead that nobody has called for so long is lost. */
export const LEAD_LOST_MS = HOUR_MS;

/** A session that is active without an event for so long was never ended. */
export const SESSION_STUCK_MS = 30 * MINUTE_MS;

/** Of fewer calls in an hour one failure in a hundred, which is usual, may by chance be one in 20. */
const MIN_CALLS = 100;

const MODEL_LIST = MODELS.map((model) => `'${model}'`).join(", ");

/** What must hold of this Worker's data at any time. */
export const PROBES = defineProbes<Env>({
  "lost-leads": {
    sql: `/* name: probe-lost-leads */
      SELECT count(*) FROM leads WHERE processed_at IS NULL AND created_at < ?1`,
    params: (nowMs) => [nowMs - LEAD_LOST_MS],
    database: (env) => env.DB,
    max: 0,
  },
  "stuck-sessions": {
    sql: `/* name: probe-stuck-sessions */
      SELECT count(*) FROM sessions WHERE state = 'active' AND touched_at < ?1`,
    params: (nowMs) => [nowMs - SESSION_STUCK_MS],
    database: (env) => env.DB,
    max: 0,
  },
  // The credits of a conversion are the whole of it, by each model.
  "credits-not-whole": {
    sql: `/* name: probe-credits-not-whole */
      SELECT count(*) FROM (
        SELECT sum(millionths) AS whole FROM credits
        WHERE model IN (${MODEL_LIST}) AND converted_at >= ?1
        GROUP BY visitor, conversion, model HAVING whole <> 1000000)`,
    params: (nowMs) => [nowMs - DAY_MS],
    database: (env) => env.DB,
    max: 0,
    everyMs: 5 * MINUTE_MS,
  },
  // That of the platform with the lowest: in a mean, one that is rarely called could be dead unseen.
  "delivery-rate": {
    sql: `/* name: probe-delivery-rate */
      SELECT min(rate) FROM (
        SELECT CAST(sum(delivered) AS REAL) / sum(delivered + failed) AS rate
        FROM deliveries WHERE minute >= ?1
        GROUP BY platform HAVING sum(delivered + failed) >= ${MIN_CALLS})`,
    params: (nowMs) => [nowMs - HOUR_MS],
    database: (env) => env.DB,
    min: 0.95,
  },
});
