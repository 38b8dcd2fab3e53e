import type { Severity } from "../alerts/rule.ts";
import type { AlertText } from "./alert-text.ts";
import { byUrgency } from "./by-urgency.ts";
import type { MessageContext } from "./channel.ts";
import { clip } from "./clip.ts";
import {
  describeAlert,
  describeGroup,
  describeTest,
  fieldLabels,
  phrasesIn,
} from "./describe-alert.ts";
import { mailHtml } from "./mail-html.ts";
import { asTold } from "./notice-at.ts";
import type { AlertNotice, Message } from "./notice.ts";
import { oneLine } from "./one-line.ts";

/** A mail, but for who sends it to whom. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A line of a mail has at most 998 octets (RFC 5322, section 2.1.1); far fewer are ever seen. */
const MAX_SUBJECT_LENGTH = 200;

/** Most characters of an alert's id in a message id. */
const MAX_ID_LENGTH = 120;

/** Bars beside the alerts, told apart from each other and from white and black. */
const COLOURS: Readonly<Record<Severity, string>> = {
  CRITICAL: "#d32f2f",
  HIGH: "#ef6c00",
  MEDIUM: "#b58900",
  LOW: "#1976d2",
};
const RESOLVED_COLOUR = "#2e8b57";

/**
 * A message as a mail. It is the same at every attempt: durations are counted up to when the last of
 * its alerts happened, not to when it is sent.
 *
 * @param from - the sender's address, whose domain the message ids of threads are made with.
 */
export function composeMail(message: Message, context: MessageContext, from: string): Mail {
  switch (message.kind) {
    case "alerts":
      return alertMail(message.notices, asTold(context, message.notices), from);
    case "report":
      return {
        subject: subjectOf(message.mail.subject),
        text: message.mail.text,
        html: message.mail.html,
        headers: AUTOMATIC,
      };
    case "test": {
      const { title, text } = describeTest(context);
      return {
        subject: subjectOf(`[Tachograph] ${title}`),
        text: `${text}\n`,
        html: mailHtml({
          language: context.language,
          title,
          lead: text,
          blocks: [],
          footer: footerOf(context),
        }),
        headers: AUTOMATIC,
      };
    }
  }
}

/** Asks those who are on holiday not to answer (RFC 3834, section 5). */
const AUTOMATIC = { "Auto-Submitted": "auto-generated" };

function alertMail(told: readonly AlertNotice[], context: MessageContext, from: string): Mail {
  const notices = told.toSorted(byUrgency);
  const blocks = notices.map((notice) => ({
    text: describeAlert(notice, context),
    colour: notice.event === "resolved" ? RESOLVED_COLOUR : COLOURS[notice.severity],
  }));
  const [first, ...others] = blocks;
  const isGroup = first === undefined || others.length > 0;
  const lead = isGroup ? describeGroup(notices, context) : "";
  const title = isGroup ? lead : first.text.title;
  const footer = footerOf(context);
  const [only] = notices;
  return {
    subject: subjectOf(`[Tachograph] ${title}`),
    text: [
      ...(lead === "" ? [] : [lead]),
      ...blocks.map(({ text }) => plainBlock(text, context)),
      `-- \n${footer}\n`,
    ].join("\n\n"),
    html: mailHtml({ language: context.language, title, lead, blocks, footer }),
    headers: isGroup || only === undefined ? AUTOMATIC : { ...AUTOMATIC, ...threadOf(only, from) },
  };
}

/**
 * All mails about one alert answer a message that was never sent, the same one: clients that thread
 * by RFC 5322, section 3.6.4, show them together. A mail's own id is set by whoever sends it.
 */
function threadOf({ alertId }: AlertNotice, from: string): Record<string, string> {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? "tachograph.invalid";
  const id = alertId
    .toWellFormed()
    .replace(/[^A-Za-z0-9-]/gu, (other) => `_${(other.codePointAt(0) ?? 0).toString(16)}_`)
    .slice(0, MAX_ID_LENGTH);
  const messageId = `<alert-${id}@${domain}>`;
  return { "In-Reply-To": messageId, References: messageId };
}

function plainBlock(text: AlertText, context: MessageContext): string {
  const labels = fieldLabels(context.language);
  const fields: readonly (readonly [string, string])[] = [
    [labels.where, text.where],
    [labels.condition, text.condition],
    [labels.value, text.value],
    [labels.since, text.since],
    [labels.duration, text.duration],
    [labels.acknowledged, text.acknowledged],
    [labels.action, text.action],
    [labels.link, text.link],
  ];
  const known = fields.filter(([, value]) => value !== "");
  return [text.title, ...known.map(([label, value]) => `${label}: ${value}`)].join("\n");
}

function subjectOf(text: string): string {
  return clip(oneLine(text), MAX_SUBJECT_LENGTH);
}

function footerOf(context: MessageContext): string {
  return phrasesIn(context.language).footer(oneLine(context.tenant));
}
