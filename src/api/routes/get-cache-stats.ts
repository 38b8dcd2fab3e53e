import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { performanceAnswer } from "../performance/performance-answer.ts";

/** `GET /api/performance/cache-stats`: every cache by window and layer. */
export const getCacheStats: Handler = async (_request, { env, who }) => {
  const stats = await askCoordinator(env, who.tenant, (one) => one.cacheStats());
  return performanceAnswer(stats, Date.now());
};
