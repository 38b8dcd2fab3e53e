import { checkWebhookUrl, type UrlCheck } from "../../dispatcher/url-guard.ts";

/** Where OTLP/HTTP has metrics. */
export const METRICS_PATH = "/v1/metrics";

/**
 * Where a collector takes metrics: `/v1/metrics` below its endpoint, as `OTEL_EXPORTER_OTLP_ENDPOINT`
 * means it, or the endpoint itself if that already ends so. Its URL must be one that channels may
 * have, too: see {@link checkWebhookUrl}.
 * @param what the endpoint is called in a reason.
 */
export function metricsUrl(endpoint: string, allowPrivate: boolean, what: string): UrlCheck {
  const checked = checkWebhookUrl(endpoint, { allowPrivate, what });
  if (!checked.ok) return checked;
  const url = new URL(checked.url);
  url.hash = "";
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith(METRICS_PATH) ? path : path + METRICS_PATH;
  return { ok: true, url };
}
