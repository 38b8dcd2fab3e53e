import type { Coordinator } from "../../durable-objects/coordinator.ts";
import { withDeadline } from "../deadline.ts";
import { isName } from "../names.ts";
import {
  type CacheLog,
  type CacheLogAnswer,
  type CacheScope,
  MAX_REQUEST_SCOPES,
} from "../wire/cache-feed.ts";
import { cacheScopeProblem } from "../wire/cache-scope-problem.ts";
import { CACHE_FEED_DEADLINE_MS } from "../wire/deadlines.ts";

const UNCERTAIN = "; what was to become invalid may be so or not: send it again";

/**
 * What a service binding's `cacheLog` does. It never rejects.
 * @param cache - undefined for all of them, as clients of before ask.
 */
export async function readCacheLog(
  env: Env,
  tenant: string,
  since: number,
  cache?: string,
): Promise<CacheLogAnswer> {
  const detail = sinceProblem(since) ?? (cache === undefined ? undefined : cacheProblem(cache));
  if (detail !== undefined) return { ok: false, reason: "invalid", detail };
  return answerOf(env, tenant, "", (coordinator) => coordinator.cacheLog(since, cache));
}

/** What a service binding's `invalidateCache` does. It never rejects. */
export async function invalidateCache(
  env: Env,
  tenant: string,
  asked: {
    readonly cache: string;
    readonly scopes: readonly CacheScope[];
    readonly since: number;
  },
): Promise<CacheLogAnswer> {
  const { cache, scopes, since } = asked;
  const detail = sinceProblem(since) ?? invalidationProblem(cache, scopes);
  if (detail !== undefined) return { ok: false, reason: "invalid", detail };
  return answerOf(env, tenant, UNCERTAIN, (coordinator) =>
    coordinator.invalidateCache(cache, scopes, since),
  );
}

function sinceProblem(since: number): string | undefined {
  if (Number.isSafeInteger(since) && since >= 0) return undefined;
  return "since must be a version: an integer of 0 or more";
}

function cacheProblem(cache: string): string | undefined {
  if (isName(cache)) return undefined;
  return "cache must be a name: the target that its lookups are reported on";
}

function invalidationProblem(cache: string, scopes: readonly CacheScope[]): string | undefined {
  const problem = cacheProblem(cache);
  if (problem !== undefined) return problem;
  if (!Array.isArray(scopes) || scopes.length === 0 || scopes.length > MAX_REQUEST_SCOPES) {
    return `scopes must be a list of 1 to ${MAX_REQUEST_SCOPES}`;
  }
  for (const [position, scope] of scopes.entries()) {
    const fault = cacheScopeProblem(scope);
    if (fault !== undefined) return `scopes[${position}]: ${fault}`;
  }
  return undefined;
}

async function answerOf(
  env: Env,
  tenant: string,
  advice: string,
  ask: (coordinator: DurableObjectStub<Coordinator>) => PromiseLike<CacheLog>,
): Promise<CacheLogAnswer> {
  try {
    const call = ask(env.COORDINATOR.getByName(tenant));
    const log = await withDeadline(call, CACHE_FEED_DEADLINE_MS, "the coordinator's answer");
    const { head, from, entries } = log;
    return { ok: true, head, from, entries };
  } catch (cause) {
    console.error(`${tenant}: no answer about the caches`, cause);
    const why = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, reason: "unavailable", detail: `${why}${advice}` };
  }
}
