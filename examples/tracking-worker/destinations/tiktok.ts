import { bodyCode } from "../body-code.ts";
import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

/** TikTok's Events API, which answers 200 to everything and says in the body how it went. */
export const tiktok: Destination = {
  target: "tiktok",
  operation: "track",
  request({ event, id, value }, now) {
    const data = {
      event,
      event_id: id,
      event_time: Math.floor(now / 1_000),
      properties: { currency: "BRL", value: value ?? 0 },
    };
    const body = { event_source: "web", event_source_id: "EXAMPLE", data: [data] };
    return postJson("https://business-api.tiktok.com/open_api/v1.3/event/track/", body, {
      "access-token": "example",
    });
  },
  async classify(response) {
    if (!response.ok) return undefined;
    const code = await bodyCode(response, ["code"]);
    if (code === 40_100) return "rate_limited";
    // 20001 stands for "accepted in part".
    return code === 0 || code === 20_001 ? "ok" : "error";
  },
};
