import type { LimitView } from "../../wire/permits.ts";
import type { Handler } from "../context.ts";
import { limitResponse } from "../limit-response.ts";
import { answerOf, changeableTarget, limitShard } from "../limit-shard.ts";
import { noteAudit } from "../note-audit.ts";
import { requireKnown } from "../require-known.ts";

/** `DELETE /v1/limits/{target}/feedback`: opens the bucket again whatever the platform said. */
export const deleteFeedback: Handler = async (request, { env, who }) => {
  const target = changeableTarget(request);
  await requireKnown(env, who.tenant, target);
  const call = limitShard(env, who.tenant, target).reopen();
  const view = await answerOf<LimitView | null>(call, target);
  if (view !== null) {
    await noteAudit(env, who, { action: "limit.reopen", subject: target, detail: {} });
  }
  return limitResponse(env, who.tenant, target, view);
};
