import { expect, test } from "vitest";
import { cardOfAlert } from "../../../dashboard/src/cards/alerts/card-of-alert.ts";

test.each([
  ["latency", "platform", "latency"],
  ["latency", "d1", "d1"],
  ["meanLatency", undefined, "latency"],
  ["errorRate", "platform", "errors"],
  ["consecutiveErrors", "platform", "errors"],
  ["budgetBurn", "worker", "errors"],
  ["rateLimitedRate", "platform", "errors"],
  ["denialRate", "platform", "limits"],
  ["hitRate", "cache", "cache"],
  ["throughput", "platform", "throughput"],
  ["meanMeasure", "d1", "d1"],
  ["lastMeasure", "probe", "series"],
  ["noData", "platform", "series"],
] as const)("an alert about %s of a %s is seen in the card %s", (metric, kind, card) => {
  expect(cardOfAlert({ rule: "any", metric }, kind)).toBe(card);
});

test("an alert about the dispatcher is seen in the card of the service's own health", () => {
  expect(cardOfAlert({ rule: "dispatcher-stalled", metric: "noData" }, undefined)).toBe("health");
});
