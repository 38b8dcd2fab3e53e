import type { TakeOutcome } from "../../limits/limit-requests.ts";
import type { LimitAnswer } from "../../wire/limit-rpc.ts";
import type { Handler } from "../context.ts";
import { readLimitBody } from "../limit-body.ts";
import { bucketBody, denialProblem, withRateLimit } from "../limit-response.ts";
import { answerOf, changeableTarget, limitShard, noLimit } from "../limit-shard.ts";
import { parseTake } from "../parse-take.ts";
import { orThrow, problemResponse } from "../problem.ts";
import { requireKnown } from "../require-known.ts";

/** `POST /v1/limits/{target}/take`: permits that count as used, all or none. */
export const postTake: Handler = async (request, { env, who }) => {
  const target = changeableTarget(request);
  const asked = orThrow(parseTake(await readLimitBody(request, {})));
  await requireKnown(env, who.tenant, target);
  const call = limitShard(env, who.tenant, target).takePermits(asked);
  const answer = await answerOf<LimitAnswer<TakeOutcome> | null>(call, target);
  if (answer === null) throw noLimit(target);
  const { outcome } = answer;
  if (outcome.kind === "granted") {
    const body = { granted: outcome.permits, ...bucketBody(answer) };
    return withRateLimit(Response.json(body), answer, Date.now());
  }
  const denied = problemResponse(denialProblem(outcome, answer));
  return withRateLimit(denied, answer, Date.now(), outcome.retryAfterMs);
};
