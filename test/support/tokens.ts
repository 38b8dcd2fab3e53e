/** Tokens of the tests in workerd: `TENANT-SCOPE`, one of each scope for each tenant. */
export const TEST_TENANTS = ["acme", "globex", "evict", "outage", "stream", "alarms"] as const;

const LASTING = Object.fromEntries(
  TEST_TENANTS.flatMap((tenant) =>
    (["ingest", "read", "admin"] as const).map((scope) => [
      `${tenant}-${scope}`,
      { tenant, scopes: [scope], plan: "unlimited" as const },
    ]),
  ),
);

/** When the token `stream-brief` expires, which may read. */
export const BRIEF_UNTIL = Date.UTC(2040, 0, 1);

export const TEST_TOKENS = {
  ...LASTING,
  "stream-brief": {
    tenant: "stream",
    scopes: ["read"],
    plan: "unlimited",
    expiresAt: new Date(BRIEF_UNTIL).toISOString(),
  },
};
