import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { decodeOtlp, type OtlpRequest } from "../support/decode-otlp.ts";

const HOST = "127.0.0.1";

/** An OTLP collector on this machine, which checks each push by the official definitions. */
export class OtlpCollector {
  /** What it took, in order. */
  readonly taken: OtlpRequest[] = [];
  /** What was wrong with requests. */
  readonly problems: string[] = [];
  attempts = 0;
  /** While set, it answers 503. */
  isBusy = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((cause: unknown) => {
        this.problems.push(String(cause));
        response.destroy();
      });
    });
  }

  static async open(port: number): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((resolve, reject) => {
      collector.#server.once("error", reject);
      collector.#server.listen(port, HOST, resolve);
    });
    return collector;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.attempts += 1;
    const { method, url, headers } = request;
    const about = `${method} ${url} ${headers["content-type"]} ${headers["content-encoding"]}`;
    if (about !== "POST /v1/metrics application/x-protobuf gzip") this.problems.push(about);
    const pushed = decodeOtlp(gunzipSync(Buffer.concat(chunks)));
    if (this.isBusy) {
      response.writeHead(503, { "retry-after": "1" }).end();
      return;
    }
    this.taken.push(pushed);
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  }
}
