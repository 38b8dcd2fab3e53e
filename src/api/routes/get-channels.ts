import type { DispatcherHealth } from "../../wire/dispatcher-rpc.ts";
import { askDispatcher } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";

/** `GET /v1/channels`: how each channel stands. */
export const getChannels: Handler = async (_request, { env, who }) => {
  const { channels, at } = await askDispatcher<DispatcherHealth>(env, who.tenant, (dispatcher) =>
    dispatcher.health(),
  );
  return Response.json({ channels, at }, { headers: { "Cache-Control": "no-store" } });
};
