import { methodNotAllowed, problem } from "../problem.ts";
import { PLATFORM_NAMES } from "../tracked-event.ts";
import type { PausedPlatforms } from "./paused-platforms.ts";

const PREFIX = "/api/platforms";

/** Answers what is below `/api/platforms`. Put it behind your own authentication. */
export async function answerPlatforms(
  request: Request,
  platforms: PausedPlatforms,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [name = "", action, ...rest] = pathname.slice(PREFIX.length + 1).split("/");
  if (name === "" && action === undefined) {
    return request.method === "GET" ? show(platforms) : methodNotAllowed("GET");
  }
  if ((action !== "pause" && action !== "resume") || rest.length > 0) {
    return problem(404, "Not found", "GET / tells what there is.");
  }
  if (request.method !== "POST") return methodNotAllowed("POST");
  const platform = PLATFORM_NAMES.find((known) => known === name);
  if (platform === undefined) {
    return problem(404, "No such platform", `There are: ${PLATFORM_NAMES.join(", ")}.`);
  }
  if (action === "pause") await platforms.pause(platform, Date.now());
  else await platforms.resume(platform);
  return show(platforms);
}

async function show(platforms: PausedPlatforms): Promise<Response> {
  return Response.json({ paused: await platforms.list() });
}
