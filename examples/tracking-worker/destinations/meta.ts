import { bodyCode } from "../body-code.ts";
import type { Destination } from "../destination.ts";
import { postJson } from "../post-json.ts";

/** Error codes that mean "slow down"; also 80000 to 80014, one for each kind of business use. */
const RATE_LIMIT_CODES: ReadonlySet<number> = new Set([4, 17, 32, 613]);

/** Meta's Conversions API, which says "too many" with status 400 and a code in the body. */
export const meta: Destination = {
  target: "meta",
  operation: "events",
  request({ event, id, value }, now) {
    const userData = { client_user_agent: "tachograph-example" };
    const data = {
      event_name: event,
      event_time: Math.floor(now / 1_000),
      event_id: id,
      action_source: "website",
      user_data: userData,
      custom_data: { currency: "BRL", value: value ?? 0 },
    };
    return postJson("https://graph.facebook.com/v23.0/1234567890/events", { data: [data] });
  },
  async classify(response) {
    if (response.ok) return undefined;
    const code = await bodyCode(response, ["error", "code"]);
    if (code === undefined) return undefined;
    const isLimit = RATE_LIMIT_CODES.has(code) || (code >= 80_000 && code <= 80_014);
    return isLimit ? "rate_limited" : undefined;
  },
};
