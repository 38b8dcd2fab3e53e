// A real project imports from "tachograph/client".
import type { Tachograph } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import type { TrackedEvent } from "../tracked-event.ts";
import { attributionParts } from "./attribution-parts.ts";

/** Whether an event is part of its visitor's journey now. */
export type Recorded = "stored" | "failed";

/**
 * Stores an event in the journey of its visitor. Never rejects: what the platforms get does not
 * depend on it, and whoever sent the event is told.
 *
 * @returns undefined for an event that says no visitor.
 */
export async function recordEvent(
  env: Pick<Env, "DB" | "CACHE">,
  tacho: Tachograph,
  event: TrackedEvent,
): Promise<Recorded | undefined> {
  const { visitor } = event;
  if (visitor === undefined) return undefined;
  try {
    await attributionParts(env, tacho).journeys.record({ ...event, visitor }, Date.now());
    return "stored";
  } catch (error) {
    tacho.noteFailure("journey", error);
    console.error(`event ${event.id} is in no journey`, error);
    return "failed";
  }
}
