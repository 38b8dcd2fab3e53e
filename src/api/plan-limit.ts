import type { LimitRule } from "../limits/limit-rule.ts";
import { planRule, planTarget } from "../limits/plan-limits.ts";
import { limitShard } from "./limit-shard.ts";
import { API_POLICY, PlanGuard } from "./plan-guard.ts";
import { problemResponse, tooManyRequests } from "./problem.ts";
import { setRateLimitHeaders } from "./rate-limit-headers.ts";
import type { Identity, Plan } from "./tokens.ts";

/** Most guards that an isolate keeps: those of the tenants that were seen last. */
const MAX_GUARDS = 1_000;

/** How often it is logged that requests were let through without a permit. */
const LOG_EVERY_MS = 60_000;

/** By tenant and plan, the one that was used last at the end. */
const guards = new Map<string, PlanGuard>();

/** What was let through because a bucket did not answer, since it was logged last. */
const unreached = { requests: 0, loggedAt: -Infinity };

/**
 * Answers a request if its tenant's plan allows one more now, else with a 429. What it answers
 * carries the plan's limit in its headers.
 * @param answer - answers the request; it must not reject.
 */
export async function withinPlan(
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
  { tenant, plan }: Identity,
  answer: () => Promise<Response>,
): Promise<Response> {
  if (plan === "unlimited") return answer();
  const target = planTarget(plan);
  const rule = planRule(plan);
  const now = (): number => Date.now();
  const guard = guardOf(tenant, target, rule, now());
  const decision = await guard.admit({
    bucket: () => limitShard(env, tenant, target),
    now,
    keepAlive: (promise) => ctx.waitUntil(promise),
  });
  if (decision.kind === "unreached") noteUnreached(tenant, plan, decision.cause, now());
  const response =
    decision.kind === "denied" ? denied(plan, rule, decision.retryAfterMs) : await answer();
  // One that comes from an object cannot be changed; a socket moves on with its answer.
  const changeable = new Response(response.body, response);
  setRateLimitHeaders(changeable.headers, guard.rateLimit(decision, now()));
  return changeable;
}

function guardOf(tenant: string, target: string, rule: LimitRule, nowMs: number): PlanGuard {
  const key = `${tenant}/${target}`;
  const guard =
    guards.get(key) ?? new PlanGuard(target, rule, `entry-${crypto.randomUUID()}`, nowMs);
  guards.delete(key);
  guards.set(key, guard);
  // What a forgotten guard has leased expires at the bucket.
  for (const oldest of guards.keys()) {
    if (guards.size <= MAX_GUARDS) break;
    guards.delete(oldest);
  }
  return guard;
}

function denied(plan: Plan, { refillPerMinute }: LimitRule, retryAfterMs: number): Response {
  const detail =
    `The plan ${plan} allows ${refillPerMinute} requests a minute to this API, and they are used. ` +
    "Wait as long as Retry-After says; one request can carry many timings.";
  const extensions = { policy: API_POLICY, plan, retryAfterMs };
  return problemResponse(tooManyRequests(detail, retryAfterMs, { extensions }));
}

function noteUnreached(tenant: string, plan: Plan, cause: unknown, nowMs: number): void {
  unreached.requests += 1;
  if (Math.abs(nowMs - unreached.loggedAt) < LOG_EVERY_MS) return;
  const { requests } = unreached;
  console.error(
    `${requests} requests were let through without a permit, since the bucket of a plan did not ` +
      `answer; the last one of ${tenant} (${plan})`,
    cause,
  );
  Object.assign(unreached, { requests: 0, loggedAt: nowMs });
}
