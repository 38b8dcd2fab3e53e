import { exports } from "cloudflare:workers";
import type { ReadFrame } from "../support/fake-frame-sink.ts";
import { call } from "./api.ts";

/** How long a frame may take that is sure to come. */
const PATIENCE_MS = 5_000;

/** What arrived and was not read yet, and who waits for more. */
class Inbox<Item> {
  readonly #items: Item[] = [];
  readonly #waiting: ((item: Item) => void)[] = [];

  put(item: Item): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  take(): Promise<Item> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("nothing came")), PATIENCE_MS);
      this.#waiting.push((next) => {
        clearTimeout(timer);
        resolve(next);
      });
    });
  }
}

/** A WebSocket client of the stream. */
export class SocketClient {
  readonly response: Response;
  readonly #socket: WebSocket;
  readonly #texts = new Inbox<string>();
  readonly #closes = new Inbox<{ readonly code: number; readonly reason: string }>();

  private constructor(response: Response, socket: WebSocket) {
    this.response = response;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#texts.put(String(data)));
    socket.addEventListener("close", ({ code, reason }) => this.#closes.put({ code, reason }));
    socket.accept();
  }

  /** With the token `TENANT-SCOPE`. */
  static async open(
    tenant: string,
    query = "",
    scope = "read",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SocketClient> {
    const response = await exports.default.fetch(`http://tachograph.test/v1/stream${query}`, {
      headers: {
        Upgrade: "websocket",
        "Sec-WebSocket-Protocol": `tachograph.v1, bearer.${tenant}-${scope}`,
        ...headers,
      },
    });
    if (response.webSocket === null) {
      throw new Error(`no WebSocket: ${response.status}, ${await response.text()}`);
    }
    return new SocketClient(response, response.webSocket);
  }

  send(message: string | ArrayBuffer): void {
    this.#socket.send(message);
  }

  text(): Promise<string> {
    return this.#texts.take();
  }

  async frame(): Promise<ReadFrame> {
    return JSON.parse(await this.text()) as ReadFrame;
  }

  async frames(count: number): Promise<ReadFrame[]> {
    const frames: ReadFrame[] = [];
    for (let i = 0; i < count; i++) frames.push(await this.frame());
    return frames;
  }

  /** Whether everything that came has been read. */
  get isRead(): boolean {
    return this.#texts.isEmpty;
  }

  closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.#closes.take();
  }

  close(): void {
    this.#socket.close(1000, "done");
  }
}

export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly frame: ReadFrame;
}

/** A client of the stream over Server-Sent Events, that reads when it is told to. */
export class EventClient {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";

  private constructor(response: Response, body: ReadableStream<Uint8Array>) {
    this.response = response;
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** With the token `TENANT-SCOPE`. */
  static async open(
    tenant: string,
    query = "",
    lastEventId?: string,
    scope = "read",
  ): Promise<EventClient> {
    const headers = new Headers({ Accept: "text/event-stream" });
    if (lastEventId !== undefined) headers.set("Last-Event-ID", lastEventId);
    const response = await call(`/v1/stream${query}`, `${tenant}-${scope}`, { headers });
    if (response.status !== 200 || response.body === null) {
      throw new Error(`no events: ${response.status}, ${await response.text()}`);
    }
    return new EventClient(response, response.body);
  }

  /** The next event that carries a frame, or undefined at the end of the stream. */
  async next(): Promise<ServerSentEvent | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf("\n\n");
      if (end >= 0) {
        const fields = this.#buffer.slice(0, end).split("\n");
        this.#buffer = this.#buffer.slice(end + 2);
        const event = parseEvent(fields);
        if (event !== undefined) return event;
        continue;
      }
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#buffer += value;
    }
  }

  async events(count: number): Promise<ServerSentEvent[]> {
    const events: ServerSentEvent[] = [];
    for (let i = 0; i < count; i++) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the stream ended after ${i} events`);
      events.push(event);
    }
    return events;
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

function parseEvent(fields: readonly string[]): ServerSentEvent | undefined {
  const field = (name: string): string | undefined =>
    fields.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field("data");
  if (data === undefined) return undefined;
  return { id: field("id"), event: field("event"), frame: JSON.parse(data) as ReadFrame };
}
