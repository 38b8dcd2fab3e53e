/** Secrets and variables, which `wrangler types` does not see on a machine without .dev.vars. */
interface Env {
  /** JSON: token → tenant, scopes, plan. See .dev.vars.example. */
  readonly TOKENS?: string;
  /** Origins of pages that may open a WebSocket, separated by commas. */
  readonly ALLOWED_ORIGINS?: string;
  /** `true` lets channels send to `http:` and to private addresses, as `delivery.allowPrivateUrls`. */
  readonly ALLOW_PRIVATE_URLS?: string;
  /** Where totals are pushed to, see `otlpExport.endpointSecret`. */
  readonly OTLP_ENDPOINT?: string;
  /** What goes along with each push, see `otlpExport.headersSecret`. */
  readonly OTLP_HEADERS?: string;
}
