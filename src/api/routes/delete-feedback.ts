import type { LimitView } from "../../wire/permits.ts";
import type { Handler } from "../context.ts";
import { limitResponse } from "../limit-response.ts";
import { answerOf, changeableTarget, limitShard } from "../limit-shard.ts";
import { requireKnown } from "../require-known.ts";

/** `DELETE /v1/limits/{target}/feedback`: opens the bucket again whatever the platform said. */
export const deleteFeedback: Handler = async (request, { env, who }) => {
  const target = changeableTarget(request);
  await requireKnown(env, who.tenant, target);
  const call = limitShard(env, who.tenant, target).reopen();
  return limitResponse(env, who.tenant, target, await answerOf<LimitView | null>(call, target));
};
