import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

/** Pinterest's API for Conversions. Its statuses mean what they say, so none is classified. */
export const pinterest: Destination = {
  target: "pinterest",
  operation: "events",
  request({ event, id, value }, now) {
    const data = {
      event_name: event,
      action_source: "web",
      event_time: Math.floor(now / 1_000),
      event_id: id,
      user_data: { client_user_agent: "tachograph-example" },
      custom_data: { currency: "BRL", value: String(value ?? 0) },
    };
    const url = "https://api.pinterest.com/v5/ad_accounts/1234567890/events";
    return postJson(url, { data: [data] }, { authorization: "Bearer example" });
  },
};
