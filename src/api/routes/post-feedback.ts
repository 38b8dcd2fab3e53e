import type { LimitView } from "../../wire/permits.ts";
import type { Handler } from "../context.ts";
import { readLimitBody } from "../limit-body.ts";
import { limitResponse } from "../limit-response.ts";
import { answerOf, changeableTarget, limitShard } from "../limit-shard.ts";
import { parseFeedback } from "../parse-feedback.ts";
import { orThrow } from "../problem.ts";
import { requireKnown } from "../require-known.ts";

/** `POST /v1/limits/{target}/feedback`: what the platform said. */
export const postFeedback: Handler = async (request, { env, who }) => {
  const target = changeableTarget(request);
  const signal = orThrow(parseFeedback(await readLimitBody(request), target, Date.now()));
  await requireKnown(env, who.tenant, target);
  const call = limitShard(env, who.tenant, target).feedback(signal);
  return limitResponse(env, who.tenant, target, await answerOf<LimitView | null>(call, target));
};
