// A real project imports from "tachograph/client".
import { type Tachograph, tachograph } from "../../src/client/index.ts";
import type { Env } from "./env.ts";
import { problem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { sendOrKeep } from "./send-or-keep.ts";
import { parseEvent } from "./tracked-event.ts";

const MAX_BODY_BYTES = 65_536;

/** Answers `POST /track`, and times itself. */
export async function track(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const startedAt = Date.now();
  const tacho = tachograph(env.TACHOGRAPH, ctx);
  const response = await handleEvent(request, env, tacho);
  const outcome = response.ok ? "ok" : "error";
  tacho.record("worker", "track", Date.now() - startedAt, outcome);
  return response;
}

async function handleEvent(request: Request, env: Env, tacho: Tachograph): Promise<Response> {
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
    event.platforms.map(async (platform) => {
      return [platform, await sendOrKeep(tacho, env, platform, event)] as const;
    }),
  );
  const answer = { id: event.id, event: event.event, platforms: Object.fromEntries(deliveries) };
  return Response.json(answer, { status: 202 });
}
