import type { ChannelConfig } from "./channel-config.ts";
import type { Channel, ChannelAnswer, MessageContext, Verdict } from "./channel.ts";
import { clip } from "./clip.ts";
import { describeAlert, describeTest } from "./describe-alert.ts";
import { asTold, noticeAt } from "./notice-at.ts";
import type { AlertNotice, Message } from "./notice.ts";
import { oneLine } from "./one-line.ts";
import { hiddenParts, readAnswer } from "./read-answer.ts";
import { rfc3339 } from "./rfc3339.ts";
import type { WebhookKey } from "./webhook-key.ts";

/** A receiver that is an API of its own sets its limit itself, by 429 and `Retry-After`. */
const PACE_MS = 100;

/**
 * Longest texts of an alert's data. With them, and with the other fields, which are short, a body
 * stays below the 20 kB that Standard Webhooks asks for.
 */
const MAX_NAME_LENGTH = 200;
const MAX_ACTION_LENGTH = 2_000;
const MAX_DETAIL_LENGTH = 500;
const MAX_LINK_LENGTH = 1_000;

/** An event as Standard Webhooks 1.0.0 has it. `timestamp` is when it happened, RFC 3339. */
interface WebhookEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
}

/**
 * Any receiver, by Standard Webhooks 1.0.0: one event a message, signed with every key, of the types
 * `alert.firing`, `alert.repeat`, `alert.resolved`, `report.daily`, `report.weekly` and `test`. Times
 * in the data are epoch milliseconds, as in the API.
 *
 * The body of an alert is the same at every attempt, as its id says; the time of the attempt is in the
 * headers.
 *
 * @param keys - at least one; see `parseWebhookKeys`.
 */
export function webhookChannel(
  _config: Extract<ChannelConfig, { type: "webhook" }>,
  url: string,
  keys: readonly WebhookKey[],
): Channel {
  const hidden = hiddenParts(url);
  return {
    type: "webhook",
    maxAlerts: 1,
    paceMs: PACE_MS,
    takes: () => true,
    compose: async (message, context) => {
      const id = webhookId(context.idempotencyKey);
      const timestamp = String(Math.floor(context.nowMs / 1_000));
      const body = JSON.stringify(eventOf(message, context));
      const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
      const signatures = await Promise.all(keys.map((key) => sign(signed, key)));
      return {
        via: "http",
        url,
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": timestamp,
          "webhook-signature": signatures.join(" "),
        },
        body,
      };
    },
    read: (answer) => readWebhookAnswer(answer, hidden),
  };
}

/** As the specification has it: 2xx or not, no redirects, 410 for good. */
function readWebhookAnswer(answer: ChannelAnswer, hidden: readonly string[]): Verdict {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    return {
      kind: "disabled",
      detail:
        `The receiver answered ${status}, a redirect, which is not followed. ` +
        "Set the URL to where it points.",
    };
  }
  if (status === 410) {
    return {
      kind: "disabled",
      detail: "The receiver answered 410: it wants no more messages. Set another URL.",
    };
  }
  return readAnswer(answer, hidden);
}

/** Nothing in it may be a full stop, which separates it from what is signed after it. */
function webhookId(idempotencyKey: string): string {
  return idempotencyKey.replaceAll(".", "~");
}

async function sign(signed: Uint8Array, key: WebhookKey): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  const digest = await crypto.subtle.sign("HMAC", imported, signed);
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

function eventOf(message: Message, context: MessageContext): WebhookEvent {
  const tenant = name(context.tenant);
  switch (message.kind) {
    case "alerts": {
      const [notice] = message.notices;
      // The type of a message has at least one; whatever breaks that must not throw here.
      if (notice === undefined) return testEvent(context);
      return {
        type: `alert.${notice.event}`,
        timestamp: rfc3339(noticeAt(notice)),
        data: { tenant, alert: alertData(notice, asTold(context, [notice])) },
      };
    }
    case "report":
      return {
        type: `report.${message.period}`,
        // A report says itself which days it is about; it is made when it is first sent.
        timestamp: rfc3339(context.nowMs),
        data: { tenant, subject: oneLine(message.mail.subject), report: message.mail.json },
      };
    case "test":
      return testEvent(context);
  }
}

function testEvent(context: MessageContext): WebhookEvent {
  return {
    type: "test",
    timestamp: rfc3339(context.nowMs),
    data: { tenant: name(context.tenant), text: describeTest(context).text },
  };
}

function alertData(notice: AlertNotice, context: MessageContext): object {
  const text = describeAlert(notice, context);
  return {
    id: name(notice.alertId),
    event: notice.event,
    rule: name(notice.rule),
    target: name(notice.target),
    operation: name(notice.operation),
    severity: notice.severity,
    metric: notice.metric,
    percentile: notice.percentile,
    comparison: notice.comparison,
    unit: notice.unit,
    threshold: notice.threshold,
    value: notice.value,
    since: notice.since,
    firedAt: notice.firedAt,
    resolvedAt: notice.resolvedAt,
    resolvedReason: notice.resolvedReason,
    acknowledgedBy: notice.acknowledgedBy === null ? null : name(notice.acknowledgedBy),
    repeats: notice.repeats,
    language: context.language,
    title: clip(text.title, MAX_DETAIL_LENGTH),
    summary: text.summary,
    condition: clip(text.condition, MAX_DETAIL_LENGTH),
    duration: text.duration,
    action: clip(text.action, MAX_ACTION_LENGTH),
    link: text.link.length <= MAX_LINK_LENGTH ? text.link : "",
  };
}

function name(text: string): string {
  return clip(oneLine(text), MAX_NAME_LENGTH);
}
