import { answerControl } from "./control-api.ts";
import { type Endpoint, endpointAt, eventsIn } from "./endpoint.ts";
import type { Env } from "./env.ts";
import { eventIds } from "./event-ids.ts";
import { problem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { simulateCall } from "./simulate-call.ts";

export { PlatformControl } from "./platform-control.ts";

const MAX_BODY_BYTES = 1_048_576;

/** Plays five advertising platforms on their real paths, at their pace and with their failures. */
export default {
  async fetch(request, env): Promise<Response> {
    const path = new URL(request.url).pathname;
    if (path === "/health") return Response.json({ status: "ok" });
    if (path === "/control" || path.startsWith("/control/")) {
      return answerControl(request, path, env);
    }
    const endpoint = endpointAt(path);
    if (endpoint === undefined) {
      return problem(404, "Not found", "No platform takes events at this path. See README.md.");
    }
    if (request.method !== "POST") {
      return problem(405, "Method not allowed", "Platforms take events by POST.");
    }
    return answerEvents(request, endpoint, env);
  },
} satisfies ExportedHandler<Env>;

async function answerEvents(request: Request, endpoint: Endpoint, env: Env): Promise<Response> {
  const { platform } = endpoint;
  const arrivedAt = Date.now();
  const control = env.PLATFORM_CONTROL.getByName(platform);
  const [body, { settings, admission }] = await Promise.all([
    readJson(request, MAX_BODY_BYTES),
    control.admit(),
  ]);
  const content = body.ok ? body.value : undefined;
  const call = { platform, events: eventsIn(endpoint, content)?.length };
  const { delayMs, answer, isAccepted } = simulateCall(call, settings, admission, Math.random);
  const isLogged = isAccepted && settings.logEvents;
  await Promise.all([
    scheduler.wait(delayMs),
    isLogged ? control.logEvents(eventIds(endpoint, content), arrivedAt) : undefined,
  ]);
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}
