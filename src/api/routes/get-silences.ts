import type { Silence } from "../../alerts/silence.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";

/** `GET /v1/silences`: those that are not over. */
export const getSilences: Handler = async (_request, { env, who }) => {
  const silences = await askCoordinator<readonly Silence[]>(env, who.tenant, (coordinator) =>
    coordinator.silences(),
  );
  return Response.json({ silences }, { headers: { "Cache-Control": "no-store" } });
};
