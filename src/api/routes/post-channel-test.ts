import { tenantConfig } from "../../config.ts";
import { config } from "../../configured.ts";
import type { ChannelTestResult } from "../../wire/dispatcher-rpc.ts";
import { askDispatcher } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { noteAudit } from "../note-audit.ts";
import { pathPart } from "../path-part.ts";
import { notFound, type Problem } from "../problem.ts";

/** How much longer than the channel the dispatcher may take. */
const MARGIN_MS = 5_000;

/**
 * `POST /v1/channels/{name}/test`: sends a test message and answers what came back: 200, with
 * `delivered` true or false.
 */
export const postChannelTest: Handler = async (request, { env, who }) => {
  const name = pathPart(request, "name");
  const { channels } = tenantConfig(config, who.tenant);
  if (!Object.hasOwn(channels, name)) throw noChannel(name, channels);
  const result = await askDispatcher<ChannelTestResult | null>(
    env,
    who.tenant,
    (dispatcher) => dispatcher.testChannel(name),
    config.delivery.timeoutMs + MARGIN_MS,
  );
  if (result === null) throw noChannel(name, channels);
  const { delivered, status } = result;
  const about = { action: "channel.test" as const, subject: name, detail: { delivered, status } };
  await noteAudit(env, who, about);
  return Response.json(result, { headers: { "Cache-Control": "no-store" } });
};

function noChannel(name: string, channels: Readonly<Record<string, unknown>>): Problem {
  const names = Object.keys(channels);
  const known = names.length === 0 ? "There are none" : `There are ${names.join(", ")}`;
  return notFound(
    `No channel is called ${JSON.stringify(name.slice(0, 64))}. ${known}; they are named under ` +
      "channels in tachograph.config.ts.",
  );
}
