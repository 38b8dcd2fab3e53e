// A real project imports from "tachograph/client".
import { metaLimit } from "../../../src/client/index.ts";
import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

const URL = "https://graph.facebook.com/v23.0/1234567890/events";

/** Meta's Conversions API, which says "too many" with status 400 and a code in the body. */
export const meta: Destination = {
  target: "meta",
  operation: "events",
  maxEvents: 1_000,
  request(events) {
    const data = events.map(({ event, id, value, at }) => ({
      event_name: event,
      event_time: Math.floor(at / 1_000),
      event_id: id,
      action_source: "website",
      user_data: { client_user_agent: "tachograph-example" },
      custom_data: { currency: "BRL", value: value ?? 0 },
    }));
    return postJson(URL, { data });
  },
  classify: metaLimit,
};
