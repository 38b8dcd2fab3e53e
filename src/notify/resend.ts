import { answerJson, asText } from "./answer-json.ts";
import type { ChannelConfig } from "./channel-config.ts";
import type { Channel, ChannelAnswer, Verdict } from "./channel.ts";
import { clip } from "./clip.ts";
import { composeMail } from "./mail.ts";
import { oneLine } from "./one-line.ts";
import { readAnswer, retryAfter, retryAfterMs } from "./read-answer.ts";

/** Two requests a second is what a team may make by default (Resend, "Rate limits"). */
const PACE_MS = 500;

/** Most alerts in one mail: each takes about two kilobytes of HTML. */
const MAX_ALERTS = 100;

/** How long to wait for a daily quota, which is counted over the last 24 hours. */
const QUOTA_WAIT_MS = 3_600_000;

/** What Resend calls errors that no attempt can get past until a setting is changed. */
const SETTING_ERRORS: ReadonlySet<string> = new Set([
  "missing_api_key",
  "invalid_api_key",
  "restricted_api_key",
  "invalid_permission",
  "invalid_access",
  "invalid_from_address",
  "invalid_to_address",
  "invalid_region",
  "not_found",
  "method_not_allowed",
  "monthly_quota_exceeded",
]);

/**
 * Mail by the API of Resend (`POST /emails`). Resend remembers an idempotency key for 24 hours: the
 * same mail again is answered as the first was, and sent once.
 */
export function resendChannel(
  config: Extract<ChannelConfig, { type: "resend" }>,
  apiKey: string,
): Channel {
  return {
    type: "resend",
    maxAlerts: MAX_ALERTS,
    paceMs: PACE_MS,
    takes: () => true,
    compose: (message, context) => {
      const { subject, text, html, headers } = composeMail(message, context, config.from);
      return {
        via: "http",
        url: `${config.endpoint}/emails`,
        headers: {
          authorization: `Bearer ${apiKey}`,
          "content-type": "application/json",
          "idempotency-key": context.idempotencyKey,
        },
        body: JSON.stringify({ from: config.from, to: config.to, subject, text, html, headers }),
      };
    },
    read: (answer) => readResendAnswer(answer, apiKey),
  };
}

/** Reads `{"statusCode": 409, "name": "invalid_idempotent_request", "message": "…"}`. */
function readResendAnswer(answer: ChannelAnswer, apiKey: string): Verdict {
  const body = answerJson(answer, apiKey);
  if (answer.status >= 200 && answer.status < 300) {
    const id = clip(oneLine(asText(body["id"])), 100);
    return { kind: "delivered", detail: id === "" ? "accepted" : `accepted as ${id}` };
  }
  const name = asText(body["name"]);
  const detail = clip(
    `Resend: ${name} (${answer.status}): ${oneLine(asText(body["message"]))}`,
    300,
  );
  if (name === "concurrent_idempotent_requests") return { kind: "retry", detail };
  if (name === "invalid_idempotent_request") {
    return {
      kind: "dead",
      detail:
        "Resend took a mail with this idempotency key and another content in the last 24 hours, " +
        "and does not send this one (invalid_idempotent_request, 409).",
    };
  }
  if (name === "daily_quota_exceeded") {
    return { kind: "retry", detail, ...retryAfter(retryAfterMs(answer) ?? QUOTA_WAIT_MS) };
  }
  if (SETTING_ERRORS.has(name)) return { kind: "disabled", detail };
  const verdict = readAnswer(answer, [apiKey]);
  return name === "" ? verdict : { ...verdict, detail };
}
