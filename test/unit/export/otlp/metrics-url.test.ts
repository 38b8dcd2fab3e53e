import { expect, it } from "vitest";
import { metricsUrl } from "../../../../src/export/otlp/metrics-url.ts";

const WHAT = "the URL in OTLP_ENDPOINT";

it.each([
  ["https://collector.example.com", "https://collector.example.com/v1/metrics"],
  ["https://collector.example.com:4318/", "https://collector.example.com:4318/v1/metrics"],
  ["https://gw.example.com/otlp//", "https://gw.example.com/otlp/v1/metrics"],
  ["https://prom.example.com/api/v1/otlp", "https://prom.example.com/api/v1/otlp/v1/metrics"],
  [
    "https://prom.example.com/api/v1/otlp/v1/metrics",
    "https://prom.example.com/api/v1/otlp/v1/metrics",
  ],
  ["https://prom.example.com/v1/metrics/?key=1#x", "https://prom.example.com/v1/metrics?key=1"],
])("of %s metrics go to %s", (endpoint, url) => {
  const checked = metricsUrl(endpoint, false, WHAT);
  expect(checked.ok && checked.url.href).toBe(url);
});

it.each([
  ["http://collector.example.com", "the URL in OTLP_ENDPOINT is http: and not https:"],
  ["https://127.0.0.1:4318", "no public address"],
  ["https://collector", "no public address"],
  ["https://user:key@collector.example.com", "user name or password"],
  ["collector.example.com:4318", "scheme"],
  ["", "no URL"],
])("%j is refused unless private ones are allowed", (endpoint, why) => {
  const checked = metricsUrl(endpoint, false, WHAT);
  expect(checked.ok ? "" : checked.reason).toContain(why);
});

it("a collector on one's own machine may be called where that is allowed", () => {
  const checked = metricsUrl("http://127.0.0.1:4318", true, WHAT);
  expect(checked.ok && checked.url.href).toBe("http://127.0.0.1:4318/v1/metrics");
});
