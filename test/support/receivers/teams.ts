import {
  asJson,
  asList,
  asText,
  isWebUrl,
  onlyKnown,
  readJson,
  type ReceivedRequest,
  type Reception,
} from "./http-receiver.ts";

const STYLES = ["default", "emphasis", "good", "attention", "warning", "accent"];

/**
 * A workflow of Microsoft Teams that posts an Adaptive Card (learn.microsoft.com, "Create incoming
 * webhooks with Workflows", "Adaptive Card schema 1.2", "Text features": text runs know no Markdown, but
 * replace `{{DATE(…)}}` and `{{TIME(…)}}`).
 */
export function receiveTeams(request: ReceivedRequest): Reception {
  const problems: string[] = [];
  const shown: string[] = [];
  if (Buffer.byteLength(request.body) > 28_000) problems.push("over 28 KB");
  const message = readJson(request, problems);
  onlyKnown(message, ["type", "attachments"], "the message", problems);
  if (message["type"] !== "message") problems.push("type is not message");
  const attachments = asList(message["attachments"], "attachments", problems);
  if (attachments.length !== 1) problems.push(`${attachments.length} attachments`);
  const attachment = asJson(attachments[0], "attachment", problems);
  onlyKnown(attachment, ["contentType", "contentUrl", "content"], "attachment", problems);
  if (attachment["contentType"] !== "application/vnd.microsoft.card.adaptive") {
    problems.push("contentType");
  }
  if (attachment["contentUrl"] !== null) problems.push("contentUrl is not null");
  readCard(attachment["content"], problems, shown);
  const status = problems.length === 0 ? 202 : 400;
  return { status, headers: {}, body: "", problems, shown };
}

function readCard(value: unknown, problems: string[], shown: string[]): void {
  const card = asJson(value, "card", problems);
  onlyKnown(card, ["$schema", "type", "version", "msteams", "body", "actions"], "card", problems);
  if (card["type"] !== "AdaptiveCard" || card["version"] !== "1.2") problems.push("card type");
  const msteams = asJson(card["msteams"], "msteams", problems);
  if ("entities" in msteams) problems.push("somebody could be called");
  const body = asList(card["body"], "body", problems);
  if (body.length === 0) problems.push("an empty card");
  for (const element of body) readElement(element, problems, shown);
  const actions = card["actions"] === undefined ? [] : asList(card["actions"], "actions", problems);
  for (const each of actions) {
    const action = asJson(each, "action", problems);
    onlyKnown(action, ["type", "title", "url"], "action", problems);
    if (action["type"] !== "Action.OpenUrl") problems.push("action type");
    asText(action["title"], "action.title", 100, problems);
    if (!isWebUrl(action["url"])) problems.push("action.url");
    shown.push(String(action["url"]));
  }
}

function readElement(value: unknown, problems: string[], shown: string[]): void {
  const element = asJson(value, "element", problems);
  if (element["type"] === "Container") {
    onlyKnown(element, ["type", "style", "items"], "container", problems);
    if (!STYLES.includes(String(element["style"]))) problems.push("container.style");
    for (const item of asList(element["items"], "items", problems)) {
      readElement(item, problems, shown);
    }
    return;
  }
  // A TextBlock or a FactSet would be read as Markdown.
  if (element["type"] !== "RichTextBlock") problems.push(`element ${String(element["type"])}`);
  onlyKnown(element, ["type", "spacing", "inlines"], "block", problems);
  const inlines = asList(element["inlines"], "inlines", problems);
  shown.push(inlines.map((inline) => readRun(inline, problems)).join(""));
}

function readRun(value: unknown, problems: string[]): string {
  const run = asJson(value, "run", problems);
  onlyKnown(run, ["type", "text", "weight", "size", "fontType"], "run", problems);
  if (run["type"] !== "TextRun") problems.push("run type");
  const text = run["text"];
  if (typeof text !== "string" || text === "") problems.push("an empty run");
  if (/\{\{/u.test(String(text))) problems.push("a place for a date");
  if (!String(text).isWellFormed()) problems.push("half a surrogate pair");
  return String(text).replace(/(?<=\{)\u200b(?=\{)/gu, "");
}
