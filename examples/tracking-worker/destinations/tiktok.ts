// A real project imports from "tachograph/client".
import { tiktokLimit } from "../../../src/client/index.ts";
import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

const URL = "https://business-api.tiktok.com/open_api/v1.3/event/track/";

const INVALID_PARAMETERS: ReadonlySet<number> = new Set([40_001, 40_002]);

/** TikTok's Events API, which answers 200 to everything and says in the body how it went. */
export const tiktok: Destination = {
  target: "tiktok",
  operation: "track",
  maxEvents: 1_000,
  request(events) {
    const data = events.map(({ event, id, value, at }) => ({
      event,
      event_id: id,
      event_time: Math.floor(at / 1_000),
      properties: { currency: "BRL", value: value ?? 0 },
    }));
    const body = { event_source: "web", event_source_id: "EXAMPLE", data };
    return postJson(URL, body, { "access-token": "example" });
  },
  classify: tiktokLimit,
  rejectionCodes: INVALID_PARAMETERS,
};
