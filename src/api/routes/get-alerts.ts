import { SEVERITIES } from "../../alerts/rule.ts";
import { readOpenAlerts } from "../alert-history.ts";
import type { Handler } from "../context.ts";
import { queryChoices, queryNames } from "../parse-query.ts";
import { orThrow } from "../problem.ts";

/** Where an alert that has not ended can stand. */
const OPEN_STATES = ["pending", "firing", "nodata"] as const;

/**
 * `GET /v1/alerts[?state=firing,nodata][&target=meta][&severity=CRITICAL,HIGH]`: the alerts that
 * have not ended, those that fire first.
 */
export const getAlerts: Handler = async (_request, { env, who, url }) => {
  const query = url.searchParams;
  const states = orThrow(queryChoices(query, "state", OPEN_STATES));
  const targets = orThrow(queryNames(query, "target"));
  const severities = orThrow(queryChoices(query, "severity", SEVERITIES));
  const alerts = (await readOpenAlerts(env, who.tenant)).filter(
    ({ state, target, severity }) =>
      (states === undefined || states.some((wanted) => wanted === state)) &&
      (targets === undefined || targets.includes(target)) &&
      (severities === undefined || severities.includes(severity)),
  );
  return Response.json({ alerts }, { headers: { "Cache-Control": "no-store" } });
};
