import type { Channel, ChannelAnswer, MessageContext, Outgoing, Verdict } from "./channel.ts";
import type { ChannelConfig } from "./channel-config.ts";
import { byteLength, fitInto, fitLines, jsonSize, type Medium, type Write } from "./fit.ts";
import { type AlertEntry, type MessageCard, messageCard, type Tone } from "./message-card.ts";
import type { Message } from "./notice.ts";
import { hiddenParts, readAnswer } from "./read-answer.ts";

const MAX_ALERTS = 10;

/** Four requests a second are documented; a flow that runs for each message deserves less. */
const PACE_MS = 1_000;

/** Most bytes of a message; Microsoft says "about 28 KB". */
const MAX_BODY_BYTES = 26_000;

const MAX_TITLE = 600;
const MAX_FACT = 2_000;
const MAX_ACTION = 8_000;
const MAX_LINE = 1_000;

/** What a line of a report takes besides its text. */
const LINE_FRAME_BYTES = byteLength(JSON.stringify(textLine("", {}))) + 64;

const STYLES: Readonly<Record<Tone, ContainerStyle>> = {
  critical: "attention",
  high: "warning",
  medium: "warning",
  low: "accent",
  repeat: "emphasis",
  resolved: "good",
  plain: "default",
};

/** What a workflow says, with whatever status, that is switched off or has been deleted. */
const SWITCHED_OFF = /WorkflowTriggerIsNotEnabled|WorkflowDisabled|WorkflowNotFound/u;

/** What a connector of the older kind says, with status 200, when it has failed. */
const FAILED_DELIVERY = /Webhook message delivery failed/u;

/**
 * Text runs are plain: of all texts of an Adaptive Card only they are not read as Markdown. But dates
 * between double braces are replaced in them, which an invisible space between the braces prevents.
 */
const TEXT_RUN: Medium = {
  escape: (codePoint, before) =>
    codePoint === "{" && before.endsWith("{") ? `\u200b${codePoint}` : codePoint,
  size: jsonSize,
};

type ContainerStyle = "default" | "emphasis" | "good" | "attention" | "warning" | "accent";

interface TextRun {
  readonly type: "TextRun";
  readonly text: string;
  readonly weight?: "Bolder";
  readonly size?: "Large";
  readonly fontType?: "Monospace";
}

interface RichTextBlock {
  readonly type: "RichTextBlock";
  readonly spacing?: "None" | "Small";
  readonly inlines: readonly TextRun[];
}

interface Container {
  readonly type: "Container";
  readonly style: ContainerStyle;
  readonly items: readonly RichTextBlock[];
}

interface AdaptiveCard {
  readonly $schema: string;
  readonly type: "AdaptiveCard";
  readonly version: string;
  readonly msteams: { readonly width: "Full" };
  readonly body: readonly (RichTextBlock | Container)[];
  readonly actions?: readonly {
    readonly type: "Action.OpenUrl";
    readonly title: string;
    readonly url: string;
  }[];
}

/**
 * A channel of Microsoft Teams, by a workflow that starts "when a Teams webhook request is received"
 * and posts the Adaptive Card in it.
 *
 * @param url - the workflow's address, which holds its signature: a secret.
 */
export function teamsChannel(
  _config: Extract<ChannelConfig, { type: "teams" }>,
  url: string,
): Channel {
  const hidden = hiddenParts(url);
  return {
    type: "teams",
    maxAlerts: MAX_ALERTS,
    paceMs: PACE_MS,
    takes: () => true,
    compose: (message, context) => compose(message, context, url),
    read: (answer) => read(answer, hidden),
  };
}

function compose(message: Message, context: MessageContext, url: string): Outgoing {
  const card = messageCard(message, context, MAX_ALERTS);
  const body = fitInto(
    (write) => envelope(adaptiveCard(card, write)),
    MAX_BODY_BYTES,
    TEXT_RUN,
    (built) => byteLength(JSON.stringify(built)),
  );
  return {
    via: "http",
    url,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

function envelope(content: AdaptiveCard): object {
  const contentType = "application/vnd.microsoft.card.adaptive";
  return { type: "message", attachments: [{ contentType, contentUrl: null, content }] };
}

function adaptiveCard(card: MessageCard, write: Write): AdaptiveCard {
  const heading = write(card.heading, MAX_TITLE);
  const isAlone = card.entries.length === 1;
  const body = [
    // An alert that stands alone has its own title.
    ...(isAlone ? [] : [textLine(heading, { weight: "Bolder", size: "Large" })]),
    ...reportLines(card.text),
    ...card.entries.map((entry) => alertContainer(entry, write)),
    ...(card.more === "" ? [] : [textLine(card.more, {})]),
  ];
  const actions =
    card.link === ""
      ? {}
      : { actions: [{ type: "Action.OpenUrl", title: card.linkLabel, url: card.link } as const] };
  return {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    // The first with text runs and the styles of containers.
    version: "1.2",
    msteams: { width: "Full" },
    body,
    ...actions,
  };
}

function alertContainer({ tone, title, facts, action }: AlertEntry, write: Write): Container {
  const items = [
    textLine(write(title, MAX_TITLE), { weight: "Bolder" }),
    ...facts.map(({ label, value }) => factLine(label, write(value, MAX_FACT))),
  ];
  if (action !== null) items.push(factLine(action.label, write(action.value, MAX_ACTION)));
  return { type: "Container", style: STYLES[tone], items };
}

function factLine(label: string, value: string): RichTextBlock {
  const inlines: readonly TextRun[] = [
    { type: "TextRun", text: `${label}: `, weight: "Bolder" },
    { type: "TextRun", text: value },
  ];
  return { type: "RichTextBlock", spacing: "Small", inlines };
}

function reportLines(text: string): readonly RichTextBlock[] {
  if (text.trim() === "") return [];
  const limit = MAX_BODY_BYTES - 5_000;
  const lines = fitLines(text, limit, TEXT_RUN, { perLine: LINE_FRAME_BYTES, maxLine: MAX_LINE });
  return lines.map((line) => ({
    // A line of nothing would have no height.
    ...textLine(line === "" ? "\u00a0" : line, { fontType: "Monospace" }),
    spacing: "None",
  }));
}

function textLine(text: string, look: Omit<TextRun, "type" | "text">): RichTextBlock {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", text, ...look }] };
}

function read(answer: ChannelAnswer, hidden: readonly string[]): Verdict {
  const verdict = readAnswer(answer, hidden);
  const { detail } = verdict;
  if (answer.status >= 400 && answer.status < 500 && SWITCHED_OFF.test(answer.body)) {
    return { kind: "disabled", detail: `${detail}: switch the workflow on, or make a new one` };
  }
  if (verdict.kind === "delivered" && FAILED_DELIVERY.test(answer.body)) {
    return { kind: "retry", detail };
  }
  return verdict;
}
