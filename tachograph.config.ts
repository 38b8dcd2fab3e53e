import { defineConfig } from "./src/config.ts";

/**
 * What this Tachograph is told. Every field has a default, so whatever is left out here is set
 * already; docs/configuration.md lists each with its unit, range and default. A fault is reported at
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

    // Work of the example's own, in batches: it is graded as a Worker is.
    attribution: { kind: "worker" },

    // worker, d1, cache and queue are known by their names. Another cache says what it is:
    // "edge-cache": { kind: "cache" },

    // A platform with more reports than one shard can take:
    // meta: { shards: 4 },

    // How often a platform may be called: a bucket of so many permits, of which so many a minute
    // come back. The five above have cautious defaults; false is for no limit.
    // meta: { limit: { capacity: 200, refillPerMinute: 10 } },
  },

  // Where alerts go. This one reads the receiver's URL and key from the bindings WEBHOOK_URL and
  // WEBHOOK_SECRET, locally in .dev.vars; without them it is shown as unconfigured.
  channels: {
    local: { type: "webhook" },

    // A field that ends in Secret names a binding (`wrangler secret put SLACK_WEBHOOK_URL`) and
    // never holds the secret itself.
    // chat: { type: "slack", urlSecret: "SLACK_WEBHOOK_URL", severities: ["CRITICAL", "HIGH"] },
    // A Worker that mends itself: its healing job runs when one of these probes fails. HEAL_URL is
    // where it takes the signed message (POST /hooks/heal of the example), HEAL_SECRET the key of both;
    // `npm start` sets them.
    // heal: {
    //   type: "webhook",
    //   urlSecret: "HEAL_URL",
    //   keySecret: "HEAL_SECRET",
    //   rules: ["probe-failing"],
    //   operations: ["lost-leads", "stuck-sessions"],
    //   events: ["firing", "repeat"],
    // },
    // mail: { type: "resend", from: "Tachograph <t@example.com>", to: ["ops@example.com"] },
    // phone: {
    //   type: "whatsapp",
    //   phoneNumberId: "106540352242922",
    //   to: "5511987654321",
    //   template: "tachograph_alert",
    //   language: "pt-BR",
    // },
  },

  // The default rules are in src/alerts/default-rules.ts. Here they are changed or left out by
  // their names, and others are added; a threshold's name says its unit.
  alerts: {
    rules: {
      // At most a few batches a minute, which is too few for the rules of Workers.
      "attribution-slow": {
        metric: "latency",
        targets: ["attribution"],
        percentile: 95,
        window: "5m",
        thresholdMs: 1000,
        recoveryThresholdMs: 900,
        forMs: 600_000,
        minCount: 3,
        severity: "MEDIUM",
        action: {
          en: "Look at the mean times of its queries, and make its batches smaller.",
          "pt-BR": "Veja os tempos médios das consultas dela e reduza os lotes.",
        },
      },

      // "platform-latency": { thresholdMs: 3000, forMs: 600_000 },
      // "cache-low": false,
      // "checkout-errors": {
      //   metric: "errorRate",
      //   targets: ["meta"],
      //   operations: ["purchase"],
      //   thresholdRate: 0.02,
      //   severity: "HIGH",
      //   action: "Check the purchase events first.",
      // },
    },
  },

  // How messages are written, and when reports leave (daily, and on Monday about the week).
  // messages: {
  //   language: "pt-BR",
  //   timeZone: "America/Sao_Paulo",
  //   dashboardUrl: "https://tachograph.example.com",
  //   traceUrl: "https://traces.example.com/trace/{traceId}",
  // },
  // reports: { daily: true, weekly: true, hour: 9 },

  // Days of history: minutes, hours and days each with their exact percentiles.
  retention: { minutesDays: 7, hoursDays: 90, daysDays: 730 },
});
