import { answerJson, asText } from "./answer-json.ts";
import type { ChannelConfig } from "./channel-config.ts";
import type { Channel, ChannelAnswer, Verdict } from "./channel.ts";
import { clip } from "./clip.ts";
import { composeMail } from "./mail.ts";
import { oneLine } from "./one-line.ts";

/** Cloudflare names no rate; this is polite. */
const PACE_MS = 500;

const MAX_ALERTS = 100;

/** How long to wait for the account's daily limit. */
const QUOTA_WAIT_MS = 3_600_000;

/** Errors of the binding that somebody has to change a setting for. */
const SETTING_ERRORS: ReadonlySet<string> = new Set([
  "E_SENDER_NOT_VERIFIED",
  "E_SENDER_DOMAIN_NOT_AVAILABLE",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
  "E_TOO_MANY_RECIPIENTS",
]);

/** Errors that are of the one mail. */
const MESSAGE_ERRORS: ReadonlySet<string> = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_CONTENT_TOO_LARGE",
  "E_TOO_MANY_ATTACHMENTS",
  "E_HEADER_NOT_ALLOWED",
  "E_HEADER_USE_API_FIELD",
  "E_HEADER_VALUE_INVALID",
  "E_HEADER_VALUE_TOO_LONG",
  "E_HEADER_NAME_INVALID",
  "E_HEADERS_TOO_LARGE",
  "E_HEADERS_TOO_MANY",
]);

/**
 * Mail by a `send_email` binding of the Worker (Cloudflare Email Service). The binding knows no
 * idempotency keys: a mail whose answer was lost arrives twice.
 */
export function emailChannel(config: Extract<ChannelConfig, { type: "email" }>): Channel {
  return {
    type: "email",
    maxAlerts: MAX_ALERTS,
    paceMs: PACE_MS,
    takes: () => true,
    compose: (message, context) => ({
      via: "email",
      binding: config.binding,
      mail: { ...composeMail(message, context, config.from), from: config.from, to: config.to },
    }),
    read: readEmailAnswer,
  };
}

/** What a binding's `send` that came back is as an answer. */
export function emailSent(messageId: string): ChannelAnswer {
  return { status: 200, headers: {}, body: JSON.stringify({ messageId }) };
}

/** What a binding's `send` that threw is as an answer: its errors have a code, as `E_FIELD_MISSING`. */
export function emailRefused(error: unknown): ChannelAnswer {
  const code = error instanceof Error && "code" in error ? asText(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, headers: {}, body: JSON.stringify({ code, message: clip(message, 500) }) };
}

/** Reads what {@link emailSent} and {@link emailRefused} make. An unknown error is worth another attempt. */
function readEmailAnswer(answer: ChannelAnswer): Verdict {
  const body = answerJson(answer, "");
  if (answer.status >= 200 && answer.status < 300) {
    const id = clip(oneLine(asText(body["messageId"])), 100);
    return { kind: "delivered", detail: id === "" ? "accepted" : `accepted as ${id}` };
  }
  const code = asText(body["code"]);
  const message = oneLine(asText(body["message"]));
  const detail = clip(`send_email: ${code === "" ? "" : `${code}: `}${message}`, 300);
  if (SETTING_ERRORS.has(code)) return { kind: "disabled", detail };
  if (MESSAGE_ERRORS.has(code)) return { kind: "dead", detail };
  if (code === "E_DAILY_LIMIT_EXCEEDED") {
    return { kind: "retry", detail, retryAfterMs: QUOTA_WAIT_MS };
  }
  return { kind: "retry", detail };
}
