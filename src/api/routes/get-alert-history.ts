import { readAlertHistory } from "../alert-history.ts";
import type { Handler } from "../context.ts";
import { readDayRange } from "../day-range.ts";

/** Most alerts in one answer. */
const MAX_ALERTS = 1_000;

/**
 * `GET /v1/alerts/history[?from=…][&to=…]`: the alerts that fired at some time within [from, to),
 * the newest first; by default of the last 24 hours.
 */
export const getAlertHistory: Handler = async (_request, { env, who, url }) => {
  const range = readDayRange(url.searchParams, Date.now());
  const page = await readAlertHistory(env, who.tenant, range, MAX_ALERTS);
  const { values: alerts, truncated, unreadable } = page;
  return Response.json(
    { alerts, ...range, truncated, unreadable },
    { headers: { "Cache-Control": "no-store" } },
  );
};
