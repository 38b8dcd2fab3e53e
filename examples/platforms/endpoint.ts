import { memberAt } from "./member-at.ts";
import type { Platform } from "./platform.ts";

/** Where a platform takes events, and how many of them at once. */
export interface Endpoint {
  readonly platform: Platform;
  readonly path: RegExp;
  /** The member of the body that holds the events; a dot steps into an object. */
  readonly eventsMember: string;
  readonly maxEvents: number;
}

/** The real paths and batch limits; the host does not matter here. */
export const ENDPOINTS: readonly Endpoint[] = [
  endpoint("meta", /^\/v\d+\.\d+\/[^/]+\/events$/, "data", 1_000),
  endpoint("google", /^\/mp\/collect$/, "events", 25),
  endpoint("tiktok", /^\/open_api\/v1\.3\/event\/track\/?$/, "data", 1_000),
  endpoint("pinterest", /^\/v5\/ad_accounts\/[^/]+\/events$/, "data", 1_000),
  endpoint("reddit", /^\/api\/v3\/pixels\/[^/]+\/conversion_events$/, "data.events", 1_000),
];

/** The endpoint that answers at `path`, if any. */
export function endpointAt(path: string): Endpoint | undefined {
  return ENDPOINTS.find((candidate) => candidate.path.test(path));
}

/** The events that `body` carries for this endpoint, or undefined when it is not of its shape. */
export function eventsIn(
  { eventsMember, maxEvents }: Endpoint,
  body: unknown,
): readonly unknown[] | undefined {
  const events = memberAt(body, eventsMember);
  if (!Array.isArray(events)) return undefined;
  return events.length >= 1 && events.length <= maxEvents ? events : undefined;
}

function endpoint(
  platform: Platform,
  path: RegExp,
  eventsMember: string,
  maxEvents: number,
): Endpoint {
  return { platform, path, eventsMember, maxEvents };
}
