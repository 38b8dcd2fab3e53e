// A real project imports from "tachograph/client".
import { tachograph } from "../../src/client/index.ts";
import { countAttempts } from "./attribution/count-attempts.ts";
import type { DeliveryAttempt } from "./attribution/delivery-counts.ts";
import { recordEvent } from "./attribution/record-event.ts";
import type { Env } from "./env.ts";
import { PausedPlatforms } from "./pausing/paused-platforms.ts";
import { problem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { type Sending, sendOrKeep } from "./send-or-keep.ts";
import { parseEvent } from "./tracked-event.ts";

const MAX_BODY_BYTES = 65_536;

const PAUSED: Sending = { delivery: { outcome: "paused" }, isDelivered: null };

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
  const sendings = await Promise.all(
    event.platforms.map(async (platform): Promise<readonly [string, Sending]> => {
      if (paused.has(platform)) return [platform, PAUSED];
      return [platform, await sendOrKeep(tacho, env, platform, event)];
    }),
  );
  ctx.waitUntil(countAttempts(env, tacho, sendings.flatMap(attempt)));
  const platforms = Object.fromEntries(
    sendings.map(([platform, { delivery }]) => [platform, delivery]),
  );
  const journey = await recording;
  // Left out of the JSON when there is none.
  return Response.json({ id: event.id, event: event.event, platforms, journey }, { status: 202 });
}

/** None for what was not tried. */
function attempt([platform, { isDelivered }]: readonly [string, Sending]): DeliveryAttempt[] {
  return isDelivered === null ? [] : [{ platform, isDelivered }];
}
