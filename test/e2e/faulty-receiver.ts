import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { receiveWebhook } from "../support/receivers/webhook.ts";
import { seededRandom } from "../support/seeded-random.ts";

const HOST = "127.0.0.1";

/** What the receiver does with one request. */
export type Manner =
  /** It takes the message and says so. */
  | "takes"
  /** It answers 500. */
  | "fails"
  /** It takes the message, and its answer is lost. */
  | "loses"
  /** It never answers. */
  | "hangs";

/** One attempt to deliver a message about an alert, as it arrived. */
export interface Attempt {
  readonly webhookId: string;
  readonly body: string;
  readonly alertId: string;
  readonly event: string;
  readonly target: string;
  readonly manner: Manner;
}

export interface FaultyReceiverOptions {
  readonly port: number;
  /** The key `whsec_…` that messages are signed with. */
  readonly secret: string;
  readonly seed: number;
}

/** Somebody who is told of alerts, checks each message by the specification, and answers badly. */
export class FaultyReceiver {
  readonly attempts: Attempt[] = [];
  /** What was wrong with messages by the specification. */
  readonly problems: string[] = [];
  /** Requests that were left without an answer until the sender gave up, or ended. */
  givenUp = 0;
  /** While set, the next request hangs. */
  hangsNext = false;
  /** Whether requests fail at all. */
  isFaulty = true;
  readonly #options: FaultyReceiverOptions;
  readonly #random: () => number;
  readonly #server: Server;

  private constructor(options: FaultyReceiverOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => {
        // The sender was killed in the middle of a request: nothing has arrived.
        response.destroy();
      });
    });
  }

  static async open(options: FaultyReceiverOptions): Promise<FaultyReceiver> {
    const receiver = new FaultyReceiver(options);
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once("error", reject);
      receiver.#server.listen(options.port, HOST, resolve);
    });
    return receiver;
  }

  get url(): string {
    return `http://${HOST}:${this.#options.port}/hook`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const received = { url: this.url, headers, body };
    this.problems.push(...receiveWebhook(received, this.#options.secret, Date.now()).problems);
    const manner = this.#choose();
    const { alert } = (JSON.parse(body) as { data: { alert: Record<string, string> } }).data;
    const { id = "", event = "", target = "" } = alert;
    const webhookId = headers["webhook-id"] ?? "";
    this.attempts.push({ webhookId, body, alertId: id, event, target, manner });
    this.#answer(manner, response);
  }

  #choose(): Manner {
    const drawn = this.#random();
    if (this.hangsNext) {
      this.hangsNext = false;
      return "hangs";
    }
    if (!this.isFaulty || drawn >= 0.3) return "takes";
    return drawn < 0.15 ? "fails" : "loses";
  }

  #answer(manner: Manner, response: ServerResponse): void {
    switch (manner) {
      case "takes":
        response.writeHead(204).end();
        return;
      case "fails":
        response.writeHead(500).end("an error of the receiver");
        return;
      case "loses":
        response.destroy();
        return;
      case "hangs":
        response.once("close", () => {
          this.givenUp += 1;
        });
    }
  }
}
