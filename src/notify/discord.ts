import type { Channel, ChannelAnswer, MessageContext, Outgoing, Verdict } from "./channel.ts";
import type { ChannelConfig } from "./channel-config.ts";
import { fit, fitInto, fitLines, type Medium, type Write } from "./fit.ts";
import { type AlertEntry, type MessageCard, messageCard, type Tone } from "./message-card.ts";
import type { Message } from "./notice.ts";
import { hiddenParts, jsonObject, readAnswer, retryAfter, retryAfterMs } from "./read-answer.ts";

/** Most embeds of a message; one alert each. */
const MAX_ALERTS = 10;

/** 30 messages a minute is what a webhook is known to get. */
const PACE_MS = 2_000;

/** How long a 429 that names no time is obeyed: 401, 403 and 429 count towards a ban of the address. */
const UNNAMED_WAIT_MS = 60_000;

/** Most characters in all embeds of a message; Discord's limit is 6,000. */
const MAX_EMBEDS_LENGTH = 5_900;

const MAX_CONTENT_TEXT = 600;
const MAX_TITLE = 256;
const MAX_FIELD = 1_024;
const MAX_CODE = 3_900;

const COLORS: Readonly<Record<Tone, number>> = {
  critical: 0xd32f2f,
  high: 0xf57c00,
  medium: 0xfbc02d,
  low: 0x1976d2,
  repeat: 0x7b1fa2,
  resolved: 0x388e3c,
  plain: 0x607d8b,
};

/** What has a meaning anywhere in Discord's markdown, mentions, links, times and emoji among it. */
const MARKUP = /[\\*_~`|<>[\]@#:]/u;

/** What has a meaning at the start of a line, as do `1.` and `1)`. */
const LINE_MARKUP = /[-+.)]/u;

const NOTHING_OR_DIGITS = /^\s*\d*$/u;

const DISCORD: Medium = {
  escape: (codePoint, before) =>
    MARKUP.test(codePoint) || (LINE_MARKUP.test(codePoint) && NOTHING_OR_DIGITS.test(before))
      ? `\\${codePoint}`
      : codePoint,
  size: ({ length }) => length,
};

/** Inside a block of code, where only three backticks in a row have a meaning. */
const CODE: Medium = {
  escape: (codePoint) => (codePoint === "`" ? "`\u200b" : codePoint),
  size: ({ length }) => length,
};

interface Embed {
  readonly title: string;
  readonly color: number;
  readonly url?: string;
  readonly description?: string;
  readonly fields?: readonly {
    readonly name: string;
    readonly value: string;
    readonly inline: boolean;
  }[];
}

/**
 * A channel of Discord, by a webhook (discord.com/developers/docs, "Execute Webhook").
 *
 * @param url - the webhook's address: a secret.
 */
export function discordChannel(
  _config: Extract<ChannelConfig, { type: "discord" }>,
  url: string,
): Channel {
  const hidden = hiddenParts(url);
  return {
    type: "discord",
    maxAlerts: MAX_ALERTS,
    paceMs: PACE_MS,
    takes: () => true,
    compose: (message, context) => compose(message, context, url),
    read: (answer) => read(answer, hidden),
  };
}

function compose(message: Message, context: MessageContext, url: string): Outgoing {
  const card = messageCard(message, context, MAX_ALERTS);
  const body = {
    content: contentOf(card),
    // Whatever a text says, it calls nobody.
    allowed_mentions: { parse: [] },
    embeds: fitInto((write) => embedsOf(card, write), MAX_EMBEDS_LENGTH, DISCORD, embedsLength),
  };
  return {
    via: "http",
    url: withWait(url),
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

/** What a phone shows of the message: one line, and the link in the form that shows no preview. */
function contentOf(card: MessageCard): string {
  const [only] = card.entries;
  const line = card.entries.length === 1 && only !== undefined ? only.summary : card.heading;
  const link = card.link === "" ? "" : `<${card.link}>`;
  const foot = [card.more, link].filter((text) => text !== "").join(" · ");
  return [fit(line, MAX_CONTENT_TEXT, DISCORD), foot].filter((text) => text !== "").join("\n");
}

function embedsOf(card: MessageCard, write: Write): readonly Embed[] {
  if (card.entries.length > 0) return card.entries.map((entry) => alertEmbed(entry, write));
  const title = write(card.heading, MAX_TITLE);
  const description = codeBlock(card.text);
  return [{ title, color: COLORS[card.tone], ...(description === "" ? {} : { description }) }];
}

function alertEmbed({ tone, title, facts, action, link }: AlertEntry, write: Write): Embed {
  const fields = facts.map(({ label, value }, i) => ({
    name: label,
    value: write(value, MAX_FIELD),
    // The first two, where and what, are long; the measured ones stand side by side.
    inline: i >= 2,
  }));
  if (action !== null) {
    fields.push({ name: action.label, value: write(action.value, MAX_FIELD), inline: false });
  }
  const linked = link === "" ? {} : { url: link };
  return { title: write(title, MAX_TITLE), color: COLORS[tone], ...linked, fields };
}

/** The lines of a report, as many as fit, as they are. */
function codeBlock(text: string): string {
  const lines = fitLines(text, MAX_CODE, CODE, { perLine: 1, maxLine: MAX_CODE / 4 });
  return text.trim() === "" ? "" : `\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

/** What counts towards the limit of all embeds together. */
function embedsLength(embeds: readonly Embed[]): number {
  const texts = embeds.flatMap(({ title, description = "", fields = [] }) => [
    title,
    description,
    ...fields.flatMap(({ name, value }) => [name, value]),
  ]);
  return texts.join("").length;
}

/** Asks Discord to answer when the message is saved, not before. */
function withWait(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  parsed.searchParams.set("wait", "true");
  return parsed.href;
}

function read(answer: ChannelAnswer, hidden: readonly string[]): Verdict {
  const verdict = readAnswer(answer, hidden);
  if (answer.status !== 429) return verdict;
  const seconds = jsonObject(answer.body)?.["retry_after"];
  const inBodyMs = typeof seconds === "number" && seconds >= 0 ? Math.ceil(seconds * 1_000) : 0;
  const waitMs = Math.max(retryAfterMs(answer) ?? 0, inBodyMs) || UNNAMED_WAIT_MS;
  return { kind: "retry", detail: verdict.detail, ...retryAfter(waitMs) };
}
