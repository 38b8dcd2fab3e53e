import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

const URL =
  "https://www.google-analytics.com/mp/collect?measurement_id=G-EXAMPLE&api_secret=example";

/** Google Analytics' Measurement Protocol. It always answers 2xx, so there is nothing to classify. */
export const google: Destination = {
  target: "google",
  operation: "collect",
  maxEvents: 25,
  request(events) {
    const body = {
      // All events of a request are one client's: a Worker that knows its visitors groups by them.
      client_id: "example.1",
      events: events.map(({ event, id, value, at }) => ({
        name: event,
        timestamp_micros: at * 1_000,
        params: { transaction_id: id, currency: "BRL", value: value ?? 0 },
      })),
    };
    return postJson(URL, body);
  },
};
