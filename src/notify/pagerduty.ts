import type { Severity } from "../alerts/rule.ts";
import { WHOLE_TARGET } from "../names.ts";
import type { Channel, ChannelAnswer, MessageContext, Verdict } from "./channel.ts";
import type { ChannelConfig } from "./channel-config.ts";
import { clip } from "./clip.ts";
import { describeAlert, describeTest, fieldLabels } from "./describe-alert.ts";
import { noticeLink } from "./message-card.ts";
import type { AlertNotice, Message } from "./notice.ts";
import { asTold } from "./notice-at.ts";
import { oneLine } from "./one-line.ts";
import { readAnswer, retryAfter } from "./read-answer.ts";
import { rfc3339 } from "./rfc3339.ts";

/** There is no documented number of events a second; the limit moves with what is going on. */
const PACE_MS = 500;

/** PagerDuty asks for "a backoff of a few minutes" after a 429; one, as this is the way to the pager. */
const UNNAMED_WAIT_MS = 60_000;

const MAX_SUMMARY = 1_024;
const MAX_DEDUP_KEY = 255;

/** No limit is documented for these: enough for every text, and far below 512 KB together. */
const MAX_NAME = 255;
const MAX_DETAIL = 4_000;

const SEVERITIES: Readonly<Record<Severity, string>> = {
  CRITICAL: "critical",
  HIGH: "error",
  MEDIUM: "warning",
  LOW: "info",
};

const WRONG_KEY = /(?:routing|service|integration)[ _]?key/iu;

/**
 * A service of PagerDuty, by the Events API v2 (developer.pagerduty.com, "Send an Alert Event"). Each
 * alert is an incident of its own: its id is the `dedup_key`, which makes every attempt after the first
 * one, and every reminder, a part of the same incident.
 *
 * @param routingKey - the integration key: a secret.
 */
export function pagerdutyChannel(
  config: Extract<ChannelConfig, { type: "pagerduty" }>,
  routingKey: string,
): Channel {
  const url = `${config.endpoint.replace(/\/+$/u, "")}/v2/enqueue`;
  return {
    type: "pagerduty",
    maxAlerts: 1,
    paceMs: PACE_MS,
    // Events open incidents: a report is none.
    takes: (kind) => kind !== "report",
    compose: (message, context) => ({
      via: "http",
      url,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ routing_key: routingKey, ...eventOf(message, context) }),
    }),
    read: (answer) => read(answer, routingKey),
  };
}

function eventOf(message: Message, context: MessageContext): object {
  const notice = message.kind === "alerts" ? message.notices[0] : undefined;
  if (notice === undefined) return plainEvent(message, context);
  const dedupKey = dedupKeyOf(notice.alertId);
  return notice.event === "resolved"
    ? { event_action: "resolve", dedup_key: dedupKey }
    : { event_action: "trigger", dedup_key: dedupKey, ...alertEvent(notice, context) };
}

function alertEvent(notice: AlertNotice, context: MessageContext): object {
  const text = describeAlert(notice, asTold(context, [notice]));
  const labels = fieldLabels(context.language);
  const link = noticeLink(notice, context);
  const details = [
    [labels.where, text.where],
    [labels.condition, text.condition],
    [labels.value, text.value],
    [labels.since, text.since],
    [labels.duration, text.duration],
    [labels.action, text.action],
    [labels.acknowledged, text.acknowledged],
  ].filter(([, value]) => value !== "");
  const limited = details.map(([label, value]) => [label, limit(value ?? "", MAX_DETAIL)]);
  return {
    client: "Tachograph",
    ...(link === "" ? {} : { client_url: link, links: [{ href: link, text: labels.link }] }),
    payload: {
      summary: line(text.summary, MAX_SUMMARY),
      source: line(notice.target, MAX_NAME),
      severity: SEVERITIES[notice.severity],
      timestamp: rfc3339(notice.firedAt),
      ...(notice.operation === WHOLE_TARGET ? {} : { component: line(notice.operation, MAX_NAME) }),
      group: line(context.tenant, MAX_NAME),
      class: line(notice.rule, MAX_NAME),
      custom_details: Object.fromEntries(limited),
    },
  };
}

/** A test, which opens an incident of the lowest severity that says so. */
function plainEvent(message: Message, context: MessageContext): object {
  const { title, text } =
    message.kind === "report"
      ? { title: message.mail.subject, text: message.mail.text }
      : describeTest(context);
  return {
    event_action: "trigger",
    dedup_key: dedupKeyOf(`${message.kind}:${context.idempotencyKey}`),
    client: "Tachograph",
    payload: {
      summary: line(`${title}: ${text}`, MAX_SUMMARY),
      source: "tachograph",
      severity: "info",
      group: line(context.tenant, MAX_NAME),
    },
  };
}

/** An alert's id as it is; one that cannot be sent so ends in a hash of it, so that no two become one. */
function dedupKeyOf(id: string): string {
  if (id.length <= MAX_DEDUP_KEY && id.isWellFormed() && id.trim() !== "") return id;
  const hash = fnv1a64(id).toString(16).padStart(16, "0");
  return `${clip(id, MAX_DEDUP_KEY - hash.length - 1)}:${hash}`.toWellFormed();
}

/** FNV-1a, 64 bits (Fowler, Noll, Vo), over UTF-16 code units. */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash;
}

function line(text: string, maxLength: number): string {
  return limit(oneLine(text) || "–", maxLength);
}

function limit(text: string, maxLength: number): string {
  return clip(text, maxLength).toWellFormed();
}

function read(answer: ChannelAnswer, routingKey: string): Verdict {
  const verdict = readAnswer(answer, [routingKey]);
  const { kind, detail } = verdict;
  if (answer.status === 400 && WRONG_KEY.test(answer.body)) {
    return { kind: "disabled", detail: `${detail}: check the integration key in the secret` };
  }
  if (answer.status !== 429 || kind !== "retry") return verdict;
  return { kind, detail, ...retryAfter(verdict.retryAfterMs ?? UNNAMED_WAIT_MS) };
}
