import type { TimingShard } from "../../durable-objects/timing-shard.ts";
import { withDeadline } from "../deadline.ts";
import { isPlanTarget } from "../limits/plan-limits.ts";
import { formatShardName } from "../merge/shard-name.ts";
import { isName } from "../names.ts";
import type { RoutedRequest } from "./context.ts";
import { pathPart } from "./path-part.ts";
import { badRequest, forbidden, notFound, type Problem, unavailable } from "./problem.ts";

/** How long a bucket's shard may take: a first placement, and its store. */
export const LIMIT_DEADLINE_MS = 4_000;

/** How soon to try again when a bucket's shard did not answer. */
export const LIMIT_RETRY_MS = 1_000;

/** The shard that keeps a target's bucket. Every attempt takes a new stub: a failed one stays so. */
export function limitShard(
  env: Env,
  tenant: string,
  target: string,
  number = 0,
): DurableObjectStub<TimingShard> {
  const name = formatShardName({ tenant, target, k: String(number) });
  return env.TIMING_SHARD.getByName(name);
}

/** The `:target` of a request's path. @throws Problem 400 if it is no name. */
export function pathTarget(request: RoutedRequest): string {
  const target = pathPart(request, "target");
  if (isName(target)) return target;
  throw badRequest(
    "The target in the path must be a name: 1 to 64 of a-z 0-9 _ . : - beginning with a letter or " +
      "digit.",
  );
}

/**
 * The same, for what changes its bucket: not one of those that guard this API. Who may lift the
 * limit of the own plan has none.
 * @throws Problem 403 for those, 400 if it is no name.
 */
export function changeableTarget(request: RoutedRequest): string {
  const target = pathTarget(request);
  if (!isPlanTarget(target)) return target;
  throw forbidden(
    `${target} guards this API; its limit comes with the plan and is only to be read.`,
  );
}

/**
 * Waits for a bucket's shard.
 * @throws Problem 503 if it fails or is late.
 */
export async function answerOf<Answer>(call: PromiseLike<Answer>, target: string): Promise<Answer> {
  try {
    return await withDeadline(call, LIMIT_DEADLINE_MS, "the answer");
  } catch (cause) {
    console.error(`the bucket of ${target} did not answer`, cause);
    const detail = `The bucket of ${target} did not answer. What it was asked may have been done or not; try again.`;
    throw unavailable(detail, LIMIT_RETRY_MS);
  }
}

/** 404 for a target that may be called as often as one likes. */
export function noLimit(target: string): Problem {
  return notFound(
    `${target} has no limit. Set one with PUT /v1/limits/${target} ` +
      '{"capacity":200,"refillPerMinute":10}, or as targets.NAME.limit in tachograph.config.ts.',
  );
}
