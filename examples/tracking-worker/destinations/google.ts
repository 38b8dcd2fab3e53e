import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

/** Google Analytics' Measurement Protocol. It always answers 2xx, so there is nothing to classify. */
export const google: Destination = {
  target: "google",
  operation: "collect",
  request({ event, id, value }) {
    const url =
      "https://www.google-analytics.com/mp/collect?measurement_id=G-EXAMPLE&api_secret=example";
    const params = { transaction_id: id, currency: "BRL", value: value ?? 0 };
    return postJson(url, { client_id: `example.${id}`, events: [{ name: event, params }] });
  },
};
