import { DEFAULT_RULES } from "../../src/alerts/default-rules.ts";
import { defineConfig } from "../../src/config.ts";

/**
 * Stands in for `tachograph.config.ts`: one rule that many operations can break at once, and
 * channels whose receivers are in the bench. All else is as by default.
 */
export default defineConfig({
  alerts: {
    // The same alerts fire again in each round.
    cooldownMs: 0,
    rules: {
      ...Object.fromEntries(DEFAULT_RULES.map(({ name }) => [name, false] as const)),
      "bench-errors": {
        metric: "errorRate",
        window: "1m",
        operations: "each",
        comparison: ">=",
        thresholdRate: 0.5,
        forMs: 3_000,
        minCount: 5,
        severity: "HIGH",
        action: "None: this is a measurement.",
      },
    },
  },
  channels: {
    first: { type: "webhook", urlSecret: "FIRST_URL" },
    second: { type: "webhook", urlSecret: "SECOND_URL" },
    hanging: { type: "webhook", urlSecret: "HANGING_URL" },
    chat: { type: "slack", urlSecret: "CHAT_URL" },
  },
  reports: { daily: false, weekly: false },
  delivery: { allowPrivateUrls: true },
});
