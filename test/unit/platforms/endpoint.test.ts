import { describe, expect, it } from "vitest";
import { endpointAt, eventsIn } from "../../../examples/platforms/endpoint.ts";
import { eventIds } from "../../../examples/platforms/event-ids.ts";
import { PLATFORMS } from "../../../examples/platforms/platform.ts";
import { DESTINATIONS } from "../../../examples/tracking-worker/destinations.ts";

const AT = 1_795_190_000_000;
const EVENTS = ["order-1", "order-2"].map((id) => ({ event: "Purchase", id, value: 49.9, at: AT }));

describe("endpoints", () => {
  it.each(PLATFORMS)("take what the tracking Worker sends to %s", async (platform) => {
    const request = DESTINATIONS[platform].request(EVENTS);
    const endpoint = endpointAt(new URL(request.url).pathname);
    expect(endpoint?.platform).toBe(platform);
    if (endpoint === undefined) return;
    const body = await request.json();
    expect(eventsIn(endpoint, body)).toHaveLength(2);
    expect(eventIds(endpoint, body)).toEqual(["order-1", "order-2"]);
  });

  it.each(["/", "/events", "/v23.0/1/events/x", "/mp/collect/x", "/v5/ad_accounts//events"])(
    "are not at %s",
    (path) => expect(endpointAt(path)).toBeUndefined(),
  );

  it("find events up to the batch limit and refuse other shapes", () => {
    const endpoint = endpointAt("/mp/collect");
    if (endpoint === undefined) throw new Error("no endpoint at /mp/collect");
    const events = (length: number) => ({ events: Array.from({ length }, () => ({})) });
    expect(eventsIn(endpoint, events(25))).toHaveLength(25);
    for (const bad of [events(26), events(0), { events: {} }, {}, null, "x", 1, []]) {
      expect(eventsIn(endpoint, bad)).toBeUndefined();
      expect(eventIds(endpoint, bad)).toEqual([]);
    }
  });

  it("find every event's id, and null where there is none", () => {
    const meta = endpointAt("/v23.0/1/events");
    const google = endpointAt("/mp/collect");
    if (meta === undefined || google === undefined) throw new Error("an endpoint is missing");
    const data = [{ event_id: "a" }, {}, { event_id: 5 }, null, { event_id: "b" }];
    expect(eventIds(meta, { data })).toEqual(["a", null, null, null, "b"]);
    const events = [{ name: "x" }, { name: "y", params: { transaction_id: "t" } }];
    expect(eventIds(google, { client_id: "c", events })).toEqual(["c", "t"]);
  });
});
