import { defineConfig } from "./src/config.ts";

/**
 * What this Tachograph is told. Every field has a default, so whatever is left out here is set
 * already; src/config.ts lists each with its unit, range and default. A fault is reported at
 * start, by the field's name.
 */
export default defineConfig({
  // The platforms that are called. A target need not be listed to be reported: listing one is how
  // it gets another kind or more shards. Names: a-z 0-9 _ . : - and at most 64 characters.
  targets: {
    meta: {},
    google: {},
    tiktok: {},
    pinterest: {},
    reddit: {},

    // worker, d1, cache and queue are known by their names. Another cache says what it is:
    // "edge-cache": { kind: "cache" },

    // A platform with more reports than one shard can take:
    // meta: { shards: 4 },

    // How often a platform may be called: a bucket of so many permits, of which so many a minute
    // come back. The five above have cautious defaults; false is for no limit.
    // meta: { limit: { capacity: 200, refillPerMinute: 10 } },
  },

  // Days of history: minutes, hours and days each with their exact percentiles.
  retention: { minutesDays: 7, hoursDays: 90, daysDays: 730 },
});
