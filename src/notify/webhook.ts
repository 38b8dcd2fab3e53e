import type { ChannelConfig } from "./channel-config.ts";
import type { Channel, ChannelAnswer, MessageContext, Verdict } from "./channel.ts";
import { byUrgency } from "./by-urgency.ts";
import { describeTest } from "./describe-alert.ts";
import { byteLength } from "./fit.ts";
import { fitWebhookAlerts } from "./fit-webhook-alerts.ts";
import { asTold, noticeAt } from "./notice-at.ts";
import type { AlertNotice, Message } from "./notice.ts";
import { oneLine } from "./one-line.ts";
import { hiddenParts, readAnswer } from "./read-answer.ts";
import { rfc3339 } from "./rfc3339.ts";
import { type WebhookAlert, webhookAlert, webhookName } from "./webhook-alert.ts";
import type { WebhookKey } from "./webhook-key.ts";

/**
 * The next message leaves when the last one is answered: a receiver that is an API of its own sets its
 * pace by that, and its limit by 429 and `Retry-After`.
 */
const PACE_MS = 0;

/**
 * As many as are told well in one message: 200 that change at once are ten messages, one after the
 * other, and of twenty with texts of usual length nothing is cut.
 */
const MAX_ALERTS = 20;

/** Standard Webhooks asks for bodies below 20 kB. A report may have more. */
const MAX_ALERTS_BYTES = 20_000;

/** An event as Standard Webhooks 1.0.0 has it. `timestamp` is when it happened, RFC 3339. */
interface WebhookEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
}

/**
 * Any receiver, by Standard Webhooks 1.0.0: one event a message, signed with every key, of the types
 * `alert.firing`, `alert.repeat`, `alert.resolved`, `alerts` (several, each with its own event),
 * `report.daily`, `report.weekly` and `test`.
 *
 * The body of alerts is the same at every attempt, as its id says; the time of the attempt is in the
 * headers. No alert is left out of it: where texts are too long for one message, they are cut, see
 * `fitWebhookAlerts`.
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
    maxAlerts: MAX_ALERTS,
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
  switch (message.kind) {
    case "alerts":
      return alertsEvent(message.notices, context);
    case "report":
      return {
        type: `report.${message.period}`,
        // A report says itself which days it is about; it is made when it is first sent.
        timestamp: rfc3339(context.nowMs),
        data: {
          tenant: webhookName(context.tenant),
          subject: oneLine(message.mail.subject),
          report: message.mail.json,
        },
      };
    case "test":
      return testEvent(context);
  }
}

function testEvent(context: MessageContext): WebhookEvent {
  return {
    type: "test",
    timestamp: rfc3339(context.nowMs),
    data: { tenant: webhookName(context.tenant), text: describeTest(context).text },
  };
}

function alertsEvent(notices: readonly AlertNotice[], context: MessageContext): WebhookEvent {
  const [first] = notices;
  // The type of a message has at least one; whatever breaks that must not throw here.
  if (first === undefined) return testEvent(context);
  const tenant = webhookName(context.tenant);
  const isOne = notices.length === 1;
  const type = isOne ? `alert.${first.event}` : "alerts";
  const timestamp = rfc3339(isOne ? noticeAt(first) : asTold(context, notices).nowMs);
  const eventWith = (alerts: readonly WebhookAlert[]): WebhookEvent => ({
    type,
    timestamp,
    data: isOne ? { tenant, alert: alerts[0] } : { tenant, alerts },
  });
  const alerts = notices.toSorted(byUrgency).map((notice) => webhookAlert(notice, context));
  const measure = (some: readonly WebhookAlert[]): number =>
    byteLength(JSON.stringify(eventWith(some)));
  return eventWith(fitWebhookAlerts(alerts, MAX_ALERTS_BYTES, measure));
}
