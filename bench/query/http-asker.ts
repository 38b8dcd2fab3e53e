import { Pool } from "undici";
import { onEnd } from "../lib/cleanup.ts";

/** As many as there are platforms. */
const CONNECTIONS = 5;

/** Keep-alive connections to one server. */
export class HttpAsker {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    // A question about a month may take a while, and nothing but the bench's own time limit ends it.
    this.#pool = new Pool(url, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
    this.#headers = headers;
    onEnd(() => this.#pool.destroy());
  }

  get(path: string): Promise<string> {
    return this.#request("GET", path);
  }

  post(path: string, body: string): Promise<string> {
    return this.#request("POST", path, body);
  }

  /** @throws if the answer is not 2xx. */
  async #request(method: "GET" | "POST", path: string, content?: string): Promise<string> {
    const { statusCode, body } = await this.#pool.request({
      method,
      path,
      headers: this.#headers,
      ...(content !== undefined && { body: content }),
    });
    const text = await body.text();
    if (statusCode >= 200 && statusCode < 300) return text;
    throw new Error(
      `${method} ${path.split("?", 1)[0] ?? ""} answered ${statusCode}: ${text.slice(0, 500)}`,
    );
  }
}
