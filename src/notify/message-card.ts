import { byUrgency } from "./by-urgency.ts";
import type { MessageContext } from "./channel.ts";
import {
  alertLink,
  describeAlert,
  describeGroup,
  describeTest,
  fieldLabels,
  phrasesIn,
} from "./describe-alert.ts";
import type { AlertNotice, Message } from "./notice.ts";
import { asTold } from "./notice-at.ts";
import { oneLine } from "./one-line.ts";

/** How a message looks; each has a symbol and a word as well as a colour. */
export type Tone = "critical" | "high" | "medium" | "low" | "repeat" | "resolved" | "plain";

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** One alert in a message of a chat. */
export interface AlertEntry {
  readonly tone: Tone;
  /** With its symbol. */
  readonly title: string;
  readonly summary: string;
  /** At least where, condition, value, since and duration. No value is empty. */
  readonly facts: readonly Fact[];
  /** What to do; null if there is nothing to say. */
  readonly action: Fact | null;
  /** A URL, or empty. */
  readonly link: string;
}

/** What a message says to a chat, before a channel gives it the form of its medium. Not escaped. */
export interface MessageCard {
  readonly tone: Tone;
  /** One line, with a symbol. */
  readonly heading: string;
  /** The worst first, the ended ones last. */
  readonly entries: readonly AlertEntry[];
  /** How many alerts there are beyond the entries, in words; empty if there are none. */
  readonly more: string;
  /** Of a report or a test, with line breaks; empty for alerts. */
  readonly text: string;
  /** A URL of the page, or empty. */
  readonly link: string;
  readonly linkLabel: string;
}

const SYMBOLS: Readonly<Record<Tone, string>> = {
  critical: "🔴",
  high: "🟠",
  medium: "🟡",
  low: "🔵",
  repeat: "🔁",
  resolved: "✅",
  plain: "ℹ️",
};

const FIRING_TONES = { CRITICAL: "critical", HIGH: "high", MEDIUM: "medium", LOW: "low" } as const;

/** Longest link that is sent: a longer one is left out. */
const MAX_LINK_LENGTH = 1_000;

/** @param maxAlerts - the most alerts with an entry of their own. */
export function messageCard(
  message: Message,
  context: MessageContext,
  maxAlerts: number,
): MessageCard {
  const page = { link: webLink(context.dashboardUrl ?? ""), linkLabel: linkLabel(context) };
  const still = { tone: "plain", entries: [], more: "", ...page } as const;
  if (message.kind === "report") {
    const { subject, text } = message.mail;
    return { ...still, heading: withSymbol("plain", oneLine(subject)), text };
  }
  if (message.kind === "test") {
    const { title, text } = describeTest(context);
    return { ...still, heading: withSymbol("plain", title), text };
  }
  const notices = message.notices.toSorted(byUrgency);
  const told = asTold(context, notices);
  const entries = notices.slice(0, maxAlerts).map((notice) => alertEntry(notice, told));
  const [first] = entries;
  const isAlone = notices.length === 1 && first !== undefined;
  const tone = first?.tone ?? "plain";
  const left = notices.length - entries.length;
  return {
    ...page,
    tone,
    heading: isAlone ? first.title : withSymbol(tone, describeGroup(notices, context)),
    entries,
    more: left > 0 ? phrasesIn(context.language).more(left) : "",
    text: "",
    link: (isAlone && first.link) || page.link,
  };
}

/** Where the page shows an alert, as a URL that can be sent; empty if there is none. */
export function noticeLink(notice: AlertNotice, context: MessageContext): string {
  return webLink(alertLink(notice.alertId, context.dashboardUrl));
}

function alertEntry(notice: AlertNotice, context: MessageContext): AlertEntry {
  const text = describeAlert(notice, context);
  const labels = fieldLabels(context.language);
  const fact = (label: string, value: string): Fact => ({
    label,
    value: oneLine(value) || "–",
  });
  const facts = [
    fact(labels.where, text.where),
    fact(labels.condition, text.condition),
    fact(labels.value, text.value),
    fact(labels.since, text.since),
    fact(labels.duration, text.duration),
  ];
  if (text.acknowledged !== "") facts.push(fact(labels.acknowledged, text.acknowledged));
  const tone = toneOf(notice);
  return {
    tone,
    title: withSymbol(tone, oneLine(text.title)),
    summary: withSymbol(tone, oneLine(text.summary)),
    facts,
    action: oneLine(text.action) === "" ? null : fact(labels.action, text.action),
    link: webLink(text.link),
  };
}

function toneOf({ event, severity }: AlertNotice): Tone {
  return event === "firing" ? FIRING_TONES[severity] : event;
}

function withSymbol(tone: Tone, text: string): string {
  return `${SYMBOLS[tone]} ${text}`;
}

function linkLabel(context: MessageContext): string {
  return fieldLabels(context.language).link;
}

/** `link` in the form in which no character of it can end it; empty if it is none of the web. */
function webLink(link: string): string {
  const url = URL.parse(link);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return "";
  const { href } = url;
  return href.length <= MAX_LINK_LENGTH ? href.replace(/[|<>\s]/gu, encodeURIComponent) : "";
}
