import type { CacheLog } from "../../wire/cache-feed.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { noteAudit } from "../note-audit.ts";
import { parseInvalidation } from "../parse-invalidation.ts";
import { performanceAnswer } from "../performance/performance-answer.ts";
import { orThrow } from "../problem.ts";
import { readJsonObject } from "../read-body.ts";

/** As many scopes as there may be, as long as they may be, with every character escaped. */
const MAX_BODY_BYTES = 327_680;

/** Most scopes that the audit trail shows; it tells how many there were. */
const AUDITED_SCOPES = 10;

/** Later than every version: who asks here has no use for the log. */
const NOTHING_OF_IT = Number.MAX_SAFE_INTEGER;

/**
 * `POST /api/performance/cache-invalidate` `{"key":"user-journeys:42"}`: makes entries of a cache
 * invalid in every isolate. It is durable when the answer comes; isolates hear of it with their next
 * reports.
 */
export const postCacheInvalidate: Handler = async (request, { env, who }) => {
  const { cache, scopes } = orThrow(
    parseInvalidation(orThrow(await readJsonObject(request, MAX_BODY_BYTES))),
  );
  const { head: version } = await askCoordinator<CacheLog>(env, who.tenant, (coordinator) =>
    coordinator.invalidateCache(cache, scopes, NOTHING_OF_IT),
  );
  const detail = { version, scopes: scopes.length, first: scopes.slice(0, AUDITED_SCOPES) };
  await noteAudit(env, who, { action: "cache.invalidate", subject: cache, detail });
  return performanceAnswer({ cache, version, invalidated: scopes }, Date.now());
};
