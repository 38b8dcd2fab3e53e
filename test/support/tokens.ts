/** Tokens of the tests in workerd: `TENANT-SCOPE`, one of each scope for each tenant. */
export const TEST_TENANTS = ["acme", "globex", "evict", "outage", "stream", "alarms"] as const;

export const TEST_TOKENS = Object.fromEntries(
  TEST_TENANTS.flatMap((tenant) =>
    (["ingest", "read", "admin"] as const).map((scope) => [
      `${tenant}-${scope}`,
      { tenant, scopes: [scope], plan: "unlimited" as const },
    ]),
  ),
);
