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

/** As instrumented Workers report their own requests. */
const SERVER_METRIC: OtlpMetricConfig = {
  ...ANY_METRIC,
  target: "worker",
  operationFrom: ["http.route", "http.request.method"],
  side: "server",
};

/**
 * The metrics that are taken unless the configuration says otherwise. Durations of databases
 * (`db.client.operation.duration`) are not among them: most are of other databases than D1, and
 * would be graded and alerted of as D1.
 */
export const DEFAULT_METRICS: Readonly<Record<string, OtlpMetricConfig>> = {
  "http.client.request.duration": ANY_METRIC,
  "http.server.request.duration": SERVER_METRIC,
};

/** A metric that another one has replaced. */
export interface OldMetric {
  /** What counts the same calls now. */
  readonly replacedBy: string;
  /** What it has where the configuration names it. */
  readonly config: OtlpMetricConfig;
}

/**
 * The names of before OpenTelemetry's stable conventions for HTTP, which many instrumentations still
 * use. They are only taken if the configuration names them: a sender may send the old and the new one
 * of every call (`http/dup`), in different requests, and each call would silently count twice.
 */
export const OLD_METRICS: ReadonlyMap<string, OldMetric> = new Map([
  [
    "http.client.duration",
    {
      replacedBy: "http.client.request.duration",
      config: {
        ...ANY_METRIC,
        unit: "ms",
        targetFrom: ["server.address", "net.peer.name"],
        operationFrom: ["url.template", "http.request.method", "http.method"],
      },
    },
  ],
  [
    "http.server.duration",
    {
      replacedBy: "http.server.request.duration",
      config: {
        ...SERVER_METRIC,
        unit: "ms",
        operationFrom: ["http.route", "http.request.method", "http.method"],
      },
    },
  ],
]);

/**
 * Attributes that hold a host. Hosts are many and change, as those of pods and of customers do, while
 * a tenant has few targets and keeps them for good.
 */
export const HOST_ATTRIBUTES: ReadonlySet<string> = new Set(["server.address", "net.peer.name"]);

/** The target of all hosts that have none in the configuration: each of them is an operation of it. */
export const OTHER_HOSTS_TARGET = "http";

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
