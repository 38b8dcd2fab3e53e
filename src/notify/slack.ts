import type { Channel, ChannelAnswer, MessageContext, Outgoing, Verdict } from "./channel.ts";
import type { ChannelConfig } from "./channel-config.ts";
import { byteLength, fit, fitInto, fitLines, jsonSize, type Medium, type Write } from "./fit.ts";
import { type AlertEntry, type MessageCard, messageCard } from "./message-card.ts";
import type { Message } from "./notice.ts";
import { hiddenParts, readAnswer } from "./read-answer.ts";

/** One section each, and a heading and a foot: well under the 50 blocks of a message. */
const MAX_ALERTS = 20;

/** One message a second is documented. */
const PACE_MS = 1_000;

/**
 * Most bytes of a message's blocks. Slack documents the limits of each block only; messages with more
 * than about 13,200 bytes of them are refused as `msg_blocks_too_long`.
 */
const MAX_BLOCKS_BYTES = 12_000;

const MAX_HEADER = 150;
const MAX_FIELD = 1_900;
const MAX_SECTION = 2_900;
const MAX_FALLBACK = 500;

/**
 * Slack reads `&`, `<` and `>` in every text, and asks for these entities. All texts that are not our
 * own are `plain_text` objects, in which nothing else has a meaning.
 */
const SLACK: Medium = {
  escape: (codePoint) => ENTITIES[codePoint] ?? codePoint,
  size: jsonSize,
};

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What Slack says when the webhook or its channel is gone, whatever the status is. */
const SETTINGS_ERRORS = new Set([
  "no_service",
  "no_service_id",
  "no_active_hooks",
  "no_team",
  "team_disabled",
  "invalid_token",
  "channel_not_found",
  "channel_is_archived",
  "user_not_found",
  "action_prohibited",
  "posting_to_general_channel_denied",
]);

/** What Slack says when it will never take this message. */
const MESSAGE_ERRORS = new Set([
  "invalid_payload",
  "invalid_blocks",
  "invalid_blocks_format",
  "invalid_attachments",
  "too_many_attachments",
  "msg_too_long",
  "msg_blocks_too_long",
  "no_text",
]);

interface TextObject {
  readonly type: "plain_text" | "mrkdwn";
  readonly text: string;
  /** Whether `:name:` becomes an emoji. */
  readonly emoji?: false;
  readonly verbatim?: true;
}

type Block =
  | { readonly type: "header"; readonly text: TextObject }
  | { readonly type: "section"; readonly text: TextObject }
  | { readonly type: "section"; readonly fields: readonly TextObject[] }
  | { readonly type: "context"; readonly elements: readonly TextObject[] };

/**
 * A channel of Slack, by an incoming webhook (docs.slack.dev, "Sending messages using incoming
 * webhooks"; block limits: "Block Kit").
 *
 * @param url - the webhook's address: a secret.
 */
export function slackChannel(
  _config: Extract<ChannelConfig, { type: "slack" }>,
  url: string,
): Channel {
  const hidden = hiddenParts(url);
  return {
    type: "slack",
    maxAlerts: MAX_ALERTS,
    paceMs: PACE_MS,
    takes: () => true,
    compose: (message, context) => compose(message, context, url),
    read: (answer) => read(answer, hidden),
  };
}

function compose(message: Message, context: MessageContext, url: string): Outgoing {
  const card = messageCard(message, context, MAX_ALERTS);
  const [only] = card.entries;
  const fallback = card.entries.length === 1 && only !== undefined ? only.summary : card.heading;
  const body = {
    text: fit(fallback, MAX_FALLBACK, SLACK),
    // The text is for notifications: without this it could be formatted, and names would be.
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: fitInto(
      (write) => blocksOf(card, write),
      MAX_BLOCKS_BYTES,
      SLACK,
      (blocks) => byteLength(JSON.stringify(blocks)),
    ),
  };
  return {
    via: "http",
    url,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(body),
  };
}

function blocksOf(card: MessageCard, write: Write): readonly Block[] {
  const blocks: Block[] = [
    { type: "header", text: plainText(write(card.heading, MAX_HEADER)) },
    ...textSections(card.text),
    ...alertSections(card.entries, write),
  ];
  const link = card.link === "" ? "" : `<${card.link.replaceAll("&", "&amp;")}|${card.linkLabel}>`;
  const foot = [card.more, link].filter((text) => text !== "").join(" · ");
  if (foot !== "") {
    blocks.push({ type: "context", elements: [{ type: "mrkdwn", text: foot, verbatim: true }] });
  }
  return blocks;
}

function alertSections(entries: readonly AlertEntry[], write: Write): readonly Block[] {
  const [only] = entries;
  if (entries.length !== 1 || only === undefined) {
    return entries.map((entry) => ({ type: "section", text: plainText(entryLines(entry, write)) }));
  }
  const fields = only.facts.map(({ label, value }) =>
    plainText(`${label}\n${write(value, MAX_FIELD)}`),
  );
  const { action } = only;
  if (action === null) return [{ type: "section", fields }];
  const text = plainText(`${action.label}\n${write(action.value, MAX_SECTION)}`);
  return [
    { type: "section", fields },
    { type: "section", text },
  ];
}

/** An alert among others: a line for the title and one for each fact. */
function entryLines({ title, facts, action }: AlertEntry, write: Write): string {
  const lines = [...facts, ...(action === null ? [] : [action])];
  // All of them together stay within a section, however few alerts there are.
  const max = Math.floor(MAX_SECTION / (lines.length + 2));
  const written = lines.map(({ label, value }) => `${label}: ${write(value, max)}`);
  return [write(title, max), ...written].join("\n");
}

/** The lines of a report, as many as fit, in sections. */
function textSections(text: string): readonly Block[] {
  if (text.trim() === "") return [];
  const limit = MAX_BLOCKS_BYTES - 3_000;
  const lines = fitLines(text, limit, SLACK, { perLine: 2, maxLine: MAX_SECTION });
  const sections: string[] = [];
  let section = "";
  for (const line of lines) {
    const longer = section === "" ? line : `${section}\n${line}`;
    if (longer.length > MAX_SECTION) sections.push(section);
    section = longer.length > MAX_SECTION ? line : longer;
  }
  return [...sections, section]
    .filter((shown) => shown.trim() !== "")
    .map((shown) => ({ type: "section", text: plainText(shown) }));
}

function plainText(text: string): TextObject {
  return { type: "plain_text", text, emoji: false };
}

/** Slack says `ok`, or in one word what is wrong. */
function read(answer: ChannelAnswer, hidden: readonly string[]): Verdict {
  const verdict = readAnswer(answer, hidden);
  const word = answer.body.trim();
  if (SETTINGS_ERRORS.has(word)) {
    const detail = `${verdict.detail}: create the webhook anew and put its address into the secret`;
    return { kind: "disabled", detail };
  }
  if (MESSAGE_ERRORS.has(word)) return { kind: "dead", detail: verdict.detail };
  if (verdict.kind !== "delivered" || (answer.status === 200 && word === "ok")) return verdict;
  const detail = `${verdict.detail}, not "ok": is the secret the address of an incoming webhook?`;
  return { kind: "dead", detail };
}
