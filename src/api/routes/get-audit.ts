import { readAuditTrail } from "../alert-history.ts";
import type { Handler } from "../context.ts";
import { readDayRange } from "../day-range.ts";

/** Most entries in one answer. */
const MAX_ENTRIES = 1_000;

/**
 * `GET /v1/audit[?from=…][&to=…]`: who changed what within [from, to), the newest first; by default
 * in the last 24 hours.
 */
export const getAudit: Handler = async (_request, { env, who, url }) => {
  const range = readDayRange(url.searchParams, Date.now());
  const page = await readAuditTrail(env, who.tenant, range, MAX_ENTRIES);
  const { values: entries, truncated, unreadable } = page;
  return Response.json(
    { entries, ...range, truncated, unreadable },
    { headers: { "Cache-Control": "no-store" } },
  );
};
