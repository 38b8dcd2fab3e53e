import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { performanceAnswer } from "../performance/performance-answer.ts";

/** `GET /api/performance/stats`: the five pillars, the score, the books. */
export const getPerformanceStats: Handler = async (_request, { env, who }) => {
  const stats = await askCoordinator(env, who.tenant, (one) => one.performanceStats());
  return performanceAnswer(stats, Date.now());
};
