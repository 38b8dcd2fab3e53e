import { config } from "../../configured.ts";
import type { LimitView } from "../../wire/permits.ts";
import type { Handler } from "../context.ts";
import { readLimitBody } from "../limit-body.ts";
import { answerOf, changeableTarget, LIMIT_RETRY_MS, limitShard } from "../limit-shard.ts";
import { limitResponse } from "../limit-response.ts";
import { noteAudit } from "../note-audit.ts";
import { parseLimitRule } from "../parse-limit-rule.ts";
import { orThrow, type Problem, unavailable } from "../problem.ts";
import { requireKnown } from "../require-known.ts";

/** `PUT /v1/limits/{target}`: overrides the configuration, until the override is deleted. */
export const putLimit: Handler = async (request, { env, who }) => {
  const target = changeableTarget(request);
  const rule = orThrow(parseLimitRule(await readLimitBody(request)));
  const call = limitShard(env, who.tenant, target).setLimit(rule);
  const view = await answerOf<LimitView | null>(call, target);
  await noteAudit(env, who, { action: "limit.set", subject: target, detail: { ...rule } });
  // It announces itself before it answers; if that was in vain, calls elsewhere find no limit.
  await requireKnown(env, who.tenant, target, notAnnounced);
  return limitResponse(env, who.tenant, target, view);
};

function notAnnounced(target: string): Problem {
  return unavailable(
    `The limit of ${target} is stored, but the tenant's coordinator does not know the target: ` +
      `until it does, it is not listed and calls for it are answered 404. Send it again; a tenant ` +
      `may have at most ${config.maxTargets} targets (maxTargets in tachograph.config.ts).`,
    LIMIT_RETRY_MS,
  );
}
