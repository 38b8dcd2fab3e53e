import type { Identity } from "./tokens.ts";

/** What `GET /v1/whoami` answers. */
export interface WhoamiAnswer extends Pick<Identity, "tenant" | "scopes" | "plan" | "expiresAt"> {
  /**
   * Where a trace can be looked at, with `{traceId}` for its id; always `https:`. Left out if it is
   * not configured, and by servers of before there were exemplars.
   */
  readonly traceUrl?: string;
  /**
   * How many days history is kept, in steps of a day at least: what is older cannot be asked for or
   * imported. Left out by older servers.
   */
  readonly historyDays?: number;
}
