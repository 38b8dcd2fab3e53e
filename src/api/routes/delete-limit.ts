import type { LimitView } from "../../wire/permits.ts";
import type { Handler } from "../context.ts";
import { limitResponse } from "../limit-response.ts";
import { answerOf, changeableTarget, limitShard, noLimit } from "../limit-shard.ts";
import { noteAudit } from "../note-audit.ts";
import { requireKnown } from "../require-known.ts";

/** `DELETE /v1/limits/{target}`: back to what is configured; 204 if that is no limit at all. */
export const deleteLimit: Handler = async (request, { env, who }) => {
  const target = changeableTarget(request);
  await requireKnown(env, who.tenant, target);
  const shard = limitShard(env, who.tenant, target);
  if ((await answerOf<LimitView | null>(shard.limit(), target)) === null) throw noLimit(target);
  const view = await answerOf<LimitView | null>(shard.setLimit(null), target);
  await noteAudit(env, who, { action: "limit.delete", subject: target, detail: {} });
  if (view === null) return new Response(null, { status: 204 });
  return limitResponse(env, who.tenant, target, view);
};
