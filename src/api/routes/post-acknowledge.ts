import type { AlertView } from "../../alerts/alert-view.ts";
import { DISPATCHER_STALLED } from "../../coordinator/dispatcher-alert.ts";
import { readAlertBody } from "../alert-body.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { pathPart } from "../path-part.ts";
import { BY_RULE, isPrintable, MAX_BY } from "../printable.ts";
import { conflict, invalidBody, notFound } from "../problem.ts";

/** `POST /v1/alerts/{id}/acknowledge` `{"by":"ana"}`: somebody takes it on; it is not told again. */
export const postAcknowledge: Handler = async (request, { env, who }) => {
  const id = pathPart(request, "id");
  const { by } = await readAlertBody(request);
  if (!isPrintable(by, MAX_BY)) {
    throw invalidBody(`by ${BY_RULE}.`, [{ pointer: "/by", reason: BY_RULE }]);
  }
  if (id.startsWith(`${DISPATCHER_STALLED}-`)) {
    throw conflict(
      "This alert is about the dispatcher itself, and nobody is reminded of it: it ends when messages leave again.",
    );
  }
  const alert = await askCoordinator<AlertView | null>(env, who.tenant, (coordinator) =>
    coordinator.acknowledge(id, by),
  );
  if (alert === null) {
    throw notFound(
      "No open alert has this id: it has ended, or never was. GET /v1/alerts lists them.",
    );
  }
  return Response.json(alert, { headers: { "Cache-Control": "no-store" } });
};
