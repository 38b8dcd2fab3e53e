import { Agent, request } from "node:http";

/** Posts over keep-alive connections; each request has a time in which it must be answered. */
export class HttpPoster {
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor(connections: number, timeoutMs: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#timeoutMs = timeoutMs;
  }

  /** @throws if nobody listens, the answer is not 2xx, breaks off or takes too long. */
  post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const content = Buffer.from(body);
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        agent: this.#agent,
        method: "POST",
        headers: { ...headers, "content-length": content.length },
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("error", reject);
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: status = 0 } = response;
          if (status >= 200 && status < 300) resolve(text);
          else reject(new Error(`${url} answered ${status}: ${text}`));
        });
      });
      sent.end(content);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
