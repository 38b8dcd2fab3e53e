import { config } from "../configured.ts";
import type { Denial } from "../limits/limit-requests.ts";
import type { LimitAnswer } from "../wire/limit-rpc.ts";
import type { LimitView } from "../wire/permits.ts";
import { noLimit } from "./limit-shard.ts";
import { withTallies } from "./limit-views.ts";
import { type Problem, tooManyRequests, unprocessable } from "./problem.ts";
import { rateLimitOf, setRateLimitHeaders } from "./rate-limit-headers.ts";

/** What every answer about permits says of the bucket. */
export interface BucketBody {
  /** Whole permits that a newcomer could have now. */
  readonly available: number;
  /** How long until the bucket is full again, in milliseconds. */
  readonly resetMs: number;
}

/**
 * Answers with a bucket as it is now.
 * @param view - what its shard answered; null for a target without a limit.
 * @throws Problem 404 without a limit, 503 if one of the target's shards did not answer.
 */
export async function limitResponse(
  env: Env,
  tenant: string,
  target: string,
  view: LimitView | null,
): Promise<Response> {
  if (view === null) throw noLimit(target);
  const { views, problem } = await withTallies(env, config, tenant, [view]);
  if (problem !== undefined) throw problem;
  return Response.json(views[0], { headers: { "Cache-Control": "no-store" } });
}

/** The body's members that every answer about permits has. */
export function bucketBody({ view, resetMs }: LimitAnswer<unknown>): BucketBody {
  return { available: view.available, resetMs };
}

/**
 * Adds the headers that every answer about permits has.
 * @param retryAfterMs - what it says about when to come back, if it does.
 */
export function withRateLimit(
  response: Response,
  { view, resetMs }: LimitAnswer<unknown>,
  nowMs: number,
  retryAfterMs?: number,
): Response {
  setRateLimitHeaders(response.headers, rateLimitOf(view, resetMs, nowMs, retryAfterMs));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

/** 429, or 422 for what can never succeed. */
export function denialProblem(denial: Denial, answer: LimitAnswer<unknown>): Problem {
  const { reason, detail, retryAfterMs, place } = denial;
  const { target, blockedUntil } = answer.view;
  const about = { target, reason, blockedUntil, ...bucketBody(answer) };
  if (reason === "never") return unprocessable(detail, { extensions: about });
  const extensions = { ...about, retryAfterMs, place };
  return tooManyRequests(detail, retryAfterMs, { extensions });
}
