import type { SilenceMatch } from "../../alerts/silence.ts";
import { config } from "../../configured.ts";
import { nearestKey } from "../../nearest-key.ts";
import type { SilenceAnswer } from "../../wire/alerts-rpc.ts";
import { readAlertBody } from "../alert-body.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { parseSilence } from "../parse-silence.ts";
import { orThrow, unprocessable } from "../problem.ts";

/**
 * `POST /v1/silences` `{"match":{"target":"meta"},"from","to","by","why"}`: 201 with the silence. A
 * rule that is not configured may be named, as it may be soon; then there is a `warning`.
 */
export const postSilence: Handler = async (request, { env, who, url }) => {
  const asked = orThrow(parseSilence(await readAlertBody(request), Date.now()));
  const answer = await askCoordinator<SilenceAnswer>(env, who.tenant, (coordinator) =>
    coordinator.addSilence(asked),
  );
  if (!answer.ok) {
    throw unprocessable(
      `There are ${answer.maxSilences} silences, which is as many as there may be. Delete one ` +
        "with DELETE /v1/silences/ID, or make one that matches more.",
    );
  }
  const { silence } = answer;
  const warning = unknownRule(silence.match);
  const headers = {
    Location: `${url.origin}/v1/silences/${encodeURIComponent(silence.id)}`,
    "Cache-Control": "no-store",
  };
  const body = warning === undefined ? silence : { ...silence, warning };
  return Response.json(body, { status: 201, headers });
};

function unknownRule({ rule }: SilenceMatch): string | undefined {
  const names = config.alerts.rules.map(({ name }) => name);
  if (rule === undefined || names.includes(rule)) return undefined;
  const nearest = nearestKey(rule, names);
  const hint = nearest === undefined ? "GET /v1/rules lists them" : `did you mean ${nearest}?`;
  return `No rule is called ${rule}, so this silences nothing as long as there is none; ${hint}`;
}
