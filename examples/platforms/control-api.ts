import type { Env } from "./env.ts";
import { isPlatform, type Platform, PLATFORMS } from "./platform.ts";
import { problem } from "./problem.ts";
import { readJson } from "./read-json.ts";

const MAX_CONTROL_BYTES = 4_096;

/** Answers `/control`, `/control/{platform}`, `…/events` and `…/counts`. */
export async function answerControl(request: Request, path: string, env: Env): Promise<Response> {
  if (path === "/control") {
    return request.method === "GET" ? showAll(env) : methodNotAllowed("GET");
  }
  const [platform = "", part, ...rest] = path.slice("/control/".length).split("/");
  if (!isPlatform(platform)) {
    const known = PLATFORMS.join(", ");
    return problem(404, "No such platform", `There is no "${platform}". There are: ${known}.`);
  }
  if (part === undefined) return answerSettings(request, platform, env);
  if (part === "events" && rest.length === 0) return answerLog(request, platform, env);
  if (part === "counts" && rest.length === 0) return answerCounts(request, platform, env);
  return problem(404, "Not found", `Below /control/${platform} there are events and counts.`);
}

async function answerSettings(request: Request, platform: Platform, env: Env): Promise<Response> {
  const control = env.PLATFORM_CONTROL.getByName(platform);
  switch (request.method) {
    case "GET":
      return Response.json({ platform, ...(await control.show()) });
    case "PATCH":
      return patch(request, platform, env);
    case "DELETE":
      return Response.json({ platform, settings: await control.reset() });
    default:
      return methodNotAllowed("GET, PATCH, DELETE");
  }
}

async function answerLog(request: Request, platform: Platform, env: Env): Promise<Response> {
  const control = env.PLATFORM_CONTROL.getByName(platform);
  switch (request.method) {
    case "GET":
      return Response.json(await control.showEvents());
    case "DELETE":
      await control.clearEvents();
      return new Response(null, { status: 204 });
    default:
      return methodNotAllowed("GET, DELETE");
  }
}

async function answerCounts(request: Request, platform: Platform, env: Env): Promise<Response> {
  if (request.method !== "DELETE") return methodNotAllowed("DELETE");
  await env.PLATFORM_CONTROL.getByName(platform).clearCounts();
  return new Response(null, { status: 204 });
}

async function showAll(env: Env): Promise<Response> {
  const states = await Promise.all(
    PLATFORMS.map(async (platform) => {
      const state = await env.PLATFORM_CONTROL.getByName(platform).show();
      return [platform, state] as const;
    }),
  );
  return Response.json(Object.fromEntries(states));
}

async function patch(request: Request, platform: Platform, env: Env): Promise<Response> {
  const body = await readJson(request, MAX_CONTROL_BYTES);
  if (!body.ok && body.reason === "too_large") {
    return problem(413, "Too large", `Send at most ${MAX_CONTROL_BYTES} bytes.`);
  }
  if (!body.ok) return problem(400, "Not JSON", "Send the settings to change as a JSON object.");
  const result = await env.PLATFORM_CONTROL.getByName(platform).patch(body.value);
  if (result.ok) return Response.json({ platform, settings: result.settings });
  const detail = "Correct the fields in `errors`. Nothing was changed.";
  return problem(400, "Invalid settings", detail, { errors: result.errors });
}

function methodNotAllowed(allow: string): Response {
  const response = problem(405, "Method not allowed", `Allowed here: ${allow}.`);
  response.headers.set("allow", allow);
  return response;
}
