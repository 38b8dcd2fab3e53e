import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

/** Reddit's Conversions API v3. Its statuses mean what they say, so none is classified. */
export const reddit: Destination = {
  target: "reddit",
  operation: "conversion_events",
  request({ event, id, value }, now) {
    const conversion = {
      event_at: now,
      action_source: "WEBSITE",
      type: { tracking_type: "CUSTOM", custom_event_name: event },
      metadata: { conversion_id: id, currency: "BRL", value: value ?? 0 },
    };
    const url = "https://ads-api.reddit.com/api/v3/pixels/t2_example/conversion_events";
    const headers = { authorization: "Bearer example" };
    return postJson(url, { data: { events: [conversion] } }, headers);
  },
};
