import { type Endpoint, eventsIn } from "./endpoint.ts";
import { memberAt } from "./member-at.ts";
import type { Platform } from "./platform.ts";

/** Where an event has the id that its platform tells repeats apart by; a dot steps into an object. */
const ID_MEMBERS: Readonly<Record<Platform, string>> = {
  meta: "event_id",
  google: "params.transaction_id",
  tiktok: "event_id",
  pinterest: "event_id",
  reddit: "metadata.conversion_id",
};

/**
 * The ids of a call's events, in order; null for an event that has none. Google's events without a
 * transaction go by the client that the whole call is about.
 */
export function eventIds(endpoint: Endpoint, body: unknown): readonly (string | null)[] {
  const ofCall = endpoint.platform === "google" ? memberAt(body, "client_id") : undefined;
  return (eventsIn(endpoint, body) ?? []).map((event) => {
    const id = memberAt(event, ID_MEMBERS[endpoint.platform]) ?? ofCall;
    return typeof id === "string" ? id : null;
  });
}
