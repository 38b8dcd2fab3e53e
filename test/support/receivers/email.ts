import { Problems, type Received } from "./problems.ts";

const ADDRESS = /^(?:[^<>@\r\n]{1,100} <)?[^\s<>@]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}>?$/;

/** Headers that Cloudflare takes besides `X-…`, as far as mails of a machine have them. */
const ALLOWED_HEADERS = new Set(["in-reply-to", "references", "auto-submitted", "importance"]);

/** HTML of tables and text, with nothing that runs and nothing that is loaded. */
const TAG =
  "<!doctype html>|</?(?:html|head|title|body|meta|p|table|tr|td|strong|a|br)" +
  "(?: (?:lang|charset|name|content|style|role|cellpadding|cellspacing|border|width|colspan|valign|dir|href)" +
  '="[^"<>]*")*>';
const SAFE_HTML = new RegExp(`^(?:${TAG}|&(?:amp|lt|gt|quot|nbsp|#39);|[^<>&])*$`, "su");

/**
 * `send` of Cloudflare's `send_email` binding: its fields and limits. It answers as the binding does
 * where that comes back (`{"messageId"}`), or with the code that it throws.
 */
export function receiveEmail(mail: object): Received {
  const problems = new Problems();
  const fields = problems.record(mail, "the mail", [
    "from",
    "to",
    "subject",
    "text",
    "html",
    "headers",
  ]);
  checkMail(fields, problems);
  const bytes = Buffer.byteLength(JSON.stringify(mail));
  problems.expect(bytes <= 5 * 1_048_576, `the mail has ${bytes} bytes`);
  if (problems.list.length > 0) {
    const body = JSON.stringify({ code: "E_VALIDATION_ERROR", message: problems.list.join("; ") });
    return { status: 500, headers: {}, body, problems: problems.list };
  }
  const body = JSON.stringify({ messageId: "<0100019b@example.com>" });
  return { status: 200, headers: {}, body, problems: [] };
}

/** What holds for a mail whoever sends it. */
export function checkMail(mail: Readonly<Record<string, unknown>>, problems: Problems): void {
  const from = problems.text(mail["from"], "from", 3, 320);
  problems.expect(ADDRESS.test(from), `from is no address: ${from}`);
  for (const to of problems.entries(mail["to"], "to", 1, 50)) {
    problems.expect(typeof to === "string" && ADDRESS.test(to), `to is no address: ${String(to)}`);
  }
  const subject = problems.text(mail["subject"], "the subject", 1, 998);
  problems.expect(Buffer.byteLength(subject) <= 998, "the subject has more than 998 bytes");
  problems.expect(!/\p{Cc}/u.test(subject), "the subject has a control character");
  const text = problems.text(mail["text"], "the text", 1, 1_000_000);
  problems.expect(!/[^\P{Cc}\n]/u.test(text), "the text has a control character");
  const html = problems.text(mail["html"], "the HTML", 1, 1_000_000);
  problems.expect(SAFE_HTML.test(html), "the HTML has something that is not escaped");
  problems.expect(!/href="(?!https:\/\/)/.test(html), "a link leads elsewhere than to https");
  checkHeaders(mail["headers"], problems);
}

function checkHeaders(value: unknown, problems: Problems): void {
  const headers = Object.entries(value ?? {});
  problems.expect(headers.length <= 20, `there are ${headers.length} headers`);
  for (const [name, header] of headers) {
    const isAllowed = ALLOWED_HEADERS.has(name.toLowerCase()) || /^X-[\w-]+$/i.test(name);
    problems.expect(isAllowed, `the header ${name} is not allowed`);
    const content = problems.text(header, `the header ${name}`, 1, 998);
    problems.expect(/^[\x20-\x7e]+$/.test(content), `the header ${name} has other than ASCII`);
    if (/^(?:in-reply-to|references)$/i.test(name)) {
      // RFC 5322, section 3.6.4, without quoted parts.
      const isId = /^<[\w!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*>$/.test(content);
      problems.expect(isId, `${name} is no message id: ${content}`);
    }
  }
}
