import { Agent } from "undici";

/** Posts over keep-alive connections; each request has a time in which it must be answered. */
export class HttpPoster {
  readonly #agent: Agent;

  /** @param connections - to each server. */
  constructor(connections: number, timeoutMs: number) {
    this.#agent = new Agent({
      connections,
      pipelining: 1,
      connect: { timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** @throws if nobody listens, the answer is not 2xx, breaks off or takes too long. */
  async post(
    url: string,
    content: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { origin, pathname, search } = new URL(url);
    const { statusCode, body } = await this.#agent.request({
      origin,
      path: `${pathname}${search}`,
      method: "POST",
      headers,
      body: content,
    });
    const text = await body.text();
    if (statusCode >= 200 && statusCode < 300) return text;
    throw new Error(`${url} answered ${statusCode}: ${text}`);
  }

  /** Ends what is under way, too. */
  close(): void {
    void this.#agent.destroy();
  }
}
