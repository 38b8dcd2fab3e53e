import type { Identity } from "./tokens.ts";

/** What `GET /v1/whoami` answers. */
export interface WhoamiAnswer extends Pick<Identity, "tenant" | "scopes" | "plan" | "expiresAt"> {
  /**
   * Where a trace can be looked at, with `{traceId}` for its id; always `https:`. Left out if it is
   * not configured, and by servers of before there were exemplars.
   */
  readonly traceUrl?: string;
}
