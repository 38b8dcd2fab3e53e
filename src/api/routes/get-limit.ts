import { config } from "../../configured.ts";
import type { Handler } from "../context.ts";
import { noLimit, pathTarget } from "../limit-shard.ts";
import { readLimits } from "../limit-views.ts";
import { requireKnown } from "../require-known.ts";

/** `GET /v1/limits/{target}` */
export const getLimit: Handler = async (request, { env, who }) => {
  const target = pathTarget(request);
  await requireKnown(env, who.tenant, target);
  const { views, problem } = await readLimits(env, config, who.tenant, [target]);
  if (problem !== undefined) throw problem;
  const [view] = views;
  if (view === undefined) throw noLimit(target);
  return Response.json(view, { headers: { "Cache-Control": "no-store" } });
};
