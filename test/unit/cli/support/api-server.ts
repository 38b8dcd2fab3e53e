import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that was received, whole. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers one request: with an {@link Answer}, or by writing to `response` itself. */
export type Answering = (request: Received, response: ServerResponse) => Answer | undefined;

export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, as a problem document from 400 on. */
  readonly json?: unknown;
  readonly text?: string;
}

/** Breaks an answer off when what was written of it, and `last`, is on its way. */
export function breakOff(response: ServerResponse, last = "\n"): void {
  response.write(last, () => response.destroy());
}

/** A real HTTP server on this machine that plays the API. */
export class ApiServer {
  /** What it was asked, in that order. */
  readonly received: Received[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts it; on a given port where one that was closed comes back. */
  static async start(answering: Answering, port = 0): Promise<ApiServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    const api = new ApiServer(server);
    server.on("request", (request, response) => void api.#answer(request, response, answering));
    return api;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** The paths and queries that were asked for. */
  get asked(): readonly string[] {
    return this.received.map(({ method, path, query }) => {
      const text = query.toString();
      return `${method} ${path}${text === "" ? "" : `?${text}`}`;
    });
  }

  /** Breaks every connection off. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    answering: Answering,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", this.url);
    const received: Received = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    this.received.push(received);
    const answer = answering(received, response);
    if (answer === undefined) return;
    // Tests have clocks of their own; one that is about them says what the server's is.
    response.sendDate = false;
    const { status = 200, headers = {}, json, text } = answer;
    const type = status < 400 ? "application/json" : "application/problem+json";
    response.writeHead(status, { ...(json !== undefined && { "content-type": type }), ...headers });
    response.end(json === undefined ? text : JSON.stringify(json));
  }
}
