import { WINDOW_NAMES } from "../../merge/series-state.ts";
import { QUERY_SORTS } from "../performance/query-stats.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { queryChoice, queryInteger } from "../parse-query.ts";
import { performanceAnswer } from "../performance/performance-answer.ts";
import { orThrow } from "../problem.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** `GET /api/performance/query-stats[?window=1m|5m|1h][&sort=mean|count|p95|wait][&limit=100]` */
export const getQueryStats: Handler = async (_request, { env, who, url }) => {
  const { searchParams } = url;
  const query = {
    // The hour by default: a query that runs now and then is one to look at, too.
    window: orThrow(queryChoice(searchParams, "window", WINDOW_NAMES)) ?? "1h",
    sort: orThrow(queryChoice(searchParams, "sort", QUERY_SORTS)) ?? "mean",
    limit: orThrow(queryInteger(searchParams, "limit", 1, MAX_LIMIT)) ?? DEFAULT_LIMIT,
  };
  const stats = await askCoordinator(env, who.tenant, (one) => one.queryStats(query));
  return performanceAnswer(stats, Date.now());
};
