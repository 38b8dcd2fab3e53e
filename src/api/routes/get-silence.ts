import type { Silence } from "../../alerts/silence.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { pathPart } from "../path-part.ts";
import { noSilence } from "../no-silence.ts";

/** `GET /v1/silences/{id}` */
export const getSilence: Handler = async (request, { env, who }) => {
  const id = pathPart(request, "id");
  const silences = await askCoordinator<readonly Silence[]>(env, who.tenant, (coordinator) =>
    coordinator.silences(),
  );
  const silence = silences.find((one) => one.id === id);
  if (silence === undefined) throw noSilence();
  return Response.json(silence, { headers: { "Cache-Control": "no-store" } });
};
