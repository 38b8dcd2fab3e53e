import {
  asJson,
  asList,
  asText,
  isWebUrl,
  type Json,
  onlyKnown,
  readJson,
  type ReceivedRequest,
  type Reception,
} from "./http-receiver.ts";

/**
 * An incoming webhook of Slack (docs.slack.dev, "Sending messages using incoming webhooks", "Block
 * Kit": header, section and context blocks, text object; "Formatting message text"): takes what is
 * within the documented limits, in the blocks that Tachograph uses, and notes any text that Slack would
 * read as more than a text.
 */
export function receiveSlack(request: ReceivedRequest): Reception {
  const problems: string[] = [];
  const shown: string[] = [];
  const message = readJson(request, problems);
  const known = ["text", "mrkdwn", "unfurl_links", "unfurl_media", "blocks"];
  onlyKnown(message, known, "the message", problems);
  const text = asText(message["text"], "text", 40_000, problems);
  if (message["mrkdwn"] !== false) problems.push("the text is formatted");
  shown.push(decode(text, "text", problems));
  const blocks = asList(message["blocks"], "blocks", problems);
  if (blocks.length < 1 || blocks.length > 50) problems.push(`${blocks.length} blocks`);
  // Not documented, but answered with `msg_blocks_too_long`.
  if (Buffer.byteLength(JSON.stringify(blocks)) > 13_200) problems.push("blocks over 13,200 bytes");
  for (const [i, block] of blocks.entries()) readBlock(block, `block ${i}`, problems, shown);
  return problems.length === 0
    ? { status: 200, headers: {}, body: "ok", problems, shown }
    : { status: 400, headers: {}, body: "invalid_payload", problems, shown };
}

const ANY_TEXT = ["plain_text", "mrkdwn"];

function readBlock(value: unknown, what: string, problems: string[], shown: string[]): void {
  const block = asJson(value, what, problems);
  switch (block["type"]) {
    case "header":
      onlyKnown(block, ["type", "text", "block_id"], what, problems);
      shown.push(readText(block["text"], `${what}.text`, 150, ["plain_text"], problems));
      break;
    case "section":
      readSection(block, what, problems, shown);
      break;
    case "context": {
      onlyKnown(block, ["type", "elements", "block_id"], what, problems);
      const elements = asList(block["elements"], `${what}.elements`, problems);
      if (elements.length < 1 || elements.length > 10) problems.push(`${what}: elements`);
      for (const element of elements) {
        shown.push(readText(element, `${what}.elements`, 3_000, ANY_TEXT, problems));
      }
      break;
    }
    default:
      problems.push(`${what} is of no known type`);
  }
}

function readSection(block: Json, what: string, problems: string[], shown: string[]): void {
  onlyKnown(block, ["type", "text", "fields", "block_id"], what, problems);
  const { text, fields } = block;
  if (text === undefined && fields === undefined) problems.push(`${what} has no text`);
  if (text !== undefined) shown.push(readText(text, `${what}.text`, 3_000, ANY_TEXT, problems));
  if (fields === undefined) return;
  const list = asList(fields, `${what}.fields`, problems);
  if (list.length < 1 || list.length > 10) problems.push(`${what} has ${list.length} fields`);
  for (const field of list) {
    shown.push(readText(field, `${what}.fields`, 2_000, ANY_TEXT, problems));
  }
}

function readText(
  value: unknown,
  what: string,
  max: number,
  types: readonly string[],
  problems: string[],
): string {
  const object = asJson(value, what, problems);
  const { type } = object;
  if (typeof type !== "string" || !types.includes(type)) problems.push(`${what}: its type`);
  const only = type === "plain_text" ? ["type", "text", "emoji"] : ["type", "text", "verbatim"];
  onlyKnown(object, only, what, problems);
  const text = asText(object["text"], what, max, problems);
  if (type === "mrkdwn") return readMarkup(text, what, problems);
  if (object["emoji"] !== false) problems.push(`${what}: names between colons become emoji`);
  return decode(text, what, problems);
}

/** The only markup is one link, and the only other words are fixed ones without any. */
function readMarkup(text: string, what: string, problems: string[]): string {
  return text.replace(/<([^<>|]*)\|([^<>|]*)>|[<>*_~`@#:]/gu, (found, url, label) => {
    const isEscaped = typeof url === "string" && !/&(?!amp;)/u.test(url);
    if (isEscaped && isWebUrl(url.replaceAll("&amp;", "&")) && label !== "") return `[${label}]`;
    problems.push(`${what}: markup ${found}`);
    return found;
  });
}

/** The text behind the three entities; any other use of their characters is read by Slack. */
function decode(text: string, what: string, problems: string[]): string {
  if (/[<>]|&(?!amp;|lt;|gt;)/u.test(text)) problems.push(`${what} is not escaped: ${text}`);
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
