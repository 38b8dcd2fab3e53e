import { describe, expect, it } from "vitest";
import { eventIds } from "../../../examples/platforms/event-ids.ts";
import { endpointAt } from "../../../examples/platforms/endpoint.ts";
import { DESTINATIONS } from "../../../examples/tracking-worker/destinations.ts";
import { PLATFORM_NAMES } from "../../../examples/tracking-worker/tracked-event.ts";

const AT = 1_795_000_000_000;

describe.each(PLATFORM_NAMES)("the requests to %s", (name) => {
  const destination = DESTINATIONS[name];

  it.each([1, 2, destination.maxEvents])(
    "carry %d events as the platform reads them",
    async (n) => {
      const events = Array.from({ length: n }, (_, index) => {
        return { event: "Purchase", id: `order-${index}`, value: index, at: AT + index };
      });
      const request = destination.request(events);
      const endpoint = endpointAt(new URL(request.url).pathname);
      if (endpoint === undefined) throw new Error(`nobody answers at ${request.url}`);
      const body: unknown = await request.json();
      expect(endpoint.platform).toBe(name);
      expect(destination.maxEvents).toBe(endpoint.maxEvents);
      expect(eventIds(endpoint, body)).toEqual(events.map(({ id }) => id));
      // When it happened, not when it is sent: in seconds, milliseconds or microseconds.
      expect(JSON.stringify(body)).toMatch(/"(?:event_time|event_at|timestamp_micros)":1795000000/);
    },
  );
});
