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
 * A webhook of Discord (discord.com/developers/docs, "Execute Webhook", "Embed Limits", "Message
 * Formatting"): takes what is within the documented limits and notes any text that a client would not
 * show as it is meant.
 */
export function receiveDiscord(request: ReceivedRequest): Reception {
  const problems: string[] = [];
  const shown: string[] = [];
  if (URL.parse(request.url)?.searchParams.get("wait") !== "true") problems.push("no wait=true");
  const message = readJson(request, problems);
  onlyKnown(message, ["content", "embeds", "allowed_mentions"], "the message", problems);
  const mentions = asJson(message["allowed_mentions"], "allowed_mentions", problems);
  if (JSON.stringify(mentions) !== '{"parse":[]}') problems.push("somebody could be called");
  const content = asText(message["content"], "content", 2_000, problems);
  shown.push(readMarkdown(content, "content", problems));
  const embeds = asList(message["embeds"], "embeds", problems);
  if (embeds.length > 10) problems.push(`${embeds.length} embeds`);
  const lengths = embeds.map((embed, i) =>
    readEmbed(asJson(embed, "an embed", problems), `embed ${i}`, problems, shown),
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total > 6_000) problems.push(`${total} characters in all embeds`);
  const body = problems.length === 0 ? { id: "1" } : { code: 50_035, message: "Invalid Form Body" };
  const status = problems.length === 0 ? 200 : 400;
  return { status, headers: {}, body: JSON.stringify(body), problems, shown };
}

function readEmbed(embed: Json, what: string, problems: string[], shown: string[]): number {
  onlyKnown(embed, ["title", "description", "url", "color", "fields"], what, problems);
  const { title, description, url, color, fields } = embed;
  if (typeof color !== "number" || color < 0 || color > 0xffffff) problems.push(`${what}.color`);
  if (url !== undefined && !isWebUrl(url)) problems.push(`${what}.url`);
  let length = 0;
  const take = (value: unknown, name: string, max: number): void => {
    const text = asText(value, `${what}.${name}`, max, problems);
    length += text.length;
    shown.push(readMarkdown(text, `${what}.${name}`, problems));
  };
  take(title, "title", 256);
  if (description !== undefined) take(description, "description", 4_096);
  const list = fields === undefined ? [] : asList(fields, `${what}.fields`, problems);
  if (list.length > 25) problems.push(`${what} has ${list.length} fields`);
  for (const each of list) {
    const field = asJson(each, `${what}.fields`, problems);
    onlyKnown(field, ["name", "value", "inline"], `${what}.fields`, problems);
    take(field["name"], "name", 256);
    take(field["value"], "value", 1_024);
  }
  return length;
}

/** What a client shows of markdown that has nothing but escapes, a whole block of code and links in `<>`. */
function readMarkdown(text: string, what: string, problems: string[]): string {
  const code = /^```\n([^]*)\n```$/u.exec(text)?.[1];
  if (code !== undefined) {
    if (code.includes("```")) problems.push(`${what}: the code ends early`);
    return code.replaceAll("\u200b", "");
  }
  const marked: string[] = [];
  const shown = text
    .split("\n")
    .map((line) => readLine(line, marked))
    .join("\n");
  if (marked.length > 0) problems.push(`${what} is not escaped: ${marked.join(" ")} in ${text}`);
  return shown;
}

/** Discord takes the backslash away before everything that is no letter, digit or white space. */
function readLine(line: string, marked: string[]): string {
  if (/^\s*([-+>#]|\d+[.)])/u.test(line)) marked.push("the start of a line");
  return line.replace(
    /\\([^0-9A-Za-z\s])|<(https?:[^<>\s]*)>|[\\*_~`|<>[\]@#]|:(?=\S+:)|https?:\/\//gu,
    (found, escaped: string | undefined, url: string | undefined) => {
      if (escaped !== undefined) return escaped;
      if (isWebUrl(url)) return url;
      marked.push(found);
      return found;
    },
  );
}
