import { answerJson, asRecord, asText } from "./answer-json.ts";
import { byUrgency } from "./by-urgency.ts";
import type { ChannelConfig } from "./channel-config.ts";
import type { Channel, ChannelAnswer, MessageContext, Verdict } from "./channel.ts";
import { clip } from "./clip.ts";
import {
  describeAlert,
  describeGroup,
  describeTest,
  fieldLabels,
  phrasesIn,
} from "./describe-alert.ts";
import { formatTime, NO_VALUE } from "./format.ts";
import type { AlertNotice, Message } from "./notice.ts";
import { oneLine } from "./one-line.ts";
import { readAnswer, retryAfter, retryAfterMs } from "./read-answer.ts";
import { whatsappCode } from "./whatsapp-errors.ts";
import {
  MAX_BODY_LENGTH,
  WHATSAPP_LANGUAGES,
  WHATSAPP_PARAMETERS,
  WHATSAPP_TEMPLATES,
} from "./whatsapp-template.ts";

/** About one message in six seconds is what one recipient may get from one number (error 131056). */
const PACE_MS = 6_000;

/** Many at a time, since each further message costs six seconds and, as a template, money. */
const MAX_ALERTS = 50;

/** How many of a group are named. */
const NAMED = 3;

/** Longest parameters in their order. That with what to do takes what the others leave. */
const MAX_LENGTHS: readonly number[] = [150, 120, 110, 40, 40, 90, 0, 150];
const ACTION = 6;

/**
 * WhatsApp, by the Cloud API of Meta: one template message to one recipient, see
 * `WHATSAPP_TEMPLATES` for what to have approved. A group is one message that counts its alerts and
 * names the first, the worst before the others.
 *
 * The API knows no idempotency keys: a message whose answer was lost arrives twice. The key goes along
 * as `biz_opaque_callback_data`, which Meta's status webhooks repeat.
 */
export function whatsappChannel(
  config: Extract<ChannelConfig, { type: "whatsapp" }>,
  token: string,
): Channel {
  return {
    type: "whatsapp",
    maxAlerts: MAX_ALERTS,
    paceMs: PACE_MS,
    takes: (kind) => kind !== "report",
    compose: (message, context) => ({
      via: "http",
      url: `${config.endpoint}/${config.apiVersion}/${config.phoneNumberId}/messages`,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to: config.to,
        type: "template",
        template: {
          name: config.template,
          language: { code: WHATSAPP_LANGUAGES[context.language] },
          components: [
            {
              type: "body",
              parameters: fitted(parametersOf(message, context), context).map((text) => ({
                type: "text",
                text,
              })),
            },
          ],
        },
        biz_opaque_callback_data: context.idempotencyKey,
      }),
    }),
    read: (answer) => readWhatsappAnswer(answer, token),
  };
}

/**
 * Reads `{"messages": [{"id": "wamid.…"}]}` or `{"error": {"code": 131056, "message": "…",
 * "error_data": {"details": "…"}}}`. The code decides, not the status.
 */
function readWhatsappAnswer(answer: ChannelAnswer, token: string): Verdict {
  const body = answerJson(answer, token);
  const error = asRecord(body["error"]);
  const code = error["code"];
  if (typeof code === "number") return readError(code, error, answer);
  const [first] = Array.isArray(body["messages"]) ? (body["messages"] as readonly unknown[]) : [];
  const id = asText(asRecord(first)["id"]);
  if (id !== "") return { kind: "delivered", detail: `accepted as ${clip(oneLine(id), 100)}` };
  const verdict = readAnswer(answer, [token]);
  if (verdict.kind !== "delivered") return verdict;
  return {
    kind: "retry",
    detail: "The answer names no message: it does not look like WhatsApp's.",
  };
}

