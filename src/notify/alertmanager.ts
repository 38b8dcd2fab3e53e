import type { ChannelConfig } from "./channel-config.ts";
import type { Channel, MessageContext } from "./channel.ts";
import { clip } from "./clip.ts";
import { describeAlert, describeTest } from "./describe-alert.ts";
import { NO_VALUE } from "./format.ts";
import { labelFingerprint } from "./label-fingerprint.ts";
import type { AlertNotice, Message } from "./notice.ts";
import { oneLine } from "./one-line.ts";
import { hiddenParts, readAnswer } from "./read-answer.ts";
import { rfc3339 } from "./rfc3339.ts";

const PACE_MS = 100;
const MAX_ALERTS = 50;
const MAX_LABEL_LENGTH = 200;
const MAX_ANNOTATION_LENGTH = 2_000;

/** Go's zero time: of an alert that fires, nobody knows yet when it ends. */
const NO_END = "0001-01-01T00:00:00Z";

type Labels = Readonly<Record<string, string>>;

/** One alert as Alertmanager tells of it. Times are RFC 3339. */
interface WireAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/**
 * Whatever takes the webhooks of Alertmanager (version 4 of its payload, with `notification_reason`
 * as since 0.32). The labels are `alertname` (the rule), `severity` in lower case, `tenant`, `target`,
 * `operation` and `metric`: the same for everything that is told of one series and rule, so that the
 * fingerprint ties a resolution to what it resolves. Alerts are grouped by tenant; unlike
 * Alertmanager's, a message has what happened, not all that is still going on.
 *
 * A test is told as resolved, so that nothing stays open at the receiver.
 *
 * @param token - for `Authorization: Bearer`, or undefined for none.
 */
export function alertmanagerChannel(
  _config: Extract<ChannelConfig, { type: "alertmanager" }>,
  url: string,
  token: string | undefined,
): Channel {
  const hidden = [...hiddenParts(url), ...(token === undefined ? [] : [token])];
  return {
    type: "alertmanager",
    maxAlerts: MAX_ALERTS,
    paceMs: PACE_MS,
    takes: (kind) => kind !== "report",
    compose: (message, context) => ({
      via: "http",
      url,
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(payloadOf(message, context)),
    }),
    read: (answer) => readAnswer(answer, hidden),
  };
}

function payloadOf(message: Message, context: MessageContext): object {
  const notices = message.kind === "alerts" ? message.notices : [];
  const alerts =
    notices.length > 0 ? notices.map((notice) => wireAlert(notice, context)) : [testAlert(context)];
  const groupLabels = { tenant: label(context.tenant) };
  return {
    version: "4",
    groupKey: `{}:{tenant=${JSON.stringify(groupLabels.tenant)}}`,
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
    receiver: "tachograph",
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: context.dashboardUrl ?? "",
    notification_reason: reasonOf(notices),
    alerts,
  };
}

/** In the words of Alertmanager (`NotifyReason`). */
function reasonOf(notices: readonly AlertNotice[]): string {
  const events = new Set(notices.map(({ event }) => event));
  if (events.has("firing")) return notices.length === 1 ? "first notification" : "new alerts added";
  if (!events.has("repeat")) return "all alerts resolved";
  return events.has("resolved") ? "some alerts resolved" : "repeat interval elapsed";
}

function wireAlert(notice: AlertNotice, context: MessageContext): WireAlert {
  const text = describeAlert(notice, context);
  const isOver = notice.event === "resolved";
  const labels = {
    alertname: label(notice.rule),
    metric: label(notice.metric),
    operation: label(notice.operation),
    severity: notice.severity.toLowerCase(),
    target: label(notice.target),
    tenant: label(context.tenant),
  };
  return {
    status: isOver ? "resolved" : "firing",
    labels,
    annotations: bounded({
      summary: text.title,
      description: text.summary,
      condition: text.condition,
      value: text.value === NO_VALUE ? "" : text.value,
      since: text.since,
      duration: text.duration,
      action: text.action,
      acknowledged_by: text.acknowledged,
    }),
    startsAt: rfc3339(notice.firedAt),
    endsAt: isOver ? rfc3339(notice.resolvedAt ?? context.nowMs) : NO_END,
    generatorURL: text.link,
    fingerprint: labelFingerprint(labels),
  };
}

function testAlert(context: MessageContext): WireAlert {
  const { title, text } = describeTest(context);
  const labels = {
    alertname: "TachographTest",
    severity: "none",
    tenant: label(context.tenant),
  };
  return {
    status: "resolved",
    labels,
    annotations: bounded({ summary: title, description: text }),
    startsAt: rfc3339(context.nowMs),
    endsAt: rfc3339(context.nowMs),
    generatorURL: context.dashboardUrl ?? "",
    fingerprint: labelFingerprint(labels),
  };
}

/** What all of them say in the same way. */
function common(all: readonly Labels[]): Labels {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((one) => one[name] === value)),
  );
}

function bounded(texts: Labels): Labels {
  return Object.fromEntries(
    Object.entries(texts)
      .filter(([, text]) => text !== "")
      .map(([name, text]) => [name, clip(text, MAX_ANNOTATION_LENGTH)]),
  );
}

function label(text: string): string {
  return clip(oneLine(text), MAX_LABEL_LENGTH);
}
