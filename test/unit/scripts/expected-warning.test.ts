import { expect, it } from "vitest";
import { isExpectedWarning } from "../../../scripts/lib/expected-warning.ts";

it.each([
  "▲ [WARNING] Scheduled Workers are not automatically triggered during local development.",
  "  To manually trigger a scheduled event, run:",
  '    curl "http://127.0.0.1:8788/cdn-cgi/local/scheduled"',
  "  For more details, see https://developers.cloudflare.com/workers/configuration/cron-triggers/#test-cron-triggers-locally",
])("keeps back %s", (line) => {
  expect(isExpectedWarning(line)).toBe(true);
});

it.each([
  "▲ [WARNING] The scheduled handler threw",
  "✘ [ERROR] GET http://127.0.0.1:8788/cdn-cgi/local/scheduled 500",
  "",
])("shows %j", (line) => {
  expect(isExpectedWarning(line)).toBe(false);
});
