import { WINDOW_NAMES } from "../../merge/series-state.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { queryChoice, queryName } from "../parse-query.ts";
import { performanceAnswer } from "../performance/performance-answer.ts";
import { orThrow } from "../problem.ts";

/** `GET /api/performance/latency-summary[?window=1m|5m|1h][&target=meta]` */
export const getLatencySummary: Handler = async (_request, { env, who, url }) => {
  const { searchParams } = url;
  const query = {
    window: orThrow(queryChoice(searchParams, "window", WINDOW_NAMES)) ?? "5m",
    target: orThrow(queryName(searchParams, "target")),
  };
  const summary = await askCoordinator(env, who.tenant, (one) => one.latencySummary(query));
  return performanceAnswer(summary, Date.now());
};
