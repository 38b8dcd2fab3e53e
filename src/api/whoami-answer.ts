import type { Identity } from "./tokens.ts";

/** What `GET /v1/whoami` answers. */
export type WhoamiAnswer = Pick<Identity, "tenant" | "scopes" | "plan" | "expiresAt">;