function readError(
  code: number,
  error: Readonly<Record<string, unknown>>,
  answer: ChannelAnswer,
): Verdict {
  const meaning = whatsappCode(code);
  const said = [asText(error["message"]), asText(asRecord(error["error_data"])["details"])]
    .filter((text) => text !== "")
    .join(" ");
  const detail = clip(
    oneLine(`WhatsApp error ${code}: ${meaning === undefined ? "" : `${meaning.words}. `}${said}`),
    300,
  );
  if (meaning === undefined) {
    const { kind } = readAnswer(answer);
    return kind === "delivered" || kind === "retry"
      ? { kind: "retry", detail, ...retryAfter(retryAfterMs(answer)) }
      : { kind, detail };
  }
  if (meaning.kind !== "retry") return { kind: meaning.kind, detail };
  return {
    kind: "retry",
    detail,
    ...retryAfter(retryAfterMs(answer) ?? meaning.retryAfterMs),
  };
}

function parametersOf(message: Message, context: MessageContext): readonly string[] {
  const notices = message.kind === "alerts" ? message.notices : [];
  const [only, ...others] = notices;
  if (only === undefined) {
    const { title, text } = describeTest(context);
    return [title, context.tenant, "", "", now(context), "", text, pageLink(context)];
  }
  return others.length === 0 ? single(only, context) : group(notices, context);
}

function single(notice: AlertNotice, context: MessageContext): readonly string[] {
  const text = describeAlert(notice, context);
  const acknowledged =
    text.acknowledged === ""
      ? ""
      : ` · ${fieldLabels(context.language).acknowledged} ${text.acknowledged}`;
  return [
    text.title,
    text.where,
    text.condition,
    text.value,
    text.since,
    `${text.duration}${acknowledged}`,
    text.action,
    fits(text.link) ? text.link : pageLink(context),
  ];
}

/** The first few of a group, the worst first. What to do is said of the very worst. */
function group(notices: readonly AlertNotice[], context: MessageContext): readonly string[] {
  const ordered = notices.toSorted(byUrgency);
  const named = ordered.slice(0, NAMED).map((notice) => describeAlert(notice, context));
  const [worst] = ordered;
  const more =
    ordered.length > NAMED ? [phrasesIn(context.language).more(ordered.length - NAMED)] : [];
  const sinceMs = Math.min(...notices.map(({ since }) => since));
  return [
    describeGroup(notices, context),
    [...named.map(({ where }) => clip(where, 35)), ...more].join("; "),
    [...named.map(({ condition }) => clip(condition, 34)), ...more].join("; "),
    named.map(({ value }) => clip(value, 12)).join("; "),
    formatTime(sinceMs, context.language, context.timeZone),
    "",
    worst === undefined ? "" : `${oneLine(worst.rule)}: ${describeAlert(worst, context).action}`,
    pageLink(context),
  ];
}

/**
 * Parameters as a template takes them: one line, without two spaces in a row, never empty, and
 * together with the template's own text no longer than a message may be.
 */
function fitted(texts: readonly string[], context: MessageContext): readonly string[] {
  const tidy = Array.from({ length: WHATSAPP_PARAMETERS }, (_, index) => {
    const text = oneLine(texts[index] ?? "");
    const bounded = index === ACTION ? text : clip(text, MAX_LENGTHS[index] ?? 0);
    return bounded === "" ? NO_VALUE : bounded;
  });
  const ownLength = WHATSAPP_TEMPLATES[context.language].replace(/\{\{\d\}\}/g, "").length;
  const otherLength = tidy.reduce((sum, text, i) => (i === ACTION ? sum : sum + text.length), 0);
  const left = MAX_BODY_LENGTH - ownLength - otherLength;
  return tidy.map((text, index) => (index === ACTION ? clip(text, left) : text));
}

/** A link that is cut leads nowhere. */
function fits(link: string): boolean {
  return link.length <= (MAX_LENGTHS[WHATSAPP_PARAMETERS - 1] ?? 0);
}

function pageLink({ dashboardUrl }: MessageContext): string {
  return dashboardUrl !== null && fits(dashboardUrl) ? dashboardUrl : "";
}

function now(context: MessageContext): string {
  return formatTime(context.nowMs, context.language, context.timeZone);
}
