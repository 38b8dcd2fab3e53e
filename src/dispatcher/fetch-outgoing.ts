import type { ChannelAnswer, Outgoing } from "../notify/channel.ts";
import { emailRefused, emailSent } from "../notify/email.ts";
import { errorText } from "./error-text.ts";
import type { SendResult, Transport } from "./ports.ts";
import { readStart } from "./read-start.ts";
import { checkWebhookUrl } from "./url-guard.ts";

/** Bytes of an answer's body that are read. */
export const MAX_ANSWER_BYTES = 16_384;

/** Headers of an answer that are read. */
const MAX_HEADERS = 64;

type Mail = Extract<Outgoing, { via: "email" }>["mail"];

/** The part of a `send_email` binding that is used. */
export interface MailBinding {
  send(mail: {
    from: string;
    to: string[];
    subject: string;
    text: string;
    html: string;
    headers: Record<string, string>;
  }): Promise<{ readonly messageId: string }>;
}

/** What {@link FetchTransport} is made of. */
export interface FetchTransportOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The `send_email` binding of that name, or undefined. */
  readonly mailBinding: (name: string) => MailBinding | undefined;
  readonly allowPrivateUrls: boolean;
}

/**
 * Sends requests by `fetch` and mails by a binding of the Worker. Redirects are never followed: what
 * was allowed is the address that is configured, and not where its owner points to.
 */
export class FetchTransport implements Transport {
  readonly #options: FetchTransportOptions;

  constructor(options: FetchTransportOptions) {
    this.#options = options;
  }

  send(outgoing: Outgoing, signal: AbortSignal): Promise<SendResult> {
    return outgoing.via === "http"
      ? this.#post(outgoing, signal)
      : this.#mail(outgoing.binding, outgoing.mail);
  }

  async #post(
    { url, headers, body }: Extract<Outgoing, { via: "http" }>,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const { fetch, allowPrivateUrls } = this.#options;
    const checked = checkWebhookUrl(url, { allowPrivate: allowPrivateUrls });
    if (!checked.ok) return failed("disabled", checked.reason);
    try {
      const init = { method: "POST", headers, body, redirect: "manual", signal } as const;
      const response = await fetch(checked.url.href, init);
      return { kind: "answer", answer: await readAnswer(response, signal) };
    } catch (cause) {
      if (signal.aborted) return failed("retry", errorText(signal.reason));
      return failed("retry", `not reached: ${withoutUrl(errorText(cause), checked.url)}`);
    }
  }

  async #mail(binding: string, { to, headers, ...mail }: Mail): Promise<SendResult> {
    const sender = this.#options.mailBinding(binding);
    if (sender === undefined) return failed("disabled", missingBinding(binding));
    try {
      const { messageId } = await sender.send({ ...mail, to: [...to], headers: { ...headers } });
      return { kind: "answer", answer: emailSent(messageId) };
    } catch (cause) {
      return { kind: "answer", answer: emailRefused(cause) };
    }
  }
}

/** What to do about a mail binding that is not there. */
export function missingBinding(binding: string): string {
  return `${binding} (a [[send_email]] binding in wrangler.toml)`;
}

async function readAnswer(response: Response, signal: AbortSignal): Promise<ChannelAnswer> {
  const headers: Record<string, string> = {};
  for (const [name, value] of [...response.headers].slice(0, MAX_HEADERS)) {
    headers[name.toLowerCase()] = value;
  }
  const body = await readStart(response.body, MAX_ANSWER_BYTES, signal);
  return { status: response.status, headers, body };
}

function failed(kind: "retry" | "disabled", detail: string): SendResult {
  return { kind: "failed", verdict: { kind, detail } };
}

/** The URL of a webhook is its secret, and errors may name it. */
function withoutUrl(text: string, { href, origin, pathname, search }: URL): string {
  const path = pathname + search;
  const hidden = text.replaceAll(href, origin);
  return path.length > 1 ? hidden.replaceAll(path, "/…") : hidden;
}
