import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { MessageLog } from "./message-log.ts";
import { StartError } from "./start-error.ts";
import { parseWebhookEvent, type ReceivedMessage } from "./webhook-event.ts";
import { signatureFault } from "./webhook-signature.ts";

const HOST = "127.0.0.1";

/** Ports that are tried one after another before the system chooses one. */
const PORTS_TO_TRY = 10;
const MAX_PORT = 65_535;

/** Above the largest report. */
const MAX_BODY_BYTES = 1_048_576;

/** For a request to arrive as a whole. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface MessageReceiverOptions {
  /** Keys that messages may be signed with. */
  readonly keys: readonly Uint8Array[];
  /** Where it listens if nobody else does; else on one of the next. */
  readonly firstPort: number;
  /** Called once for each message, however often it is delivered. */
  readonly onMessage: (message: ReceivedMessage) => void;
  /** Called for each request that is refused, with the reason. */
  readonly onRefused: (why: string) => void;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Stands in for whoever is told of alerts: takes webhooks by Standard Webhooks at `POST /alerts` and
 * gives the last ones at `GET /messages?after=N`, as `{"messages": ReceivedMessage[]}`.
 */
export class MessageReceiver {
  readonly #options: MessageReceiverOptions;
  readonly #log = new MessageLog();
  readonly #server: Server;

  private constructor(options: MessageReceiverOptions) {
    this.#options = options;
    this.#server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => void this.#serve(request, response),
    );
  }

  /** @throws StartError when there is no port for it. */
  static async open(options: MessageReceiverOptions): Promise<MessageReceiver> {
    const receiver = new MessageReceiver(options);
    for (let tries = 0; tries < PORTS_TO_TRY; tries += 1) {
      const port = options.firstPort + tries;
      if (port <= MAX_PORT && (await receiver.#listen(port))) return receiver;
    }
    if (await receiver.#listen(0)) return receiver;
    throw new StartError(`no free port on ${HOST} for the receiver of alerts`);
  }

  /** `http://127.0.0.1:PORT`. */
  get origin(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) {
      throw new Error("the receiver of alerts is closed");
    }
    return `http://${HOST}:${address.port}`;
  }

  /** Where messages are sent to. */
  get url(): string {
    return `${this.origin}/alerts`;
  }

  /** Listens no more and drops what is under way. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Whether it could. */
  #listen(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const onError = (): void => resolve(false);
      this.#server.once("error", onError);
      this.#server.listen(port, HOST, () => {
        this.#server.off("error", onError);
        resolve(true);
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await this.#answer(request);
    response.writeHead(status, { "cache-control": "no-store", ...headers }).end(body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = URL.parse(request.url ?? "", this.origin);
    switch (`${request.method} ${url?.pathname}`) {
      case "POST /alerts":
        return this.#take(request);
      case "GET /messages":
        return this.#show(url?.searchParams.get("after") ?? "0");
      default:
        return refusal(404, "There are POST /alerts and GET /messages?after=N.");
    }
  }

  async #take(request: IncomingMessage): Promise<Answer> {
    const body = await readBody(request);
    if (body === undefined) {
      return this.#refuse(413, `A message has at most ${MAX_BODY_BYTES} bytes and arrives whole.`);
    }
    const id = headerOf(request, "webhook-id");
    const timestamp = headerOf(request, "webhook-timestamp");
    const signatures = headerOf(request, "webhook-signature");
    const nowMs = Date.now();
    const { keys, onMessage } = this.#options;
    const fault = signatureFault({ id, timestamp, signatures, body }, keys, nowMs);
    if (fault !== undefined) return this.#refuse(401, fault);
    const event = parseWebhookEvent(body);
    if (event === undefined) return this.#refuse(400, "This is no event that Tachograph sends.");
    const message = this.#log.add(id, event, nowMs);
    if (message !== undefined) onMessage(message);
    return { status: 204 };
  }

  #show(after: string): Answer {
    if (!/^\d{1,15}$/.test(after)) return refusal(400, "after is the number of a message.");
    const body = JSON.stringify({ messages: this.#log.after(Number(after)) });
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }

  #refuse(status: number, why: string): Answer {
    this.#options.onRefused(why);
    return refusal(status, why);
  }
}

/** Undefined if it is too long or breaks off. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      if (!Buffer.isBuffer(chunk)) return undefined;
      bytes += chunk.length;
      // What is too much is read and dropped: whoever still sends reads no answer.
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch {
    // The sender went away; it reads no answer and sends it again.
    return undefined;
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function refusal(status: number, why: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${why}\n` };
}
