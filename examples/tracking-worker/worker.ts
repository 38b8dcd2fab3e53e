// A real project imports from "tachograph/client".
import { tachograph } from "../../src/client/index.ts";
import { DESTINATIONS } from "./destinations.ts";
import type { Env } from "./env.ts";
import { forward } from "./forward.ts";
import { HELP } from "./help.ts";
import { problem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { parseEvent } from "./tracked-event.ts";

const MAX_BODY_BYTES = 65_536;

/** Takes conversions by `POST /track` and forwards each to its platforms. */
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/track") {
      return request.method === "POST" ? track(request, env, ctx) : methodNotAllowed("POST");
    }
    if (pathname === "/") return new Response(HELP);
    if (pathname === "/health") return Response.json({ status: "ok" });
    // Only for the demonstration: the knobs of the simulated platforms, which have no port.
    if (env.PLATFORMS !== undefined && /^\/control(\/|$)/.test(pathname)) {
      return env.PLATFORMS.fetch(request);
    }
    return problem(404, "Not found", "GET / tells what there is.");
  },
} satisfies ExportedHandler<Env>;

async function track(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const startedAt = Date.now();
  const tacho = tachograph(env.TACHOGRAPH, ctx);
  const response = await handleEvent(request, env, tacho);
  const outcome = response.ok ? "ok" : "error";
  tacho.record("worker", "track", Date.now() - startedAt, outcome);
  return response;
}

async function handleEvent(
  request: Request,
  env: Env,
  tacho: ReturnType<typeof tachograph>,
): Promise<Response> {
  const body = await readJson(request, MAX_BODY_BYTES);
  if (!body.ok && body.reason === "too_large") {
    return problem(413, "Too large", `Send at most ${MAX_BODY_BYTES} bytes.`);
  }
  if (!body.ok) return problem(400, "Not JSON", "Send one event as a JSON object in UTF-8.");
  const parsed = parseEvent(body.value, () => crypto.randomUUID());
  if (!parsed.ok) {
    const detail = "Correct the fields in `errors`. Nothing was forwarded.";
    return problem(400, "Invalid event", detail, { errors: parsed.errors });
  }
  const { event } = parsed;
  const deliveries = await Promise.all(
    event.platforms.map(async (name) => {
      return [name, await forward(tacho, env, DESTINATIONS[name], event)] as const;
    }),
  );
  const answer = { id: event.id, event: event.event, platforms: Object.fromEntries(deliveries) };
  return Response.json(answer, { status: 202 });
}

function methodNotAllowed(allow: string): Response {
  const response = problem(405, "Method not allowed", `Allowed here: ${allow}.`);
  response.headers.set("allow", allow);
  return response;
}
