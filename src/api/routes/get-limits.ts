import { limitedTargets } from "../../config.ts";
import { config } from "../../configured.ts";
import type { Handler } from "../context.ts";
import { readLimits } from "../limit-views.ts";
import { knownTargets } from "../require-known.ts";

/**
 * `GET /v1/limits`: the buckets that answered, and as `missing` the targets of which a shard did not.
 */
export const getLimits: Handler = async (_request, { env, who }) => {
  // Those that have a limit since somebody set it; without an answer, the configured ones are shown.
  const known = (await knownTargets(env, who.tenant)) ?? [];
  const targets = [...new Set([...limitedTargets(config), ...known])].toSorted();
  const { views, missing, problem } = await readLimits(env, config, who.tenant, targets);
  if (problem !== undefined && missing.length === targets.length) throw problem;
  const body = { limits: views, missing };
  return Response.json(body, { headers: { "Cache-Control": "no-store" } });
};
