import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

const URL = "https://ads-api.reddit.com/api/v3/pixels/t2_example/conversion_events";

/** Reddit's Conversions API v3. Its statuses mean what they say, so none is classified. */
export const reddit: Destination = {
  target: "reddit",
  operation: "conversion_events",
  maxEvents: 1_000,
  request(trackedEvents) {
    const events = trackedEvents.map(({ event, id, value, at }) => ({
      event_at: at,
      action_source: "WEBSITE",
      type: { tracking_type: "CUSTOM", custom_event_name: event },
      metadata: { conversion_id: id, currency: "BRL", value: value ?? 0 },
    }));
    return postJson(URL, { data: { events } }, { authorization: "Bearer example" });
  },
};
