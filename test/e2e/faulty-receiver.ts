import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { receiveWebhook } from "../support/receivers/webhook.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { integerFrom } from "./random.ts";

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

/** What becomes of six requests, in any order: no run is without each, and few fail in a row. */
const SIX: readonly Manner[] = ["takes", "takes", "takes", "takes", "fails", "loses"];

/** What a message tells of one alert. */
export interface ToldAlert {
  readonly id: string;
  readonly event: string;
  readonly target: string;
}

/** One attempt to deliver a message about alerts, as it arrived. */
export interface Attempt {
  readonly webhookId: string;
  readonly body: string;
  readonly alerts: readonly ToldAlert[];
  readonly manner: Manner;
}

/** With one alert or with several. */
interface WebhookBody {
  readonly data: { readonly alert: ToldAlert } | { readonly alerts: readonly ToldAlert[] };
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
  /** What is left of {@link SIX}. */
  readonly #next: Manner[] = [];

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
    const { data } = JSON.parse(body) as WebhookBody;
    const alerts = "alerts" in data ? data.alerts : [data.alert];
    this.attempts.push({ webhookId: headers["webhook-id"] ?? "", body, alerts, manner });
    this.#answer(manner, response);
  }

  #choose(): Manner {
    if (this.hangsNext) {
      this.hangsNext = false;
      return "hangs";
    }
    if (!this.isFaulty) return "takes";
    if (this.#next.length === 0) this.#next.push(...SIX);
    const drawn = integerFrom(this.#random, 0, this.#next.length - 1);
    const [manner = "takes"] = this.#next.splice(drawn, 1);
    return manner;
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
