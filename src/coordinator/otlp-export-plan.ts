import type { TachographConfig } from "../config.ts";
import { parseHeaders } from "../export/otlp/parse-headers.ts";
import { metricsUrl } from "../export/otlp/metrics-url.ts";

/** What becomes of a tenant's totals. */
export type OtlpExportPlan =
  /** They are pushed nowhere, and nobody wanted that they are. */
  | { readonly kind: "off" }
  /** They are to be pushed, and cannot be. */
  | { readonly kind: "faulty"; readonly fault: string }
  | {
      readonly kind: "push";
      readonly url: URL;
      readonly headers: Readonly<Record<string, string>>;
    };

/**
 * Decides it by the configuration and what is bound under its names.
 * @param secretOf what is bound under a name; undefined for nothing that is a text.
 */
export function planOtlpExport(
  { otlpExport }: Pick<TachographConfig, "otlpExport">,
  tenant: string,
  secretOf: (name: string) => string | undefined,
  allowPrivateUrls: boolean,
): OtlpExportPlan {
  const { enabled, tenants, endpointSecret, headersSecret } = otlpExport;
  if (enabled === false || tenants?.includes(tenant) === false) return { kind: "off" };
  const endpoint = secretOf(endpointSecret)?.trim() ?? "";
  if (endpoint === "") {
    if (enabled === null) return { kind: "off" };
    const fault = `${endpointSecret} is not set: store the URL of a collector with \`wrangler secret put ${endpointSecret}\``;
    return { kind: "faulty", fault };
  }
  const checked = metricsUrl(endpoint, allowPrivateUrls, `the URL in ${endpointSecret}`);
  if (!checked.ok) return { kind: "faulty", fault: checked.reason };
  const parsed = parseHeaders(secretOf(headersSecret) ?? "");
  if (!parsed.ok) return { kind: "faulty", fault: `${headersSecret} ${parsed.problem}` };
  return { kind: "push", url: checked.url, headers: parsed.headers };
}
