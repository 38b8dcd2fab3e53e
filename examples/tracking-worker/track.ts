// A real project imports from "tachograph/client".
import { tachograph } from "../../src/client/index.ts";
import { countEnded } from "./attribution/count-ended.ts";
import type { EndedDelivery } from "./attribution/delivery-counts.ts";
import { recordEvent } from "./attribution/record-event.ts";
import type { Env } from "./env.ts";
import { PausedPlatforms } from "./pausing/paused-platforms.ts";
import { problem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { type Delivery, sendOrKeep } from "./send-or-keep.ts";
import { parseEvent } from "./tracked-event.ts";

const MAX_BODY_BYTES = 65_536;

/** Answers `POST /track`. */
export async function track(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const tacho = tachograph(env.TACHOGRAPH, ctx);
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
  // The database has long answered when the platforms do, so it costs the caller nothing.
  const recording = recordEvent(env, tacho, event);
  const paused = await new PausedPlatforms(env, tacho).known();
  const deliveries = await Promise.all(
    event.platforms.map(async (platform): Promise<readonly [string, Delivery]> => {
      if (paused.has(platform)) return [platform, { outcome: "paused" }];
      return [platform, await sendOrKeep(tacho, env, platform, event)];
    }),
  );
  ctx.waitUntil(countEnded(env, tacho, deliveries.flatMap(endedDelivery)));
  const platforms = Object.fromEntries(deliveries);
  const journey = await recording;
  // Left out of the JSON when there is none.
  return Response.json({ id: event.id, event: event.event, platforms, journey }, { status: 202 });
}

/** None for what goes on, which counts when it is over, nor for what was not to be sent. */
function endedDelivery([platform, { outcome }]: readonly [string, Delivery]): EndedDelivery[] {
  const isOver = outcome !== "deferred" && outcome !== "paused";
  return isOver ? [{ platform, isDelivered: outcome === "ok" }] : [];
}
