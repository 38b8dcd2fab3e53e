import { describe, expect, it } from "vitest";
import { countEvents, endpointAt } from "../../../examples/platforms/endpoint.ts";
import { PLATFORMS } from "../../../examples/platforms/platform.ts";
import { DESTINATIONS } from "../../../examples/tracking-worker/destinations.ts";

const EVENT = { event: "Purchase", id: "order-1", value: 49.9, platforms: PLATFORMS };

describe("endpoints", () => {
  it.each(PLATFORMS)("take what the tracking Worker sends to %s", async (platform) => {
    const request = DESTINATIONS[platform].request(EVENT, 1_795_190_000_000);
    const endpoint = endpointAt(new URL(request.url).pathname);
    expect(endpoint?.platform).toBe(platform);
    if (endpoint === undefined) return;
    expect(countEvents(endpoint, await request.json())).toBe(1);
  });

  it.each(["/", "/events", "/v23.0/1/events/x", "/mp/collect/x", "/v5/ad_accounts//events"])(
    "are not at %s",
    (path) => expect(endpointAt(path)).toBeUndefined(),
  );

  it("count events up to the batch limit and refuse other shapes", () => {
    const endpoint = endpointAt("/mp/collect");
    if (endpoint === undefined) throw new Error("no endpoint at /mp/collect");
    const events = (length: number) => ({ events: Array.from({ length }, () => ({})) });
    expect(countEvents(endpoint, events(25))).toBe(25);
    for (const bad of [events(26), events(0), { events: {} }, {}, null, "x", 1, []]) {
      expect(countEvents(endpoint, bad)).toBeUndefined();
    }
  });
});
