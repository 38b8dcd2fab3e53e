// A real project imports from "tachograph/client".
import { pinterestLimit } from "../../../src/client/index.ts";
import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

const URL = "https://api.pinterest.com/v5/ad_accounts/1234567890/events";

/** Pinterest's API for Conversions, whose code 8 says "too many". */
export const pinterest: Destination = {
  target: "pinterest",
  operation: "events",
  maxEvents: 1_000,
  request(events) {
    const data = events.map(({ event, id, value, at }) => ({
      event_name: event,
      action_source: "web",
      event_time: Math.floor(at / 1_000),
      event_id: id,
      user_data: { client_user_agent: "tachograph-example" },
      custom_data: { currency: "BRL", value: String(value ?? 0) },
    }));
    return postJson(URL, { data }, { authorization: "Bearer example" });
  },
  classify: pinterestLimit,
};
