import type { OtlpMetricConfig } from "./otlp-config.ts";

/** What a metric has that is named in the configuration and nowhere here. */
export const ANY_METRIC: OtlpMetricConfig = {
  measure: null,
  unit: "s",
  target: null,
  targetFrom: ["server.address"],
  operationFrom: ["url.template", "http.request.method"],
  operation: "call",
  side: "client",
};

/**
 * The metrics that are taken unless the configuration says otherwise. Durations of databases
 * (`db.client.operation.duration`) are not among them: most are of other databases than D1, and
 * would be graded and alerted of as D1.
 */
export const DEFAULT_METRICS: Readonly<Record<string, OtlpMetricConfig>> = {
  "http.client.request.duration": ANY_METRIC,
  // As instrumented Workers report their own requests.
  "http.server.request.duration": {
    ...ANY_METRIC,
    target: "worker",
    operationFrom: ["http.route", "http.request.method"],
    side: "server",
  },
};

/** Where the platforms answer. */
export const DEFAULT_HOSTS: Readonly<Record<string, string>> = {
  "facebook.com": "meta",
  "google-analytics.com": "google",
  "googleads.googleapis.com": "google",
  "datamanager.googleapis.com": "google",
  "tiktok.com": "tiktok",
  "pinterest.com": "pinterest",
  "reddit.com": "reddit",
  "linkedin.com": "linkedin",
  "uet.microsoft.com": "microsoft",
  "ads.microsoft.com": "microsoft",
  "snapchat.com": "snap",
  "spotify.com": "spotify",
};
